import type { Actor } from '#server/http/context.ts';
import { judgeEvent, type Judgement } from '#shared/consult/judge.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import {
  isStamped,
  type AuthoredEnvelope,
  type DocumentKind,
  type HeldEvent,
  type Via,
} from '#shared/event/envelope.ts';
import type { DepartmentId, PatientId } from '#shared/lib/id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';
import { judgePatientEvent } from '#shared/patient/judge-patient.ts';
import type { PushOutcome, RefusalCode } from '#shared/sync/protocol.ts';
import type { Announcer } from './accepted.ts';
import { hourMs, type Arrived } from './arrived.ts';
import type { AssignmentBook } from './assignment-book.ts';
import type { Job, WorkingDocument } from './document-writer.ts';
import type { PatientIndex } from './patient-index.ts';
import type { RecentEvents } from './recent-events.ts';
import { addKeptApart, addPatientFacts, addSystemEvents } from './system-events.ts';
import { quarantined, refused, type Verdict } from './verdict.ts';
import type { WaitingEvents } from './waiting-events.ts';

export interface TakeEventDeps {
  readonly directory: () => Directory;
  readonly patients: () => PatientIndex;
  readonly book: AssignmentBook;
  readonly waiting: WaitingEvents;
  readonly announcer: Announcer;
  readonly recent: RecentEvents;
  readonly offlineLeaseHours: () => number;
  /** When the store last began a new life; null: it never did. */
  readonly setBackAt: () => Instant | null;
}

/** So long tablets that are there have to give a store that was set back what it lost; then an act goes on without it. */
export const givenBackWithinMs = 10 * 60_000;

/** What an event meets; found before the write, because a job must not wait. */
export interface Circumstances {
  readonly receivedAt: Instant;
  readonly via: Via;
  readonly actor: Pick<Actor, 'person' | 'device'>;
  readonly author: Person;
  /** Ids of events that name a patient their author has no way to. */
  readonly outOfReach: ReadonlySet<string>;
  /** Patients that are named and known nowhere yet. */
  readonly unknownPatients: ReadonlySet<string>;
  /** Departments that ask about the patient whose record this is. */
  readonly askingDepartments: readonly DepartmentId[];
}

const placeOf = { consult: 'consults', patient: 'patients' } as const;
const creating: Readonly<Record<DocumentKind, string>> = { consult: 'submitted', patient: 'registered' };

/** The patient an event speaks of besides its document; null for none. */
export function patientNamed(event: AuthoredEnvelope): PatientId | null {
  if (event.type === 'submitted') return (event.body as ConsultBody<'submitted'>).content.patient;
  return event.type === 'merged-into' ? (event.body['patient'] as PatientId) : null;
}

/** The answer to an event that is in the record already, byte for byte; null: what is there under its id is something else. */
export function receiptOf(held: HeldEvent, event: AuthoredEnvelope): PushOutcome | null {
  return isStamped(held) && canonicalEvent(held) === canonicalEvent(event)
    ? { id: event.id, outcome: 'duplicate', n: held.n, receivedAt: held.receivedAt }
    : null;
}

/** What to say of an event whose id is there already. */
function metAgain(
  held: HeldEvent,
  arrived: Arrived,
  there: { document: WorkingDocument; directory: Directory; heldAt: Instant },
): Verdict {
  const receipt = receiptOf(held, arrived.event);
  return receipt === null ? quarantined(arrived, 'other-bytes', there) : { outcome: receipt };
}

