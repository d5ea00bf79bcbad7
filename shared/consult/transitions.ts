import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultEventType } from './events.ts';
import type { Status } from './vocabulary.ts';

/** 'kept': takes effect and leaves the status; 'before': back to where it was before information was asked for. */
export type Move = Status | 'kept' | 'before';

/** 'taken': `acknowledged` with `assignSelf`, or an assignment that acknowledges (to oneself, or a receiver's `acknowledges`). */
export type TransitionRow = ConsultEventType | 'taken';
type Row = Readonly<Partial<Record<Status, Move>>>;

const always: Row = {
  submitted: 'kept',
  acknowledged: 'kept',
  'in-progress': 'kept',
  'info-requested': 'kept',
  declined: 'kept',
  completed: 'kept',
  closed: 'kept',
  cancelled: 'kept',
};
const whileOpen = (move: Move): Row => ({
  submitted: move,
  acknowledged: move,
  'in-progress': move,
  'info-requested': move,
  declined: move,
});
/** While the receiving department has it in hand. */
const inHand: Row = {
  submitted: 'kept',
  acknowledged: 'kept',
  'in-progress': 'kept',
  'info-requested': 'kept',
};
const answered: Row = { completed: 'kept', closed: 'kept' };

/** Event × status → what becomes of the status; a status that is missing: kept in the record, changes nothing. Source: design §4. */
export const transitions: Readonly<Record<TransitionRow, Row>> = {
  submitted: { draft: 'submitted' },
  acknowledged: { submitted: 'acknowledged' },
  taken: { ...inHand, submitted: 'acknowledged' },
  assigned: inHand,
  reassigned: inHand,
  unassigned: inHand,
  'auto-assigned': inHand,
  'hand-over-offered': inHand,
  'hand-over-confirmed': { ...inHand, submitted: 'acknowledged' },
  'promise-changed': { acknowledged: 'kept', 'info-requested': 'kept' },
  seen: { submitted: 'in-progress', acknowledged: 'in-progress', 'info-requested': 'in-progress' },
  'info-requested': {
    submitted: 'info-requested',
    acknowledged: 'info-requested',
    'in-progress': 'info-requested',
  },
  'info-provided': { 'info-requested': 'before' },
  redirected: whileOpen('submitted'),
  declined: { submitted: 'declined', acknowledged: 'declined', 'info-requested': 'declined' },
  resubmitted: { declined: 'submitted' },
  completed: { acknowledged: 'completed', 'in-progress': 'completed' },
  cancelled: whileOpen('cancelled'),
  closed: { completed: 'closed', declined: 'closed' },
  reopened: { completed: 'submitted', closed: 'submitted' },
  'force-closed': { ...whileOpen('closed'), completed: 'closed', cancelled: 'closed' },
  'urgency-changed': whileOpen('kept'),
  'recommendation-marked': answered,
  'follow-up-recorded': answered,
  'follow-up-ended': answered,
  'follow-up-due': answered,
  rang: always,
  'note-added': always,
  'message-posted': always,
  'attachment-added': always,
  joined: whileOpen('kept'),
  opened: always,
  corrected: always,
  'entered-in-error': always,
  numbered: always,
  'clock-snapshot': whileOpen('kept'),
  'arrived-late': always,
  escalated: always,
  'assignee-left': whileOpen('kept'),
  'patient-relinked': always,
  'patient-kept-apart': always,
};

/** null: no effect in that status. */
export const moveOf = (row: TransitionRow, status: Status): Move | null => transitions[row][status] ?? null;

/** Acts after which the clocks start anew: the server appends a clock-snapshot to each that takes effect. */
export const clockStarters: ReadonlySet<string> = new Set([
  'submitted',
  'resubmitted',
  'redirected',
  'urgency-changed',
  'reopened',
]);

/** The row of a held event, as its body says. */
export function rowOf(event: HeldEvent): TransitionRow {
  const { body } = event;
  if (event.type === 'acknowledged' && body['assignSelf'] === true) return 'taken';
  if (event.type === 'assigned' && (body['to'] === event.author || body['acknowledges'] === true))
    return 'taken';
  return event.type as ConsultEventType;
}

/** What a document that is nearly full still takes: whatever brings the consult to its end, and marks on what is there. */
export const takenWhenFull: ReadonlySet<string> = new Set([
  'seen',
  'completed',
  'cancelled',
  'closed',
  'entered-in-error',
  'corrected',
  'force-closed',
]);
