import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Actor } from '#server/http/context.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import type { DocumentStore, Write } from '#server/store/port.ts';
import { ageAtArrival, type Age } from '#shared/consult/age.ts';
import { judgeEvent } from '#shared/consult/judge.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { departmentsOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import {
  isStamped,
  type AuthoredEnvelope,
  type DocumentKind,
  type HeldEvent,
  type StampedEvent,
  type Via,
} from '#shared/event/envelope.ts';
import { parseAuthoredEventOfAnyKind } from '#shared/event/parse.ts';
import type { ConsultId, DepartmentId, DeviceId, EventId, PatientId, PersonId } from '#shared/lib/id.ts';
import { addMs, latest, msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import { judgePatientEvent } from '#shared/patient/judge-patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { Patient } from '#shared/patient/patient.ts';
import type { PushOutcome, PushRequest, QuarantineCode, RefusalCode } from '#shared/sync/protocol.ts';
import type { AssignmentBook } from './assignment-book.ts';
import { isLive } from './consult-index.ts';
import { DocumentWriter, type Job, type WorkingDocument } from './document-writer.ts';
import type { Feed } from './feed.ts';
import { quarantineWrite, refusedWrite, type HeldBack, type QuarantinedEvent } from './held-back.ts';
import type { OutboxRecord } from './outbox-record.ts';
import type { createReferences } from './references.ts';
import { addSystemEvents, systemEvent } from './system-events.ts';
import { eventsOf } from './wire-document.ts';

/** Something was accepted and is proven to be stored. Projections are made when first asked for. */
export type Accepted = {
  readonly id: string;
  /** The accepted event first, then what the server added in the same write. */
  readonly events: readonly StampedEvent[];
  /** null: the server's own act. */
  readonly actor: Pick<Actor, 'person' | 'device'> | null;
} & (
  | { readonly kind: 'consult'; before(): Consult | null; after(): Consult | null }
  | { readonly kind: 'patient'; before(): Patient | null; after(): Patient | null }
);

/** A fact for the server to append; stamps, lamport and base are given at the write. */
export interface SystemFact {
  readonly id: EventId;
  readonly type: string;
  readonly body: HeldEvent['body'];
}

export interface OwnAct<T extends AuthoredConsultType> {
  /** Made once by the caller: sending the same act again gives the same answer. */
  readonly id: EventId;
  readonly consult: ConsultId;
  readonly type: T;
  readonly body: ConsultBody<T>;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly via: Via;
  /** Highest `n` the person could know; absent: everything. Permission is judged as of it. */
  readonly base?: number;
}

/**
 * Appends facts of the server itself to a document as it is at the write; `build` may run more than once. A fact whose id is there
 * already is not made twice. Resolves with all facts named, once they are stored; [] when the document cannot be read or is not there.
 */
export interface AppendSystemEvents {
  (
    document: { readonly kind: 'consult'; readonly id: string },
    build: (consult: Consult) => readonly SystemFact[],
  ): Promise<readonly StampedEvent[]>;
  (
    document: { readonly kind: 'patient'; readonly id: string },
    build: (patient: Patient) => readonly SystemFact[],
  ): Promise<readonly StampedEvent[]>;
}

export interface Acceptor {
  push(actor: Actor, request: PushRequest): Promise<PushOutcome[]>;
  acceptOwn<T extends AuthoredConsultType>(act: OwnAct<T>): Promise<PushOutcome>;
  readonly appendSystemEvents: AppendSystemEvents;
  /** As of writing: judged by the time kept with it. */
  release(held: QuarantinedEvent): Promise<PushOutcome>;
  writerOf(kind: DocumentKind): DocumentWriter;
  onAccepted(listener: (accepted: Accepted) => void): () => void;
  idle(): Promise<void>;
}

export interface AcceptDeps {
  readonly store: DocumentStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: () => Directory;
  readonly feed: () => Feed;
  readonly references: ReturnType<typeof createReferences>;
  readonly book: AssignmentBook;
  readonly outboxes: OutboxRecord;
  readonly heldBack: HeldBack;
  /** How far back permission is judged as of writing. */
  readonly offlineLeaseHours: number;
  readonly isDeviceRevoked: (device: DeviceId) => boolean;
}

interface Arrived {
  readonly at: number;
  readonly kind: DocumentKind;
  readonly event: AuthoredEnvelope;
  readonly age: Age;
  readonly writtenAt: Instant;
}

/** What became of one event, and what must be kept for it. */
interface Verdict {
  readonly outcome: PushOutcome;
  readonly keep?: Write;
}

const hourMs = 60 * 60_000;
const maxWaitingPerDevice = 1000;
const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
};