/** The job that judges one person's event on its document as it is at the write, and adds it with what the server has to say about it. */
export function createTakeEvent(
  deps: TakeEventDeps,
): (arrived: Arrived, there: Circumstances) => Job<Verdict> {
  const { directory, waiting, announcer, book } = deps;
  const leaseMs = (): number => deps.offlineLeaseHours() * hourMs;

  /** What it builds on is not here: it may still come, but not for ever. */
  function toWait(arrived: Arrived, code: RefusalCode, receivedAt: Instant): Verdict {
    const isTooOld = msBetween(arrived.age.startsAt, receivedAt) > leaseMs();
    if (!isTooOld && waiting.note(arrived.event))
      return { outcome: { id: arrived.event.id, outcome: 'waiting' } };
    waiting.forget(arrived.event);
    return refused(arrived, code, receivedAt);
  }

  /** What is missing that may still come; null: nothing. */
  function missing({ event, kind }: Arrived, document: WorkingDocument): RefusalCode | null {
    if (document.events.length === 0) return event.type === creating[kind] ? null : 'not-first';
    // A store that was set back: what the author had seen comes back with the tablets that hold it.
    return event.base > document.lastN ? 'base-in-the-future' : null;
  }

  /**
   * What the author had seen may never come back as it was: nobody holds it, or it was accepted anew under a smaller number. Then the act
   * is judged on all that is here; one that would be refused that way goes on waiting.
   */
  function withoutWhatWasLost(
    arrived: Arrived,
    document: WorkingDocument,
    there: Circumstances,
  ): Judgement | null {
    const setBackAt = deps.setBackAt();
    if (setBackAt === null) return null;
    const sinceMs = msBetween(setBackAt, there.receivedAt);
    if (sinceMs < givenBackWithinMs || sinceMs > leaseMs() + givenBackWithinMs) return null;
    const event = { ...arrived.event, base: document.lastN };
    const judgement = judge({ ...arrived, event }, document, there);
    return judgement.verdict === 'accept' ? judgement : null;
  }

  function judge(arrived: Arrived, document: WorkingDocument, there: Circumstances): Judgement {
    const { kind, event, age } = arrived;
    if (document.events.length > 0 && event.type === creating[kind])
      return { verdict: 'refuse', code: 'already-exists' };
    const judgedAt = (writtenAt: Instant): Judgement => {
      const shared = {
        event,
        documentEvents: document.events,
        person: there.author,
        directory: directory(),
        writtenAt,
      };
      return kind === 'consult'
        ? judgeEvent(shared)
        : judgePatientEvent({ ...shared, requestingDepartments: there.askingDepartments });
    };
    const judgement = judgedAt(arrived.writtenAt);
    // Its clock is no witness: it was written some time between then and now, and a right gained meanwhile may have been there already.
    return judgement.verdict === 'refuse' && age.limited ? judgedAt(there.receivedAt) : judgement;
  }

  return (arrived, there) => ({
    documentId: arrived.event.document,
    rejected: () => ({
      outcome: { id: arrived.event.id, outcome: 'refused', code: 'malformed', kept: 'tablet' },
    }),
    run(document) {
      const { event, kind, age } = arrived;
      const { receivedAt } = there;
      const ended = (verdict: Verdict) => ({ done: () => verdict });
      const held = document.find(event.id);
      if (held !== undefined) {
        waiting.forget(event);
        const verdict = metAgain(held, arrived, { document, directory: directory(), heldAt: receivedAt });
        // Sent again because no gateway remembered it: now this one does, and can give the receipt.
        if (verdict.outcome.outcome === 'duplicate') deps.recent.add(event.id, placeOf[kind], event.document);
        return ended(verdict);
      }
      const lacking = missing(arrived, document);
      const anyway = lacking === 'base-in-the-future' ? withoutWhatWasLost(arrived, document, there) : null;
      if (lacking !== null && anyway === null) return ended(toWait(arrived, lacking, receivedAt));
      const judgement = anyway ?? judge(arrived, document, there);
      if (judgement.verdict === 'refuse') {
        // Parcels come in any order, and by several hands: what its author had seen in this record may be in another one.
        if (there.via === 'parcel' && event.lamport > document.nextLamport)
          return ended(toWait(arrived, judgement.code, receivedAt));
        waiting.forget(event);
        return ended(refused(arrived, judgement.code, receivedAt));
      }
      const patient = patientNamed(event);
      if (patient !== null && there.unknownPatients.has(patient)) {
        return ended(toWait(arrived, 'unknown-patient', receivedAt));
      }
      const isOutOfReach = there.outOfReach.has(event.id);
      // To whoever has no way to it a record is not there; joining two would give the other's consults away.
      if (isOutOfReach && kind === 'patient') {
        waiting.forget(event);
        return ended(refused(arrived, 'unknown-patient', receivedAt));
      }
      waiting.forget(event);
      const first = document.events.length;
      const stamped = document.add({ event, via: there.via, receivedAt });
      if (isOutOfReach && patient !== null) addKeptApart(document, stamped, patient);
      if (kind === 'consult') addSystemEvents(document, { event: stamped, age }, directory(), book);
      else addPatientFacts(document, { event: stamped, age }, deps.patients());
      const announce = announcer.prepare(kind, document, first, there.actor);
      return {
        done() {
          announce();
          return { outcome: { id: event.id, outcome: 'accepted', n: stamped.n, receivedAt } };
        },
      };
    },
  });
}
