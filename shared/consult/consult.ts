import type { HeldEvent } from '#shared/event/envelope.ts';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import type { ConsultId, DepartmentId, EventId, PatientId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { ConsultBody, FollowUp, Recommendation, RequestContent } from './events.ts';
import type { ClockName, Status, Targets, Urgency } from './vocabulary.ts';

/** One clock of a consult. Due times are stored instants, so that nothing needs to be counted down. */
export interface ConsultClock {
  readonly startsAt: Instant;
  /** When it runs out, pauses already added; while `paused` it is where it would be if the pause ended at the wait's own due time. */
  readonly dueAt: Instant;
  /** When a person's act stopped it; null while it runs. Taken from the act's `receivedAt`; only while the act is unsent, from the tablet's clock. */
  readonly stoppedAt: Instant | null;
  readonly stoppedBy: EventId | null;
  readonly paused: boolean;
}

export interface VisitPromise {
  readonly by: PersonId;
  readonly dueAt: Instant;
  readonly event: EventId;
}

/** Why an event changed nothing; the words are chosen by the screen. */
export type WithoutEffect =
  | { readonly why: 'already'; readonly status: Status; readonly by: EventId | null }
  | { readonly why: 'not-now'; readonly status: Status; readonly by: EventId | null }
  | { readonly why: 'someone-else-leads'; readonly by: EventId }
  | { readonly why: 'unknown-target' }
  | { readonly why: 'needs-newer-app' };

/** One line of the story: every event, in the total order, whether or not it changed anything. */
export interface TimelineEntry {
  readonly event: HeldEvent;
  /** null: it took effect. */
  readonly withoutEffect: WithoutEffect | null;
  /** The author could not know what came between `base` and this event; ids of effective events in between by others, in order. */
  readonly unknownToAuthor: readonly EventId[];
  /** Minutes it waited on its tablet, 0 when it came at once. */
  readonly lateMinutes: number;
  /** Entered in error or corrected later: ids of those events. */
  readonly enteredInErrorBy: EventId | null;
  readonly correctedBy: readonly EventId[];
}

export interface Note {
  readonly event: EventId;
  readonly kind: ConsultBody<'note-added'>['kind'] | 'message' | 'info';
  readonly author: PersonId;
  readonly text: string;
  /** null: it stands. The mark that takes it back; its words stay in the record. */
  readonly enteredInErrorBy: EventId | null;
}

export interface MarkedRecommendation extends Recommendation {
  readonly mark: 'accepted' | 'declined' | 'done' | null;
  readonly markReason: string | null;
}

/** What a consult is now: a pure function of its events. Never stored as truth, never edited. */
export interface Consult {
  readonly id: ConsultId;
  readonly status: Status;
  /** null until the server has given one; the screen makes a short local one from the id. */
  readonly reference: string | null;
  readonly content: RequestContent;
  readonly patient: PatientId;
  readonly requester: PersonId;
  readonly requestingDepartment: DepartmentId;
  /** Where it is now. */
  readonly receivingDepartment: DepartmentId;
  /** Every department that received it before, oldest first, without the present one. */
  readonly earlierReceiving: readonly DepartmentId[];
  /** Departments that joined as requesters of the same thing (CON-19), oldest first. */
  readonly joinedDepartments: readonly DepartmentId[];
  /** Everyone the consult names or named: requester, assignees, preferred doctor, recipients of escalations. */
  readonly involved: readonly PersonId[];
  readonly urgency: Urgency;
  readonly assignee: PersonId | null;
  /** How the assignee came to be: a person's act or an automatic one, which never counts as an acknowledgement. */
  readonly assignedBy: { readonly event: EventId; readonly automatic: boolean } | null;
  readonly acknowledgedBy: PersonId | null;
  /** The visit still to come; null once somebody was at the bedside, and when none was promised. */
  readonly promise: VisitPromise | null;
  /** An offer at shift change that waits for the incoming doctor's word. */
  readonly handOver: { readonly event: EventId; readonly to: PersonId; readonly until: Instant } | null;
  readonly submittedAt: Instant | null;
  /** The latest clock-snapshot in force; null before acceptance. */
  readonly snapshot: {
    readonly event: EventId;
    readonly startsAt: Instant;
    readonly targets: Targets;
    readonly policy: EscalationPolicy;
  } | null;
  /** null before acceptance. */
  readonly clocks: Readonly<Record<ClockName, ConsultClock>> | null;
  /** While information is awaited: since when, and when the wait's own clock runs out (ending the pause). */
  readonly infoWait: { readonly event: EventId; readonly since: Instant; readonly dueAt: Instant } | null;
  /** In all, over every department it went to. */
  readonly declines: number;
  /** The last one given; kept when the consult is opened again. */
  readonly answer:
    | (ConsultBody<'completed'> & {
        readonly event: EventId;
        readonly by: PersonId;
        readonly at: Instant | null;
      })
    | null;
  /** Of every answer, in the order given. */
  readonly recommendations: readonly MarkedRecommendation[];
  /** The follow-up in force after completion; null when none was asked or it ended. */
  readonly followUp: {
    readonly plan: FollowUp;
    readonly since: Instant | null;
    readonly event: EventId;
  } | null;
  readonly linked: readonly ConsultId[];
  readonly notes: readonly Note[];
  /** First `opened` per person. */
  readonly openedBy: ReadonlyMap<PersonId, EventId>;
  /** When it left the open states, by the act's `receivedAt`; null while open. */
  readonly endedAt: Instant | null;
  readonly timeline: readonly TimelineEntry[];
  /** Highest `n` in the document; 0 before acceptance. */
  readonly lastN: number;
  readonly lastLamport: number;
  /** `receivedAt` of the last accepted event; null before acceptance. */
  readonly changedAt: Instant | null;
  /** Share of the tighter of the two size limits already used, 0 to 1 (a little more once closing acts went over). Measured when first read. */
  readonly fullness: number;
}
