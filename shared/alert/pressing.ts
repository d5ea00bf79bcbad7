import type { Consult } from '#shared/consult/consult.ts';
import { isOpen } from '#shared/consult/vocabulary.ts';
import type { Alert, AlertKind } from './alert.ts';

/** Somebody must come and take it: when one person's devices are silent, the next one is called. */
const calls: ReadonlySet<AlertKind> = new Set([
  'new-consult',
  'assigned',
  'reassigned',
  'reopened',
  'due-soon',
  'breached',
  'escalated',
]);

/** Asks something of this person, or stops them on their way: repeated and sent on further channels, but nobody else can stand in. */
const asks: ReadonlySet<AlertKind> = new Set([
  'info-requested',
  'info-provided',
  'declined',
  'cancelled',
  'reassigned-away',
  'redirected',
  'hand-over',
  'follow-up-due',
  'rota-gap',
  'unreachable',
]);

/** Whether it calls somebody to a patient: whom the requesting side hears of it, such as of a redirect, is not called. */
export const asksToCome = ({ about }: Pick<Alert, 'about'>): boolean =>
  calls.has(about) || about === 'hand-over';

/** Told in the list alone: worth knowing, and not worth a sound at night. */
export const isInAppOnly = ({ about }: Pick<Alert, 'about'>): boolean => about === 'one-way';

/** Whether somebody else is called when this person's devices are silent. */
export const climbs = ({ about, urgency }: Pick<Alert, 'about' | 'urgency'>): boolean =>
  urgency !== 'routine' && calls.has(about);

/** Whether a silence of the person's devices is answered by the next channel. Routine alerts and mere news are sent once. */
export const presses = ({ about, urgency }: Pick<Alert, 'about' | 'urgency'>): boolean =>
  urgency !== 'routine' && (calls.has(about) || asks.has(about));

/**
 * Whether the consult, as it is now, still needs what the alert asks. Says the same as the stand-down, from the state instead of the event, for one
 * that was planned while the event was on its way.
 */
export function isStillNeeded(alert: Alert, consult: Consult): boolean {
  if (!calls.has(alert.about)) return true;
  if (!isOpen(consult.status)) return false;
  switch (alert.about) {
    case 'new-consult':
    case 'reopened':
      return consult.acknowledgedBy === null || consult.status === 'submitted';
    case 'assigned':
    case 'reassigned': {
      if (alert.insteadOf !== undefined) return consult.status === 'submitted';
      return consult.assignee === alert.recipient && consult.acknowledgedBy !== alert.recipient;
    }
    default:
      return true;
  }
}
