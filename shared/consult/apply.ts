import { systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';
import type { WithoutEffect } from './consult.ts';
import { endWait, takeEffect } from './effects.ts';
import { systemConsultTypes, type ConsultEventType } from './events.ts';
import { knew, momentOf, type Fold } from './fold.ts';
import { reachedAlready } from './standing.ts';
import { moveOf, rowOf } from './transitions.ts';
import { isOpen, type Status } from './vocabulary.ts';

const systemTypes: ReadonlySet<string> = new Set(systemConsultTypes);
/** A fact of the server in a person's name, or a person's act in the server's, is nothing this vocabulary has. */
export const isByTheRightHand = (event: HeldEvent): boolean =>
  systemTypes.has(event.type) === (event.author === systemAuthor);

/** Acts upon the request as it stood, most of the receiving side: they must know of the round they answer, or begin anew. */
const answersRound: ReadonlySet<ConsultEventType> = new Set([
  'acknowledged',
  'promise-changed',
  'assigned',
  'reassigned',
  'unassigned',
  'seen',
  'info-requested',
  'redirected',
  'declined',
  'completed',
  'hand-over-confirmed',
  'reopened',
]);
/** Acts that answer whatever brought the present status: they must know of it. */
const answersStatus: ReadonlySet<ConsultEventType> = new Set(['info-provided', 'resubmitted', 'closed']);

/** Lets one event, readable and by the right hand, take effect; returns why not, or null when it did. */
export function applyEvent(fold: Fold, event: HeldEvent & { type: ConsultEventType }): WithoutEffect | null {
  const row = rowOf(event);
  const move = moveOf(row, fold.status);
  if (answersRound.has(event.type) && !knew(event, fold.round)) {
    // Two redirects at once: the first accepted leads, like two who acknowledge.
    return event.type === 'redirected' && fold.round.type === 'redirected'
      ? { why: 'someone-else-leads', by: fold.round.id }
      : { why: 'not-now', status: fold.status, by: fold.round.id };
  }
  const goal = reachedAlready(fold, event, row === 'taken');
  if (goal !== null) return goal;
  if (move === null) return { why: 'not-now', status: fold.status, by: fold.statusEvent.id };
  if (answersStatus.has(event.type) && !knew(event, fold.statusEvent)) {
    return { why: 'not-now', status: fold.status, by: fold.statusEvent.id };
  }
  const withoutEffect = takeEffect(fold, event);
  if (withoutEffect !== null) return withoutEffect;
  if (move !== 'kept') moveTo(fold, move === 'before' ? fold.beforeInfo : move, event);
  return null;
}

function moveTo(fold: Fold, status: Status, event: HeldEvent): void {
  if (fold.status === 'info-requested') endWait(fold, event);
  if (!isOpen(status)) fold.endedAt ??= momentOf(event);
  fold.status = status;
  fold.statusEvent = event;
}
