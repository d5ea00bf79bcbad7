import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Actor } from '#server/http/context.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import { createOpenedPatients } from '#server/patients/opened-patients.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Signatures } from '#server/parcels/signing-keys.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import type { AuthoredEnvelope, DocumentKind, Via } from '#shared/event/envelope.ts';
import type { DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import { msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { Grant } from '#shared/parcel/signing.ts';
import type { PushOutcome, PushRequest, QuarantineCode } from '#shared/sync/protocol.ts';
import { createAnnouncer, type Announcer } from './accepted.ts';
import { arrivedFrom, type Arrived } from './arrived.ts';
import type { AssignmentBook } from './assignment-book.ts';
import { createBackground } from './background.ts';
import { DocumentWriter } from './document-writer.ts';
import type { Feed } from './feed.ts';
import type { HeldBack, QuarantinedEvent } from './held-back.ts';
import type { OutboxOwner, OutboxRecord } from './outbox-record.ts';
import { createAcceptOwn, type AcceptOwn } from './own-acts.ts';
import { createReach } from './reach.ts';
import type { RecentEvents } from './recent-events.ts';
import type { ClaimReferences } from './references.ts';
import { createAppendSystemEvents, type AppendSystemEvents } from './system-facts.ts';
import { createTakeEvent, receiptOf, type Circumstances } from './take-event.ts';
import { quarantined, type Verdict } from './verdict.ts';
import { WaitingEvents } from './waiting-events.ts';

/** An event that came without its author's session. */
export interface CarriedEvent {
  readonly event: unknown;
  /** What its own tablet's clock shows now; null: nobody can tell. */
  readonly authorClockAt: Instant | null;
}

export interface Acceptor extends Pick<Announcer, 'onAccepted'> {
  /**
   * One outcome per item, in order; each is durable when this resolves. `knownSince`: when the person first signed in on that device: what
   * they wrote there is no older. `grant`: of the key they sign with, where they brought one.
   */
  push(actor: Actor, request: PushRequest, knownSince: Instant, grant?: Grant | null): Promise<PushOutcome[]>;
  /**
   * As `push`, for what somebody else brings. `isProven`: whether its signature was found good; what is not is set aside. Says nothing about
   * what still waits on the author's tablet.
   */
  carried(
    owner: OutboxOwner,
    events: readonly CarriedEvent[],
    there: { readonly knownSince: Instant; readonly isProven: (event: AuthoredEnvelope) => boolean },
  ): Promise<PushOutcome[]>;
  readonly acceptOwn: AcceptOwn;
  readonly appendSystemEvents: AppendSystemEvents;
  /** Takes what was set aside into the record, judged as of its writing, by the times kept with it. */
  release(held: QuarantinedEvent): Promise<PushOutcome>;
  writerOf(kind: DocumentKind): DocumentWriter;
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>;
}

export interface AcceptDeps {
  readonly store: DocumentStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: () => Directory;
  /** Resolves when `directory` is as the store has it now. */
  readonly directoryCaughtUp: () => Promise<void>;
  readonly feed: () => Feed;
  readonly claimReferences: ClaimReferences;
  readonly book: AssignmentBook;
  readonly recent: RecentEvents;
  readonly outboxes: OutboxRecord;
  readonly setBackAt: () => Instant | null;
  readonly heldBack: HeldBack;
  /** How far back permission is judged as of writing, and how long what waits may wait. */
  readonly offlineLeaseHours: () => number;
  readonly isDeviceRevoked: (device: DeviceId) => boolean;
  /** Whether this person ever signed in there. */
  readonly isDeviceUsedBy: (device: DeviceId, person: PersonId) => boolean;
  /** So many items still wait there, by the tablet's own word. */
  readonly onUnsent: (owner: OutboxOwner, unsent: number, at: Instant) => void;
  readonly signatures: Signatures;
}

/** A UUID that is always the same for the same event. */
function idFromBytes(event: AuthoredEnvelope): EventId {
  const hex = createHash('sha256').update(canonicalEvent(event)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}` as EventId;
}

/** The one way into the record: what people push, what the server writes for them, and its own facts. */
export function createAcceptor(deps: AcceptDeps): Acceptor {
  const { store, sealer, clock, directory, feed, book, outboxes, heldBack, offlineLeaseHours } = deps;
  const announcer = createAnnouncer(deps.logger);
  const writerFor = (kind: DocumentKind, name: 'consults' | 'patients') =>
    new DocumentWriter({
      kind,
      database: store.database(name),
      sealer,
      claimReferences: deps.claimReferences,
    });
  const writers: Readonly<Record<DocumentKind, DocumentWriter>> = {
    consult: writerFor('consult', 'consults'),
    patient: writerFor('patient', 'patients'),
  };
  const background = createBackground({ store, index: () => feed().index });
  const reach = createReach({
    store,
    feed,
    directory,
    opened: createOpenedPatients(store.database('claims')),
    offlineLeaseHours,
  });
  const takeEvent = createTakeEvent({
    directory,
    book,
    announcer,
    recent: deps.recent,
    offlineLeaseHours,
    patients: () => feed().index.patients,
    waiting: new WaitingEvents(),
    setBackAt: deps.setBackAt,
  });

  async function take(
    arrived: readonly Arrived[],
    shared: Omit<Circumstances, 'unknownPatients' | 'askingDepartments' | 'outOfReach'>,
  ): Promise<Verdict[]> {
    const { unknownPatients, askingDepartments } = await background.of(arrived);
    const outOfReach = await reach.outOfReach(arrived, shared.author, shared.receivedAt);
    return Promise.all(
      arrived.map((one, at) =>
        writers[one.kind].submit(
          takeEvent(one, {
            ...shared,
            unknownPatients,
            outOfReach,
            askingDepartments: askingDepartments[at] ?? [],
          }),
        ),
      ),
    );
  }

  /**
   * As `take`; what would be refused is judged once more when the directory is as new as the store: a tablet that another gateway told of its
   * person's new department must not be refused by one that has not heard of it.
   */
  async function takeFresh(
    arrived: readonly Arrived[],
    shared: Parameters<typeof take>[1],
  ): Promise<Verdict[]> {
    const known = directory();
    const verdicts = await take(arrived, shared);
    const refusedAt = verdicts.flatMap(({ outcome }, at) => (outcome.outcome === 'refused' ? [at] : []));
    if (refusedAt.length === 0) return verdicts;
    await deps.directoryCaughtUp();
    const author = directory().people.get(shared.author.id);
    if (directory() === known || author === undefined) return verdicts;
    const again = await take(
      refusedAt.flatMap((at) => arrived[at] ?? []),
      { ...shared, author },
    );
    return verdicts.map((verdict, at) => again[refusedAt.indexOf(at)] ?? verdict);
  }

  /** Nothing is judged, but the heads concerned are found from the document. */
  function setAside(arrived: Arrived, code: QuarantineCode, heldAt: Instant): Promise<Verdict> {
    return writers[arrived.kind].submit<Verdict>({
      documentId: arrived.event.document,
      rejected() {
        throw new Error('nothing was written');
      },
      run: (document) => {
        const held = document.find(arrived.event.id);
        const there = held === undefined ? null : receiptOf(held, arrived.event);
        // It was accepted before there was anything to distrust, and only the answer was lost.
        if (there !== null) return { done: () => ({ outcome: there }) };
        const verdict = quarantined(arrived, code, { document, directory: directory(), heldAt });
        return { done: () => verdict };
      },
    });
  }

  /** What was refused when it came first and is accepted now is not held back any more. */
  async function withdrawAccepted(
    judged: readonly { readonly at: number; readonly arrived: Arrived }[],
    verdicts: readonly (Verdict | null)[],
  ): Promise<void> {
    const kept = heldBack.keptLately(judged.map(({ arrived }) => arrived.event.id));
    if (kept.size === 0) return;
    await heldBack.withdraw(
      judged.flatMap(({ at, arrived: { event } }) => {
        const outcome = verdicts[at]?.outcome;
        if (!kept.has(event.id) || (outcome?.outcome !== 'accepted' && outcome?.outcome !== 'duplicate'))
          return [];
        return [{ ...event, n: outcome.n, receivedAt: outcome.receivedAt, via: 'session' as const }];
      }),
    );
  }

  /** Why nothing of this sender is judged; null: it is. */
  function distrustOf(owner: OutboxOwner): QuarantineCode | null {
    // A session ends with its person; of pushes only one that was under way meanwhile comes here.
    if (directory().people.get(owner.person)?.active !== true) return 'author-removed';
    return deps.isDeviceRevoked(owner.device) ? 'device-revoked' : null;
  }

  /** Judges what came of one person on one device; each outcome is durable when this resolves. */
  async function settle(
    owner: OutboxOwner,
    items: readonly Result<Arrived, PushOutcome>[],
    there: { receivedAt: Instant; via: Via; isProven: (event: AuthoredEnvelope) => boolean },
  ): Promise<PushOutcome[]> {
    const { receivedAt, via } = there;
    const verdicts = items.map((item): Verdict | null => (item.ok ? null : { outcome: item.error }));
    const author = directory().people.get(owner.person);
    const distrust = distrustOf(owner);
    const judgeable: { at: number; arrived: Arrived }[] = [];
    for (const [at, item] of items.entries()) {
      if (!item.ok) continue;
      const arrived = item.value;
      const code = distrust ?? (there.isProven(arrived.event) ? null : 'signature-unknown');
      if (code === null) judgeable.push({ at, arrived });
      else verdicts[at] = await setAside(arrived, code, receivedAt);
    }
    // Patients first: a consult may speak of one that comes with it.
    for (const kind of ['patient', 'consult'] as const) {
      const ofKind = judgeable.filter(({ arrived }) => arrived.kind === kind);
      if (ofKind.length === 0 || author === undefined) continue;
      const made = await takeFresh(
        ofKind.map(({ arrived }) => arrived),
        { receivedAt, via, actor: owner, author },
      );
      for (const [index, { at }] of ofKind.entries()) verdicts[at] = made[index] ?? null;
    }

    await heldBack.keep(verdicts.flatMap((verdict) => verdict?.keep ?? []));
    await withdrawAccepted(judgeable, verdicts);
    return verdicts.map((verdict) => {
      if (verdict === null) throw new Error('an event was left without an outcome');
      return verdict.outcome;
    });
  }

  return {
    async push(actor, request, knownSince, grant = null) {
      const receivedAt = clock.now();
      // Before somebody first signed in there, nothing of theirs waited there.
      const outboxLastEmptyAt = (await outboxes.lastEmptyAt(actor)) ?? knownSince;
      const { sentAt } = request;
      const sending = {
        owner: actor,
        sentAt,
        receivedAt,
        outboxLastEmptyAt,
        offlineLeaseHours: offlineLeaseHours(),
        // Before it is emptied for ever a revoked device hands in what anybody left on it. All of that is set aside.
        mayBringFor: (person: PersonId) =>
          deps.isDeviceRevoked(actor.device) && deps.isDeviceUsedBy(actor.device, person),
      };
      const items = request.items.map((raw) => arrivedFrom(raw, sending));
      const signed = items.flatMap((item) =>
        item.ok && item.value.event.sig !== undefined ? [item.value] : [],
      );
      const proven = await deps.signatures.proven(
        actor,
        signed.map(({ event }) => event),
        receivedAt,
        grant === null ? [] : [grant],
      );
      const outcomes = await settle(actor, items, {
        receivedAt,
        via: 'session',
        // A session speaks for its person; a tablet that does not sign yet is an older one.
        isProven: ({ id, sig }) => sig === undefined || proven.has(id),
      });
      const unsent = request.unsentAfter + outcomes.filter(({ outcome }) => outcome === 'waiting').length;
      outboxes.report(actor, unsent, receivedAt);
      deps.onUnsent(actor, unsent, receivedAt);
      return outcomes;
    },

    async carried(owner, events, { knownSince, isProven }) {
      const receivedAt = clock.now();
      const outboxLastEmptyAt = (await outboxes.lastEmptyAt(owner)) ?? knownSince;
      const items = events.map(({ event, authorClockAt }) =>
        arrivedFrom(
          { event, clockJumped: authorClockAt === null },
          {
            owner,
            sentAt: authorClockAt ?? receivedAt,
            receivedAt,
            outboxLastEmptyAt,
            offlineLeaseHours: offlineLeaseHours(),
          },
        ),
      );
      return settle(owner, items, { receivedAt, via: 'parcel', isProven });
    },

    acceptOwn: createAcceptOwn({ writer: writers.consult, clock, directory, book, announcer }),
    appendSystemEvents: createAppendSystemEvents({ writerOf: (kind) => writers[kind], clock, announcer }),

    async release({ documentKind, event, writtenAt, startsAt, code }) {
      const receivedAt = clock.now();
      const author = directory().people.get(event.author);
      if (author === undefined) {
        return { id: event.id, outcome: 'refused', code: 'unknown-person', kept: 'server' };
      }
      // Two events cannot have one id: what came with other bytes is taken under an id made from both.
      const released: AuthoredEnvelope =
        code === 'other-bytes' ? { ...event, id: idFromBytes(event) } : event;
      const minutes = Math.max(0, Math.floor(msBetween(startsAt, receivedAt) / 60_000));
      const arrived: Arrived = {
        kind: documentKind,
        event: released,
        age: { minutes, startsAt, limited: false },
        writtenAt,
      };
      const [verdict] = await take([arrived], {
        receivedAt,
        via: 'session',
        actor: { person: event.author, device: event.device },
        author: { ...author, active: true },
      });
      if (verdict === undefined) throw new Error('an event was left without an outcome');
      return verdict.outcome;
    },

    writerOf: (kind) => writers[kind],
    onAccepted: (listener) => announcer.onAccepted(listener),
    async idle() {
      await Promise.all([writers.consult.idle(), writers.patient.idle(), outboxes.idle()]);
    },
  };
}
