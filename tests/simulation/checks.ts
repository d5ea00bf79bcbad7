import { projectConsult } from '#shared/consult/project.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { canonicalEvent, canonicalJson } from '#shared/event/canonical.ts';
import { isStamped, systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';
import { inOrder } from '#shared/event/order.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { instantToMs, type Instant } from '#shared/lib/instant.ts';
import { collections } from '#shared/sync/protocol.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { versionOf } from '#server/sync/wire-document.ts';
import { eventsIn, expectedFor, readRecord, type ServerRecord } from './expectation.ts';
import { readAll } from './hospital.ts';
import { bytesOf, type Made } from './ledger.ts';
import { consultText, type TabletState } from './sim-tablet.ts';

export interface EndedTablet {
  readonly name: string;
  readonly person: PersonId;
  readonly state: TabletState;
  /** The person was deactivated: the tablet cannot talk any more, and holds what it held. */
  readonly isCutOff: boolean;
  /** No jump, no drift: its word about ages is good. */
  readonly hasSteadyClock: boolean;
}

export interface Ended {
  readonly store: DocumentStore;
  readonly sealer: Sealer;
  readonly directory: Directory;
  readonly now: Instant;
  readonly made: readonly Made[];
  readonly tablets: readonly EndedTablet[];
  /** Event ids that were there before anybody acted. */
  readonly given: ReadonlySet<string>;
  /** Lost by setting the store back, and held by nobody then. */
  readonly lostForGood: ReadonlySet<string>;
  readonly wasSetBack: boolean;
  readonly someoneMoved: boolean;
}

/** Everything that is not as it must be, in words; empty: all is well. */
export async function problemsOf(ended: Ended): Promise<string[]> {
  const record = await readRecord(ended.store);
  const found: string[] = [];
  found.push(...(await conflictsLeft(ended.store)));
  found.push(...documentProblems(ended, record));
  found.push(...(await ledgerProblems(ended, record)));
  for (const tablet of ended.tablets) found.push(...tabletProblems(ended, record, tablet));
  // A store set back forgets which references it gave out; what the tablets bring back then meets new ones. Counted, see `clashesIn`.
  if (!ended.wasSetBack)
    found.push(
      ...clashesIn(record).map(
        ([a, b, reference]) => `consults ${a} and ${b} have one reference ${reference}`,
      ),
    );
  found.push(...referenceProblems(record));
  found.push(...timeProblems(ended, record));
  return found;
}

async function conflictsLeft(store: DocumentStore): Promise<string[]> {
  const found: string[] = [];
  for (const name of ['consults', 'patients', 'alerts'] as const) {
    for (const { id } of await readAll(store.database(name))) {
      const leaves = await store.database(name).leaves(id);
      if (leaves.length > 1) found.push(`${name} ${id} still has ${String(leaves.length)} leaves`);
    }
  }
  return found;
}

const eventDocuments = (record: ServerRecord) =>
  (['consults', 'patients'] as const).flatMap((collection) =>
    [...record[collection]].map(([id, body]) => ({ collection, id, body, events: eventsIn(body) })),
  );

/** Nothing invented, nothing twice, every stamp sealed, every system event with its cause. */
function documentProblems({ sealer, made, given }: Ended, record: ServerRecord): string[] {
  const found: string[] = [];
  const makers = new Map(made.map((each) => [each.id, each]));
  for (const { id, events } of eventDocuments(record)) {
    const ids = new Set(events.map((event) => event.id));
    if (ids.size !== events.length) found.push(`${id} holds an event twice`);
    for (const event of events) {
      if (!isStamped(event)) {
        found.push(`${id} holds ${event.id} without stamps`);
        continue;
      }
      const { n, receivedAt } = event;
      const via = event.via === 'system' ? 'system' : 'session';
      if (
        event.seal === undefined ||
        !sealer.verify(canonicalEvent(event), { n, receivedAt, via }, event.seal)
      ) {
        found.push(`${id} holds ${event.type} ${event.id} with a seal that does not fit`);
      }
      if (event.document !== id) found.push(`${id} holds an event of ${event.document}`);
      if (given.has(event.id)) continue;
      if (event.author === systemAuthor) {
        const cause = event.id.slice(0, 36);
        if (!ids.has(cause as HeldEvent['id']) && event.type !== 'mrn-shared') {
          found.push(`${id} holds ${event.id} without its cause`);
        }
        continue;
      }
      const maker = makers.get(event.id);
      if (maker === undefined) found.push(`${id} holds ${event.type} ${event.id}, which nobody wrote`);
      else if (maker.bytes !== canonicalEvent(event)) found.push(`${id} holds other words for ${event.id}`);
    }
  }
  return found;
}

/** Refusals that an honest act may meet: what the author was had changed, or what it belongs to was itself not taken. */
function mayBeRefused(made: Made, code: string, ended: Ended, spoilt: ReadonlySet<string>): boolean {
  if (made.nature !== 'honest' || spoilt.has(made.event.document)) return true;
  // After the store was set back an act may be judged on a document that lacks what made it allowed, and that comes back only later.
  if (code === 'not-allowed') return ended.someoneMoved || ended.wasSetBack;
  return ['not-first', 'unknown-patient'].includes(code) && (ended.wasSetBack || ended.someoneMoved);
}

/** Every event ever written is in exactly one place. */
async function ledgerProblems(ended: Ended, record: ServerRecord): Promise<string[]> {
  const found: string[] = [];
  const inDocument = new Map<string, HeldEvent>();
  for (const { events } of eventDocuments(record))
    for (const event of events) inDocument.set(event.id, event);
  const heldBack = new Map<string, { bytes: string; code: string }>();
  for (const { body } of await readAll(ended.store.database('quarantine'))) {
    const event = body['event'] as HeldEvent;
    heldBack.set(event.id, { bytes: bytesOf(event), code: String(body['code']) });
  }
  const spoilt = new Set(
    ended.made.filter((each) => each.nature !== 'honest').map((each) => each.event.document),
  );
  for (const made of ended.made) {
    const { id } = made;
    const name = `${made.event.type} ${id} of ${made.event.document} written on tablet ${String(made.tablet)} (${made.nature})`;
    const author = ended.tablets[made.tablet];
    const entry = author?.state.outbox.find((each) => each.id === id);
    const aside = author?.state.setAside.find((each) => each.event.id === id);
    const kept = heldBack.get(id);
    // Who was cut off after sending never hears what became of it, and keeps it as it was told last.
    const isOldWord = author?.isCutOff === true && inDocument.has(id) && kept === undefined;
    const elsewhere = [
      ...(inDocument.has(id) ? ['document'] : []),
      ...((aside !== undefined && !isOldWord) || kept !== undefined ? ['set aside'] : []),
    ];
    const isOwnCopy = author?.isCutOff === true && elsewhere.length > 0;
    const places = [...elsewhere, ...(entry !== undefined && !isOwnCopy ? ['outbox'] : [])];
    if (places.length > 1) found.push(`${name} is in ${places.join(' and ')}`);
    if (places.length === 0 && !ended.lostForGood.has(id) && !isWithSomeoneRemoved(ended, id))
      found.push(`${name} is nowhere`);
    if (aside !== undefined && bytesOf(aside.event) !== made.bytes)
      found.push(`${name} was set aside with other words`);
    if (kept !== undefined && kept.bytes !== made.bytes) found.push(`${name} was kept with other words`);
    if (aside === undefined && kept !== undefined && author?.isCutOff === false && !ended.wasSetBack) {
      found.push(`${name} was refused without a word to its author`);
    }
    const isOnTabletAlone = aside?.outcome.state === 'refused' && aside.outcome.kept === 'tablet';
    if (aside !== undefined && !isOnTabletAlone && kept === undefined && !ended.wasSetBack) {
      found.push(`${name} is said to be kept on the server and is not`);
    }
    const code = aside?.outcome.code ?? kept?.code;
    if (
      code !== undefined &&
      !inDocument.has(id) &&
      author?.isCutOff === false &&
      !mayBeRefused(made, code, ended, spoilt)
    ) {
      found.push(`${name} was refused: ${code}`);
    }
    if (entry !== undefined && author?.isCutOff === false) {
      const collection = entry.kind === 'consult' ? 'consults' : 'patients';
      if (entry.accepted !== null) found.push(`${name} is accepted and still in the outbox`);
      else if (
        made.nature === 'honest' &&
        record[collection].has(entry.document) &&
        !waitsForPatient(entry.event, record)
      ) {
        found.push(`${name} waits although its document is there`);
      }
    }
  }
  return found;
}

/**
 * A store was set back, and whoever still holds what it lost was removed before they could give it back: nobody may speak for that tablet any
 * more, and its copy stays where it is.
 */
const isWithSomeoneRemoved = (ended: Ended, id: string): boolean =>
  ended.wasSetBack &&
  ended.tablets.some(
    ({ isCutOff, state }) =>
      isCutOff &&
      [...state.documents.consults, ...state.documents.patients].some(({ content }) =>
        eventsIn(content).some((event) => event.id === id),
      ),
  );

const waitsForPatient = (event: HeldEvent, record: ServerRecord): boolean =>
  event.type === 'merged-into' && !record.patients.has(String(event.body['patient']));

/** A tablet holds its scope, exactly, and shows what the record says. */
function tabletProblems(
  ended: Ended,
  record: ServerRecord,
  { name, person, state, isCutOff }: EndedTablet,
): string[] {
  if (isCutOff) return [];
  const found: string[] = [];
  const expected = expectedFor(person, { record, directory: ended.directory, now: ended.now });
  for (const collection of collections) {
    const held = new Map(state.documents[collection].map((document) => [document.id, document]));
    const { must, may } = expected[collection];
    for (const id of must) if (!held.has(id)) found.push(`${name} lacks ${collection} ${id}`);
    for (const [id, document] of held) {
      if (!may.has(id)) {
        found.push(`${name} holds ${collection} ${id} outside its scope`);
        continue;
      }
      const body = record[collection].get(id);
      if (body === undefined) continue;
      if (canonicalJson(document.content) !== canonicalJson(body)) {
        found.push(
          `${name} holds another ${collection} ${id} than the server (${String(eventsIn(document.content).length)} events, server ${String(eventsIn(body).length)})`,
        );
      } else if (document.version !== versionOf(collection, body))
        found.push(`${name} holds ${collection} ${id} under another version`);
    }
  }
  const shown = new Map(state.consults);
  for (const [id, text] of shown) {
    const body = record.consults.get(id);
    const own = state.outbox.filter((entry) => entry.document === id).map((entry) => entry.event);
    const consult = projectConsult([...(body === undefined ? [] : eventsIn(body)), ...own]);
    if (consult === null || consultText(consult) !== text)
      found.push(`${name} shows another consult ${id} than the record says`);
  }
  for (const { event, delivery } of state.items) {
    if (delivery.state !== 'at-the-server') continue;
    const collection = record.consults.has(event.document) ? 'consults' : 'patients';
    const body = record[collection].get(event.document);
    if (body === undefined || !eventsIn(body).some((held) => held.id === event.id)) {
      found.push(`${name} shows ${event.id} as at the server, which does not hold it`);
    }
  }
  const { perCollection, trouble, signInNeeded } = state.connection;
  if (trouble !== null || signInNeeded) found.push(`${name} still shows trouble: ${String(trouble)}`);
  for (const collection of collections) {
    if (!perCollection[collection].caughtUp)
      found.push(`${name} does not say that ${collection} is caught up`);
    if (perCollection[collection].count !== state.documents[collection].length) {
      found.push(
        `${name} shows ${String(perCollection[collection].count)} ${collection} and holds ${String(state.documents[collection].length)}`,
      );
    }
  }
  if (state.offers.some((offer) => offer.events.length > offer.refused.length))
    found.push(`${name} still has events to offer back`);
  return found;
}

/** Pairs of consults with one reference. */
export function clashesIn(record: ServerRecord): [string, string, string][] {
  const found: [string, string, string][] = [];
  const holders = new Map<string, string>();
  for (const [id, body] of record.consults) {
    const numbered = eventsIn(body).find(
      (event) => event.type === 'numbered' && event.author === systemAuthor,
    );
    const reference = String(numbered?.body['reference']);
    // Old consults of the month before all carry the one of the story.
    if (reference === 'CARD-26-00412') continue;
    const other = holders.get(reference);
    if (other !== undefined) found.push([other, id, reference]);
    holders.set(reference, id);
  }
  return found;
}

function referenceProblems(record: ServerRecord): string[] {
  const found: string[] = [];
  for (const [id, body] of record.consults) {
    const numbered = eventsIn(body).filter(
      (event) => event.type === 'numbered' && event.author === systemAuthor,
    );
    if (numbered.length !== 1) found.push(`consult ${id} has ${String(numbered.length)} references`);
  }
  return found;
}

/** Longest honest difference between what a steady device says and the truth: latency, storage, rounding. */
const ageToleranceMs = 120_000;

/** Clocks start when the act was written, whatever the device's clock said. */
function timeProblems(ended: Ended, record: ServerRecord): string[] {
  const found: string[] = [];
  const makers = new Map(ended.made.map((each) => [each.id, each]));
  for (const [id, body] of record.consults) {
    const events = inOrder(eventsIn(body));
    for (const event of events) {
      if (event.type !== 'clock-snapshot') continue;
      const made = makers.get(String(event.body['of']));
      if (made === undefined || event.receivedAt === undefined) continue;
      const startsAtMs = instantToMs(event.body['startsAt'] as Instant);
      const receivedMs = instantToMs(event.receivedAt);
      if (startsAtMs > receivedMs) found.push(`a clock of ${id} starts after its act came`);
      const tablet = ended.tablets[made.tablet];
      if (tablet?.hasSteadyClock !== true || ended.wasSetBack) continue;
      if (Math.abs(startsAtMs - made.atMs) > ageToleranceMs) {
        const off = Math.round((startsAtMs - made.atMs) / 1_000);
        found.push(
          `a clock of ${id} starts ${String(off)} s after ${made.event.type} was written, received ${String(Math.round((receivedMs - made.atMs) / 1_000))} s after`,
        );
      }
    }
  }
  return found;
}
