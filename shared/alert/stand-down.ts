import type { Consult } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { Alert, AlertKind } from './alert.ts';
import { isStoodDown } from './receipts.ts';

/** Alerts that ask somebody to come and take a consult. */
const callsToTake: readonly AlertKind[] = ['new-consult', 'reopened', 'due-soon', 'breached', 'escalated'];
/** Alerts that ask something of the one who has it. */
const callsToAct: readonly AlertKind[] = [
  ...callsToTake,
  'assigned',
  'reassigned',
  'info-requested',
  'info-provided',
  'follow-up-due',
  'hand-over',
];

export interface StandDownInput {
  /** As it is after `newEvents`. */
  readonly consult: Consult;
  readonly newEvents: readonly HeldEvent[];
  /** The consult's alerts. */
  readonly alerts: readonly Alert[];
}

/** Which alerts an event that took effect makes pointless, whoever they went to. */
function pointlessAfter(
  type: string,
  consult: Consult,
  event: HeldEvent,
): ((alert: Alert) => boolean) | null {
  switch (type) {
    case 'hand-over-confirmed':
      return (alert) => callsToTake.includes(alert.about) || alert.about === 'hand-over';
    case 'hand-over-offered':
      // An offer that nobody took is followed by one to whoever came next.
      return (alert) => alert.about === 'hand-over' && alert.recipient !== event.body['to'];
    case 'acknowledged':
    case 'seen':
      return (alert) =>
        callsToTake.includes(alert.about) ||
        (alert.about === 'hand-over' && event.body['assignSelf'] === true) ||
        ((alert.about === 'assigned' || alert.about === 'reassigned') &&
          (alert.recipient === event.author || alert.recipient !== consult.assignee));
    case 'assigned':
    case 'auto-assigned':
    case 'reassigned':
    case 'unassigned':
    case 'assignee-left':
      return (alert) =>
        ((alert.about === 'assigned' || alert.about === 'reassigned') &&
          alert.recipient !== consult.assignee) ||
        alert.about === 'hand-over' ||
        (event.body['acknowledges'] === true && callsToTake.includes(alert.about));
    case 'info-provided':
      return (alert) => alert.about === 'info-requested';
    case 'cancelled':
    case 'closed':
    case 'force-closed':
    case 'completed':
    case 'declined':
    case 'redirected':
      return (alert) => callsToAct.includes(alert.about);
    case 'follow-up-recorded':
    case 'follow-up-ended':
      return (alert) => alert.about === 'follow-up-due';
    default:
      return null;
  }
}

/** Whether any of these could make an alert pointless; false spares reading the consult's alerts, as for a plain note. */
export const mayStandDown = ({ consult, newEvents }: Omit<StandDownInput, 'alerts'>): boolean =>
  newEvents.some((event) => pointlessAfter(event.type, consult, event) !== null);

/**
 * Ids of alerts whose notifications must be closed because of `newEvents` (ALE-8): the consult was taken, handed on, answered, or ended.
 * Alerts the new events cause themselves stay, and those stood down before are not named again.
 */
export function standDown({ consult, newEvents, alerts }: StandDownInput): string[] {
  const ids = new Set<string>(newEvents.map((event) => event.id));
  const rules = consult.timeline
    .filter((entry) => ids.has(entry.event.id) && entry.withoutEffect === null)
    .flatMap(({ event }) => pointlessAfter(event.type, consult, event) ?? []);
  return alerts
    .filter(
      (alert) =>
        !ids.has(alert.cause) && !isStoodDown(alert) && rules.some((isPointless) => isPointless(alert)),
    )
    .map((alert) => alert.id);
}
