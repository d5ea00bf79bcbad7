import { isStamped, type HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, DepartmentId, EventId, PatientId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { clockOf, type Stop, type Wait } from './clocks.ts';
import type { Consult, MarkedRecommendation, Note, WithoutEffect } from './consult.ts';
import type { ConsultBody, RequestContent } from './events.ts';
import type { Status, Urgency } from './vocabulary.ts';

/** A consult while its events are being told, in order. Never leaves the projection. */
export interface Fold {
  status: Status;
  /** The event that brought `status`, and the status before information was asked for. */
  statusEvent: HeldEvent;
  beforeInfo: Status;
  /** The event that began the present round: submitted, redirected, resubmitted or reopened. Answers to an earlier round change nothing. */
  round: HeldEvent;
  readonly id: ConsultId;
  readonly content: RequestContent;
  readonly linked: readonly ConsultId[];
  readonly requester: PersonId;
  readonly submittedAt: Instant | null;
  reference: { readonly event: EventId; readonly text: string } | null;
  patient: PatientId;
  department: DepartmentId;
  readonly earlier: DepartmentId[];
  readonly joined: DepartmentId[];
  readonly involved: Set<PersonId>;
  urgency: Urgency;
  urgencyEvent: HeldEvent | null;
  assignment: { readonly event: HeldEvent; readonly to: PersonId; readonly automatic: boolean } | null;
  acknowledgement: { readonly event: HeldEvent; readonly by: PersonId } | null;
  promise: {
    readonly event: HeldEvent;
    readonly by: PersonId;
    readonly from: Instant;
    readonly minutes: number;
  } | null;
  handOver: Consult['handOver'];
  snapshot: Consult['snapshot'];
  readonly stops: { acknowledged: Stop | null; seen: Stop | null; completed: Stop | null };
  readonly waits: Wait[];
  declines: number;
  answer: Consult['answer'];
  readonly recommendations: Map<string, MarkedRecommendation>;
  followUp: Consult['followUp'];
  readonly notes: Note[];
  readonly opened: Map<PersonId, EventId>;
  /** Who marked an event as entered in error; the first mark counts. */
  readonly inError: Map<EventId, EventId>;
  readonly known: Map<EventId, WithoutEffect | null>;
  readonly lateMinutes: ReadonlyMap<EventId, number>;
  endedAt: Instant | null;
}

export function foldFrom(submitted: HeldEvent, lateMinutes: ReadonlyMap<EventId, number>): Fold {
  const { content, linked } = submitted.body as ConsultBody<'submitted'>;
  const requester = submitted.author as PersonId;
  const involved = new Set<PersonId>([requester]);
  if (content.preferredDoctor !== null) involved.add(content.preferredDoctor);
  return {
    status: 'submitted',
    statusEvent: submitted,
    beforeInfo: 'submitted',
    round: submitted,
    id: submitted.document as ConsultId,
    content,
    linked,
    requester,
    submittedAt: submitted.receivedAt ?? null,
    reference: null,
    patient: content.patient,
    department: content.receivingDepartment,
    earlier: [],
    joined: [],
    involved,
    urgency: content.urgency,
    urgencyEvent: null,
    assignment: null,
    acknowledgement: null,
    promise: null,
    handOver: null,
    snapshot: null,
    stops: { acknowledged: null, seen: null, completed: null },
    waits: [],
    declines: 0,
    answer: null,
    recommendations: new Map(),
    followUp: null,
    notes: [],
    opened: new Map(),
    inError: new Map(),
    known: new Map([[submitted.id, null]]),
    lateMinutes,
    endedAt: null,
  };
}

/** The author had this event on the tablet when writing: accepted by `base`, or written before on the same tablet by the same person. */
export function knew(event: HeldEvent, other: HeldEvent): boolean {
  if (isStamped(other) && other.n <= event.base) return true;
  return other.author === event.author && other.device === event.device && other.lamport < event.lamport;
}

/** When the act counts from: the server's clock; only while unsent, the tablet's. */
export const momentOf = (event: HeldEvent): Instant => event.receivedAt ?? event.occurredAt;

/** The promise with its pauses: whoever asked a question is not expected at the bedside before the answer. */
export function promiseOf(fold: Fold): Consult['promise'] {
  if (fold.promise === null) return null;
  const { by, event, from, minutes } = fold.promise;
  return { by, event: event.id, dueAt: clockOf(from, minutes, null, fold.waits).dueAt };
}
