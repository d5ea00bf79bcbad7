import type { HeldEvent } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { WithoutEffect } from './consult.ts';
import type { ConsultEventType } from './events.ts';
import { knew, type Fold } from './fold.ts';
import { isOpen, type Status } from './vocabulary.ts';

const sameStatusGoals: Readonly<Partial<Record<ConsultEventType, Status>>> = {
  seen: 'in-progress',
  'info-requested': 'info-requested',
  declined: 'declined',
  completed: 'completed',
  closed: 'closed',
  'force-closed': 'closed',
  cancelled: 'cancelled',
};

function leads(event: HeldEvent, leading: HeldEvent, status: Status): WithoutEffect {
  return knew(event, leading) || leading.author === event.author
    ? { why: 'already', status, by: leading.id }
    : { why: 'someone-else-leads', by: leading.id };
}

/** What the act is after has happened before; null: it has not. */
export function reachedAlready(
  fold: Fold,
  event: HeldEvent & { type: ConsultEventType },
  taken: boolean,
): WithoutEffect | null {
  if (sameStatusGoals[event.type] === fold.status) {
    return { why: 'already', status: fold.status, by: fold.statusEvent.id };
  }
  if (!isOpen(fold.status)) return null;
  if (event.type === 'acknowledged' && !taken && fold.acknowledgement !== null) {
    return leads(event, fold.acknowledgement.event, fold.status);
  }
  if (taken || event.type === 'assigned' || event.type === 'reassigned' || event.type === 'unassigned') {
    return assignmentStands(fold, event, taken);
  }
  return null;
}

/** Whom an act gives the consult to; null: to nobody. */
function recipientOf(event: HeldEvent): PersonId | null {
  const to = event.body['to'];
  if (typeof to === 'string') return to as PersonId;
  return event.type === 'unassigned' ? null : (event.author as PersonId);
}

/**
 * Why an act that gives the consult to somebody, or takes it from them, changes nothing. What a machine assigned never leads
 * over a person; a person's assignment leads over one whose author did not know of it, but somebody who takes a consult
 * that nobody has acknowledged gets it: they are the one who is coming.
 */
function assignmentStands(fold: Fold, event: HeldEvent, taken: boolean): WithoutEffect | null {
  const { assignment, acknowledgement, status } = fold;
  const to = recipientOf(event);
  if (assignment === null) return to === null ? { why: 'already', status, by: null } : null;
  if (assignment.to === to) {
    return taken && acknowledgement === null ? null : { why: 'already', status, by: assignment.event.id };
  }
  if (assignment.automatic && (acknowledgement === null || event.type !== 'acknowledged')) return null;
  if (event.type === 'acknowledged') {
    if (acknowledgement === null) return null;
    return leads(
      event,
      knew(event, acknowledgement.event) ? assignment.event : acknowledgement.event,
      status,
    );
  }
  return knew(event, assignment.event) || assignment.event.author === event.author
    ? null
    : { why: 'someone-else-leads', by: assignment.event.id };
}
