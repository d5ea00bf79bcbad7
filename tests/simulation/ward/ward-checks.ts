import type { Eviction } from '$lib/rescue/canary.ts';
import type { RescueReport } from '$lib/rescue/report.ts';
import { createDatabasesHere } from '$lib/rescue/databases-here.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import type { OutboxItem } from '$lib/tablet/tablet.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import { filesNamedIn } from '#shared/attachment/named-files.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import { systemAuthor } from '#shared/event/envelope.ts';
import type { ConsultId, FileId, PersonId } from '#shared/lib/id.ts';
import { expectedItems } from '#shared/device/protocol.ts';
import { addMs } from '#shared/lib/instant.ts';
import { orphanKeptMs } from '#server/attachments/orphans.ts';
import { during } from '../activity.ts';
import { eventsIn } from '../expectation.ts';
import { readAll } from '../hospital.ts';
import { readServer, type AtServer } from './at-server.ts';
import { rawPlaces, type RawPlaces } from './raw-tablet.ts';
import { peopleAt } from './ward-people.ts';
import type { WardPlace, WardWorld } from './ward-world.ts';
import type { Word } from './words.ts';

/** What people saw at one tablet in the end, each with their records open. */
export interface EndedTablet {
  readonly place: WardPlace;
  readonly items: OutboxItem[];
  /** As JSON. */
  readonly drafts: string[];
  readonly evicted: Map<PersonId, Eviction>;
  readonly reports: Map<PersonId, RescueReport>;
}

export interface RecordOfWard {
  /** In the middle of the day: every word is somewhere, and nobody can read one they may not. */
  look(): Promise<void>;
  reckon(ended: readonly EndedTablet[]): Promise<string[]>;
  totals(): { readonly lost: number; readonly quarantined: number; readonly story: readonly string[] };
}