/** The id of something that could not be parsed, as far as it has one. */
function idOf(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return '';
  return typeof raw.id === 'string' && /^[0-9a-z:-]{1,240}$/.test(raw.id) ? raw.id : '';
}

/** The parts of a pushed item, each judged later; `clockJumped` null: the item has another shape. */
function itemOf(raw: unknown): { event: unknown; clockJumped: boolean | null } {
  if (typeof raw !== 'object' || raw === null || !('event' in raw)) return { event: null, clockJumped: null };
  const isWhole = Object.keys(raw).length === 2 && 'clockJumped' in raw;
  return {
    event: raw.event,
    clockJumped: isWhole && typeof raw.clockJumped === 'boolean' ? raw.clockJumped : null,
  };
}

/** A UUID that is always the same for the same event. */
function idFromBytes(event: AuthoredEnvelope): EventId {
  const hex = createHash('sha256').update(canonicalEvent(event)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}` as EventId;
}

const creating: Readonly<Record<DocumentKind, string>> = { consult: 'submitted', patient: 'registered' };

/** The patient an event speaks of besides its document; null for none. */
function patientNamed(event: AuthoredEnvelope): PatientId | null {
  if (event.type === 'submitted') return (event.body as ConsultBody<'submitted'>).content.patient;
  return event.type === 'merged-into' ? (event.body['patient'] as PatientId) : null;
}

export function createAcceptor(deps: AcceptDeps): Acceptor {
  const { store, clock, logger, directory, feed, book, outboxes, heldBack } = deps;
  const listeners = new Set<(accepted: Accepted) => void>();
  /** Events told to wait, by device: a bound on what a tablet may keep asking for. */
  const waiting = new Map<string, Set<string>>();
  const writers: Readonly<Record<DocumentKind, DocumentWriter>> = {
    consult: new DocumentWriter({
      kind: 'consult',
      database: store.database('consults'),
      sealer: deps.sealer,
      claimReferences: deps.references,
    }),
    patient: new DocumentWriter({
      kind: 'patient',
      database: store.database('patients'),
      sealer: deps.sealer,
      claimReferences: deps.references,
    }),
  };

  function tell(
    kind: DocumentKind,
    document: WorkingDocument,
    first: number,
    actor: Accepted['actor'],
  ): () => void {
    const before = document.events.slice(0, first);
    const after = [...document.events];
    const events = after.slice(first) as StampedEvent[];
    return () => {
      if (listeners.size === 0) return;
      const shared = { id: document.id, events, actor };
      const accepted: Accepted =
        kind === 'consult'
          ? {
              ...shared,
              kind,
              before: once(() => projectConsult(before)),
              after: once(() => projectConsult(after)),
            }
          : {
              ...shared,
              kind,
              before: once(() => projectPatient(before)),
              after: once(() => projectPatient(after)),
            };
      for (const listener of listeners) {
        try {
          listener(accepted);
        } catch (cause) {
          logger.error(
            { err: cause, document: document.id },
            'a listener failed after an event was accepted',
          );
        }
      }
    };
  }

  function tooManyWaiting({ event }: Arrived): boolean {
    let held = waiting.get(event.device);
    if (held === undefined) {
      held = new Set();
      waiting.set(event.device, held);
    }
    if (held.has(event.id)) return false;
    if (held.size >= maxWaitingPerDevice) return true;
    held.add(event.id);
    return false;
  }
  const noLongerWaiting = ({ event }: Arrived): void => {
    const held = waiting.get(event.device);
    if (held?.delete(event.id) === true && held.size === 0) waiting.delete(event.device);
  };

  const refused = ({ event, kind }: Arrived, code: RefusalCode, at: Instant): Verdict => ({
    outcome: { id: event.id, outcome: 'refused', code, kept: 'server' },
    keep: refusedWrite(kind, event, code, at),
  });

  function departmentsConcerned(arrived: Arrived, document: WorkingDocument | null): DepartmentId[] {
    const { event, kind, writtenAt } = arrived;
    const events = document === null || document.events.length === 0 ? [event] : document.events;
    if (kind === 'consult') {
      const consult = projectConsult(events);
      if (consult !== null) return [...new Set([consult.requestingDepartment, consult.receivingDepartment])];
    } else {
      const patient = projectPatient(events);
      if (patient !== null) return [patient.content.department];
    }
    const author = directory().people.get(event.author);
    return author === undefined ? [] : [...departmentsOf(author, writtenAt)];
  }

  function quarantined(
    arrived: Arrived,
    code: QuarantineCode,
    document: WorkingDocument | null,
    heldAt: Instant,
  ): Verdict {
    const { event, kind, writtenAt, age } = arrived;
    const departments = departmentsConcerned(arrived, document);
    return {
      outcome: { id: event.id, outcome: 'quarantined', code },
      keep: quarantineWrite({ kind, event, code, departments, heldAt, writtenAt, startsAt: age.startsAt }),
    };
  }

  /** Its document or patient is not here: it may still come, but not for ever. */
  function toWait(arrived: Arrived, code: RefusalCode, receivedAt: Instant): Verdict {
    const leaseMs = deps.offlineLeaseHours * hourMs;
    if (msBetween(arrived.age.startsAt, receivedAt) > leaseMs || tooManyWaiting(arrived)) {
      noLongerWaiting(arrived);
      return refused(arrived, code, receivedAt);
    }
    return { outcome: { id: arrived.event.id, outcome: 'waiting' } };
  }

  function judged(
    arrived: Arrived,
    document: WorkingDocument,
    person: Person,
    requestingDepartments: readonly DepartmentId[],
  ) {
    const shared = {
      event: arrived.event,
      documentEvents: document.events,
      person,
      directory: directory(),
      writtenAt: arrived.writtenAt,
    };
    return arrived.kind === 'consult'
      ? judgeEvent(shared)
      : judgePatientEvent({ ...shared, requestingDepartments });
  }

  function sharedMrn(document: WorkingDocument, cause: StampedEvent): void {
    if (cause.type !== 'registered' && cause.type !== 'corrected') return;
    const patient = projectPatient(document.events);
    if (patient === null || patient.content.mrn === null) return;
    for (const other of feed().index.patients.withMrn(patient.content.mrn)) {
      if (other === document.id || patient.sharesMrnWith.includes(other as PatientId)) continue;
      const id = `${cause.id}:mrn-shared:${other}`;
      document.add({
        event: systemEvent(
          document,
          { id, type: 'mrn-shared', base: cause.n, occurredAt: cause.receivedAt },
          { with: other },
        ),
        via: 'system',
        receivedAt: cause.receivedAt,
      });
    }
  }

  interface Circumstances {
    readonly receivedAt: Instant;
    readonly via: Via;
    readonly actor: Accepted['actor'];
    readonly person: Person;
    readonly unknownPatients: ReadonlySet<string>;
    readonly requestingDepartments: readonly DepartmentId[];
  }

  const jobOf = (arrived: Arrived, there: Circumstances): Job<Verdict> => ({
    documentId: arrived.event.document,
    rejected: () => ({
      outcome: { id: arrived.event.id, outcome: 'refused', code: 'malformed', kept: 'tablet' },
    }),
    run(document) {
      const { event, kind } = arrived;
      const { receivedAt } = there;
      const verdict = (made: Verdict) => ({ done: () => made });
      const held = document.find(event.id);
      if (held !== undefined) {
        noLongerWaiting(arrived);
        if (isStamped(held) && canonicalEvent(held) === canonicalEvent(event)) {
          return verdict({
            outcome: { id: event.id, outcome: 'duplicate', n: held.n, receivedAt: held.receivedAt },
          });
        }
        return verdict(quarantined(arrived, 'other-bytes', document, receivedAt));
      }
      if (document.events.length === 0 && event.type !== creating[kind]) {
        return verdict(toWait(arrived, 'not-first', receivedAt));
      }
      const judgement = judged(arrived, document, there.person, there.requestingDepartments);
      if (judgement.verdict === 'refuse') {
        noLongerWaiting(arrived);
        return verdict(refused(arrived, judgement.code, receivedAt));
      }
      const patient = patientNamed(event);
      if (patient !== null && there.unknownPatients.has(patient)) {
        return verdict(toWait(arrived, 'unknown-patient', receivedAt));
      }
      noLongerWaiting(arrived);
      const first = document.events.length;
      const stamped = document.add({ event, via: there.via, receivedAt });
      if (kind === 'consult')
        addSystemEvents(document, { event: stamped, age: arrived.age }, directory(), book);
      else {
        sharedMrn(document, stamped);
        if (arrived.age.minutes >= 1) addLate(document, stamped, arrived.age);
      }
      const tellAll = tell(kind, document, first, there.actor);
      return {
        done() {
          tellAll();
          return { outcome: { id: event.id, outcome: 'accepted', n: stamped.n, receivedAt } };
        },
      };
    },
  });

  function addLate(document: WorkingDocument, cause: StampedEvent, age: Age): void {
    const at = {
      id: `${cause.id}:arrived-late`,
      type: 'arrived-late',
      base: cause.n,
      occurredAt: cause.receivedAt,
    };
    document.add({
      event: systemEvent(document, at, { of: cause.id, minutes: age.minutes }),
      via: 'system',
      receivedAt: cause.receivedAt,
    });
  }

  /** Of these patients, those that neither the index nor the store knows. */
  async function unknownOf(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = [...new Set(ids)].filter((id) => feed().index.patients.get(id) === undefined);
    if (asked.length === 0) return new Set();
    const held = await store.database('patients').getMany(asked);
    return new Set(asked.filter((_id, at) => held[at] === null));
  }

  /** Departments that ask about this patient now: they may move the patient. */
  async function askingAbout(patient: string): Promise<DepartmentId[]> {
    const open = feed().index.consults.ofPatient(patient).filter(isLive);
    if (open.length === 0) return [];
    const held = await store.database('consults').getMany(open.map((entry) => entry.id));
    return held.flatMap((document) => {
      const consult = document === null ? null : projectConsult(eventsOf(document.body));
      return consult === null ? [] : [consult.requestingDepartment];
    });
  }

  async function accept(
    arrived: readonly Arrived[],
    shared: Omit<Circumstances, 'unknownPatients' | 'requestingDepartments'>,
  ): Promise<Verdict[]> {
    const unknownPatients = await unknownOf(arrived.flatMap(({ event }) => patientNamed(event) ?? []));
    const asking = await Promise.all(
      arrived.map(({ event, kind }) =>
        kind === 'patient' && event.type !== 'registered' ? askingAbout(event.document) : Promise.resolve([]),
      ),
    );
    return Promise.all(
      arrived.map((one, at) =>
        writers[one.kind].submit(
          jobOf(one, { ...shared, unknownPatients, requestingDepartments: asking[at] ?? [] }),
        ),
      ),
    );
  }

  function timesOf(
    event: Pick<AuthoredEnvelope, 'occurredAt'>,
    sent: { sentAt: Instant; clockJumped: boolean; outboxLastEmptyAt: Instant | null; receivedAt: Instant },
  ): { age: Age; writtenAt: Instant } {
    const age = ageAtArrival({ occurredAt: event.occurredAt, ...sent });
    const leaseBegan = addMs(sent.receivedAt, -deps.offlineLeaseHours * hourMs);
    return { age, writtenAt: latest(age.startsAt, leaseBegan) };
  }

  return {
    async push(actor, request) {
      const receivedAt = clock.now();
      const verdicts: (Verdict | undefined)[] = [];
      const outboxLastEmptyAt = await outboxes.lastEmptyAt(actor);
      const arrived: Arrived[] = [];
      for (const [at, raw] of request.items.entries()) {
        const item = itemOf(raw);
        const parsed = parseAuthoredEventOfAnyKind(item.event);
        if (item.clockJumped === null || !parsed.ok) {
          const code = parsed.ok ? 'malformed' : parsed.error.code;
          verdicts[at] = { outcome: { id: idOf(item.event), outcome: 'refused', code, kept: 'tablet' } };
          continue;
        }
        const { kind, event } = parsed.value;
        if (event.author !== actor.person || event.device !== actor.device) {
          verdicts[at] = { outcome: { id: event.id, outcome: 'refused', code: 'not-yours', kept: 'tablet' } };
          continue;
        }
        const times = timesOf(event, {
          sentAt: request.sentAt,
          clockJumped: item.clockJumped,
          outboxLastEmptyAt,
          receivedAt,
        });
        arrived.push({ at, kind, event, ...times });
      }

      const person = directory().people.get(actor.person);
      const setAside: QuarantineCode | null =
        person?.active !== true
          ? 'author-removed'
          : deps.isDeviceRevoked(actor.device)
            ? 'device-revoked'
            : null;
      const judgeable: Arrived[] = [];
      for (const one of arrived) {
        // Signed tablets come later; until then nobody's signature can be known here.
        const code = setAside ?? (one.event.sig === undefined ? null : 'signature-unknown');
        if (code === null) judgeable.push(one);
        else verdicts[one.at] = await setAsideUnread(one, code, receivedAt);
      }
      if (person !== undefined) {
        const shared = { receivedAt, via: 'session' as const, actor, person };
        // Patients first: a consult may speak of one that comes with it.
        for (const kind of ['patient', 'consult'] as const) {
          const ofKind = judgeable.filter((one) => one.kind === kind);
          if (ofKind.length === 0) continue;
          const made = await accept(ofKind, shared);
          for (const [index, one] of ofKind.entries()) verdicts[one.at] = made[index];
        }
      }

      await heldBack.keep(verdicts.flatMap((verdict) => verdict?.keep ?? []));
      const outcomes = verdicts.map((verdict) => {
        if (verdict === undefined) throw new Error('an event was left without an outcome');
        return verdict.outcome;
      });
      const unsent = request.unsentAfter + outcomes.filter(({ outcome }) => outcome === 'waiting').length;
      outboxes.report(actor, unsent, receivedAt);
      return outcomes;
    },

    async acceptOwn({ id, consult, type, body, person: author, device, via, base }) {
      const receivedAt = clock.now();
      const person = directory().people.get(author);
      const job: Job<PushOutcome> = {
        documentId: consult,
        rejected: () => ({ id, outcome: 'refused', code: 'malformed', kept: 'tablet' }),
        run(document) {
          const held = document.find(id);
          if (held !== undefined && isStamped(held)) {
            const { n, receivedAt: at } = held;
            return { done: () => ({ id, outcome: 'duplicate', n, receivedAt: at }) };
          }
          const event = {
            v: 1 as const,
            id,
            document: consult,
            type,
            author,
            device,
            lamport: document.nextLamport,
            base: Math.min(base ?? document.lastN, document.lastN),
            occurredAt: receivedAt,
            body,
          };
          if (document.events.length === 0) return { done: () => ({ id, outcome: 'waiting' }) };
          const judgement: ReturnType<typeof judgeEvent> =
            person?.active !== true
              ? { verdict: 'refuse', code: 'not-allowed' }
              : judgeEvent({
                  event,
                  documentEvents: document.events,
                  person,
                  directory: directory(),
                  writtenAt: receivedAt,
                });
          if (judgement.verdict === 'refuse') {
            const { code } = judgement;
            return { done: () => ({ id, outcome: 'refused', code, kept: 'tablet' }) };
          }
          const first = document.events.length;
          const stamped = document.add({ event, via, receivedAt });
          const age: Age = { minutes: 0, startsAt: receivedAt, limited: false };
          addSystemEvents(document, { event: stamped, age }, directory(), book);
          const tellAll = tell('consult', document, first, { person: author, device });
          return {
            done() {
              tellAll();
              return { id, outcome: 'accepted', n: stamped.n, receivedAt };
            },
          };
        },
      };
      return writers.consult.submit(job);
    },

    appendSystemEvents(
      { kind, id }: { kind: DocumentKind; id: string },
      build: ((consult: Consult) => readonly SystemFact[]) | ((patient: Patient) => readonly SystemFact[]),
    ) {
      const receivedAt = clock.now();
      return writers[kind].submit<readonly StampedEvent[]>({
        documentId: id,
        rejected() {
          throw new Error('the store refused a fact of the server');
        },
        run(document) {
          const now = kind === 'consult' ? projectConsult(document.events) : projectPatient(document.events);
          if (now === null) return { done: () => [] };
          const facts = (build as (now: Consult | Patient) => readonly SystemFact[])(now);
          const first = document.events.length;
          const stamped: StampedEvent[] = [];
          for (const fact of facts) {
            const held = document.find(fact.id);
            if (held !== undefined) {
              if (isStamped(held)) stamped.push(held);
              continue;
            }
            const at = { ...fact, base: document.lastN, occurredAt: receivedAt };
            stamped.push(
              document.add({ event: systemEvent(document, at, fact.body), via: 'system', receivedAt }),
            );
          }
          if (document.events.length === first) return { done: () => stamped };
          const tellAll = tell(kind, document, first, null);
          return {
            done() {
              tellAll();
              return stamped;
            },
          };
        },
      });
    },

    async release({ documentKind, event, writtenAt, startsAt, code }) {
      const receivedAt = clock.now();
      const author = directory().people.get(event.author);
      if (author === undefined) {
        return { id: event.id, outcome: 'refused', code: 'unknown-person', kept: 'server' };
      }
      // Two events cannot have one id: what came with other bytes is taken under an id made from both.
      const taken: AuthoredEnvelope = code === 'other-bytes' ? { ...event, id: idFromBytes(event) } : event;
      const minutes = Math.max(0, Math.floor(msBetween(startsAt, receivedAt) / 60_000));
      const arrived: Arrived = {
        at: 0,
        kind: documentKind,
        event: taken,
        age: { minutes, startsAt, limited: false },
        writtenAt,
      };
      const [verdict] = await accept([arrived], {
        receivedAt,
        via: 'session',
        actor: { person: event.author, device: event.device },
        person: { ...author, active: true },
      });
      if (verdict === undefined) throw new Error('an event was left without an outcome');
      return verdict.outcome;
    },

    writerOf: (kind) => writers[kind],
    onAccepted(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async idle() {
      await Promise.all([writers.consult.idle(), writers.patient.idle(), outboxes.idle()]);
    },
  };

  /** Nothing is judged, but the heads concerned are found from the document. */
  function setAsideUnread(arrived: Arrived, code: QuarantineCode, heldAt: Instant): Promise<Verdict> {
    return writers[arrived.kind].submit<Verdict>({
      documentId: arrived.event.document,
      rejected() {
        throw new Error('nothing was written');
      },
      run: (document) => {
        const verdict = quarantined(arrived, code, document, heldAt);
        return { done: () => verdict };
      },
    });
  }
}