export function createRecordOfWard(world: WardWorld): RecordOfWard {
  const { problems, words, places } = world;
  let lost = 0;
  let quarantined = 0;
  let story: readonly string[] = [];

  const nameOf = (word: Word): string =>
    `${word.event.type} ${word.id} of ${word.event.document}, written by ${word.person} on tablet ${String(word.tablet)}.${String(word.incarnation)}`;

  /** Whether everything on the tablet it was written on has gone since. */
  const isGone = (word: Word): boolean => places[word.tablet]?.incarnation !== word.incarnation;

  /** An early build's records are there until everybody's are sealed and what lay in the clear has gone. */
  function isStillClear(place: WardPlace): boolean {
    if (!place.isClear) return false;
    const databases = createDatabasesHere(place.tablet.local());
    place.isClear = peopleAt(place).some((person) => {
      const { keyId, aside } = databases.of(person);
      return keyId === null || aside.length > 0;
    });
    if (!place.isClear) world.happened('migrated');
    return place.isClear;
  }

  async function lookNow(): Promise<string[]> {
    const found: string[] = [];
    const raw = new Map<WardPlace, RawPlaces>();
    for (const place of places)
      raw.set(place, await rawPlaces(place.tablet.disk().factory, place.tablet.local()));
    const server = await readServer(world.store);
    const carried = new Set([...raw.values()].flatMap(({ parcels }) => [...parcels]));
    for (const word of words.all()) {
      if (!word.isSaved || server.events.has(word.id) || server.aside.has(word.id)) continue;
      const own = places[word.tablet];
      if (own === undefined || isGone(word) || own.tablet.isBeingWiped()) continue;
      // Made unreadable behind the app's back: that is told in another place.
      if (own.damaged.has(word.id)) continue;
      const held = raw.get(own);
      if (held?.outbox.has(word.id) !== true && held?.setAside.has(word.id) !== true && !carried.has(word.id))
        found.push(`${nameOf(word)} is nowhere`);
      const counts = createCountsHere(own.tablet.local()).of(word.person);
      const isOpen = own.tablet.work()?.tablet.person === word.person;
      const isWaiting = held?.outbox.has(word.id) === true && word.event.type !== 'opened';
      if (isWaiting && !isOpen && own.tablet.page() !== null && counts?.waiting.includes(word.id) === false)
        found.push(
          `${nameOf(word)} waits and the lock screen of tablet ${String(word.tablet)} does not count it`,
        );
    }
    for (const [place, { readable }] of raw)
      if (!isStillClear(place))
        for (const each of readable) found.push(`${place.tablet.name} holds readable words: ${each}`);
    return found;
  }

  function serverProblems(server: AtServer, sealer: Sealer): string[] {
    const found: string[] = [...server.problems];
    for (const [id, event] of server.events) {
      const { n, receivedAt, via } = event;
      if (world.given.has(id)) continue;
      if (n === undefined || receivedAt === undefined || via === undefined) {
        found.push(`${event.type} ${id} has no stamps`);
        continue;
      }
      const stamps = { n, receivedAt, via: via as 'session' };
      if (event.seal === undefined || !sealer.verify(canonicalEvent(event), stamps, event.seal))
        found.push(`${event.type} ${id} has a seal that does not fit`);
      if (event.author === systemAuthor) continue;
      const word = words.find(id);
      if (word === undefined) found.push(`${event.type} ${id} was written by nobody`);
      else if (word.bytes !== canonicalEvent(event))
        found.push(`${nameOf(word)} has other words at the server`);
    }
    for (const [id, { bytes, kind }] of server.aside) {
      const word = words.find(id);
      if (word === undefined) found.push(`${kind} ${id} was written by nobody`);
      else if (word.bytes !== bytes) found.push(`${nameOf(word)} was set aside with other words`);
      if (server.events.has(id)) found.push(`${kind} ${id} is in its document too`);
    }
    return found;
  }

  /** Words that are nowhere must have gone with a tablet that said so. */
  async function ledgerProblems(server: AtServer, ended: readonly EndedTablet[]): Promise<string[]> {
    const found: string[] = [];
    const told: string[] = [];
    const items = new Map(
      ended.flatMap(({ items: seen }) => seen.map((item) => [item.event.id as string, item] as const)),
    );
    const missing: Word[] = [];
    for (const word of words.all()) {
      const aside = server.aside.get(word.id);
      const item = items.get(word.id);
      const place = server.events.has(word.id)
        ? 'server'
        : aside !== undefined
          ? `${aside.kind} ${aside.code}`
          : item !== undefined
            ? item.delivery.state
            : word.isSaved
              ? 'missing'
              : 'never saved';
      told.push(`${word.event.type} of ${word.person} on ${String(word.tablet)}: ${place}`);
      if (aside?.kind === 'quarantined-event') quarantined++;
      if (place === 'on-this-tablet' && server.documents.has(word.event.document))
        found.push(`${nameOf(word)} waits although its document is there`);
      if (place === 'at-the-server' || place === 'sent' || place === 'quarantined')
        found.push(`${nameOf(word)} is shown as ${place} and the server has not got it`);
      const wasTold = world.refused.has(word.id) && isGone(word);
      if (place === 'missing' && !wasTold) missing.push(word);
    }
    story = told;
    const brought = new Set(
      world.carried
        .filter(
          ({ tablet, incarnation }) => incarnation === null || places[tablet]?.incarnation === incarnation,
        )
        .map(({ id }) => id),
    );
    for (const word of missing) {
      if (brought.has(word.id)) found.push(`${nameOf(word)} was to be brought as a parcel, and was not`);
      if (isGone(word)) continue;
      const own = places[word.tablet];
      const report = ended.find(({ place }) => place === own)?.reports.get(word.person);
      if (own?.damaged.has(word.id) === true && (report?.unreadable ?? 0) > 0) continue;
      found.push(`${nameOf(word)} is nowhere in the end`);
    }
    lost = missing.length;
    for (const [index, place] of places.entries()) {
      for (const [incarnation, declared] of place.lostByWipe) {
        const gone = missing.filter((word) => word.tablet === index && word.incarnation === incarnation);
        if (gone.length > declared)
          found.push(
            `tablet ${String(index)} said when it was emptied that ${String(declared)} were lost, and these are: ${gone.map(nameOf).join('; ')}`,
          );
      }
      for (const [key, unsent] of place.shadows) {
        const [person, incarnation] = key.split(' ');
        const gone = missing.filter(
          (word) =>
            word.tablet === index && word.person === person && String(word.incarnation) === incarnation,
        );
        if (gone.length > unsent)
          found.push(
            `tablet ${String(index)} knew of ${String(unsent)} unsent words of ${String(person)} when it was evicted, and lost ${String(gone.length)}`,
          );
      }
    }
    await Promise.resolve();
    return found;
  }

  /** A tablet whose databases were thrown away says so, on its screen and to the administrators. */
  async function evictionProblems(server: AtServer, ended: readonly EndedTablet[]): Promise<string[]> {
    const found: string[] = [];
    const devices = await world.server.running().server.parts.devices.list();
    for (const { expected } of places)
      for (const { device, person, items, come } of expected) {
        const users = devices.find(({ id }) => id === device)?.users.filter((one) => one.person === person);
        const since = words
          .all()
          .filter(
            ({ id, event }) =>
              event.device === device && event.author === person && server.events.has(id) && !come.has(id),
          );
        if (expectedItems({ users: users ?? [] }) < items - since.length)
          found.push(
            `the server expected ${String(items)} more items of ${person} from a tablet that was lost, ${String(since.length)} came, and it does not expect the others any more`,
          );
      }
    for (const { place, evicted } of ended) {
      const last = String(place.incarnation - 1);
      for (const [key, unsent] of place.shadows) {
        const [person = '', incarnation] = key.split(' ');
        if (incarnation !== last || !peopleAt(place).includes(person as PersonId)) continue;
        const said = evicted.get(person as PersonId);
        if (said === undefined || (said.unsent !== null && said.unsent < unsent))
          found.push(`${place.tablet.name} does not say to ${person} that ${String(unsent)} items are gone`);
        const user = devices
          .find(({ id }) => id === place.tablet.device())
          ?.users.find((each) => each.person === person);
        if ((user?.lost ?? 0) < unsent)
          found.push(
            `the server was not told that ${String(unsent)} items of ${person} are gone from ${place.tablet.name}`,
          );
      }
    }
    return found;
  }

  function draftProblems(ended: readonly EndedTablet[]): string[] {
    const found: string[] = [];
    for (const { tablet, incarnation, id, text, person } of words.drafts()) {
      const place = places[tablet];
      const seen = ended.find((each) => each.place === place);
      if (place?.incarnation !== incarnation || seen === undefined) continue;
      if (!seen.drafts.some((draft) => draft.includes(text)))
        found.push(`the half-written note ${id} of ${person} is not on tablet ${String(tablet)} any more`);
    }
    return found;
  }

  async function fileProblems(server: AtServer): Promise<string[]> {
    const found: string[] = [];
    const { attachments } = world.server.running().product;
    for (const file of world.files) {
      const word = words.find(file.event);
      const event = server.events.get(file.event);
      if (word === undefined || event === undefined) continue;
      const held = await attachments.files.held(file.consult, file.file);
      if (!held.isWhole && !isGone(word))
        found.push(
          `the file ${file.file} of ${nameOf(word)} is not whole: ${String(held.digests.size)} chunks`,
        );
    }
    // What no event names is collected once it is old; what one names never is.
    const stranger = '00000000-0000-4000-8000-00000000dead' as FileId;
    const [consult] = server.documents;
    if (consult !== undefined) {
      await attachments.files.put({
        consult: consult as ConsultId,
        file: stranger,
        chunk: 0,
        bytes: new Uint8Array([1, 2, 3]),
        storedAt: addMs(world.time.clock.now(), -orphanKeptMs - 1),
      });
      const removed = await attachments.collectOrphans();
      if (removed !== 1) found.push(`${String(removed)} files were collected where one is nobody's`);
    }
    for (const name of ['consults'] as const)
      for (const { id, body } of await readAll(world.store.database(name)))
        for (const { file, event } of filesNamedIn(eventsIn(body))) {
          const own = world.files.find((each) => each.event === event);
          const word = own === undefined ? undefined : words.find(own.event);
          if (own === undefined || word === undefined || isGone(word)) continue;
          if (!(await attachments.files.held(id as ConsultId, file)).isWhole)
            found.push(`${file} was collected although an accepted event names it`);
        }
    return found;
  }

  return {
    async look() {
      const found = await during(world.activity, 'a look at everything', lookNow);
      problems.push(...found.map((each) => `at ${world.time.clock.now()}: ${each}`));
    },
    reckon: (ended) =>
      during(world.activity, 'the reckoning', async () => {
        const server = await readServer(world.store);
        const { sealer } = world.server.running().server.parts;
        return [
          ...serverProblems(server, sealer),
          ...(await ledgerProblems(server, ended)),
          ...(await evictionProblems(server, ended)),
          ...draftProblems(ended),
          ...(await fileProblems(server)),
          ...(await lookNow()),
        ];
      }),
    totals: () => ({ lost, quarantined, story }),
  };
}
