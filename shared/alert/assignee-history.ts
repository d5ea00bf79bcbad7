import type { Consult } from '#shared/consult/consult.ts';
import { systemAuthor, type HeldEvent } from '#shared/event/envelope.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';

interface Holding {
  readonly person: PersonId | null;
  /** A machine's choice that no person has confirmed. */
  readonly automatic: boolean;
}
const nobody: Holding = { person: null, automatic: false };

/** Who has the consult after one event that took effect, given who had it before. */
function handOn(held: Holding, event: HeldEvent): Holding {
  const author: Holding = { person: event.author as PersonId, automatic: false };
  switch (event.type) {
    case 'assigned':
    case 'reassigned':
    case 'auto-assigned':
      return { person: event.body['to'] as PersonId, automatic: event.author === systemAuthor };
    case 'acknowledged':
      return event.body['assignSelf'] === true ? author : { ...held, automatic: false };
    case 'seen':
      return held.person === null || held.automatic ? author : held;
    case 'hand-over-confirmed':
      return author;
    case 'unassigned':
    case 'assignee-left':
    case 'redirected':
    case 'declined':
    case 'resubmitted':
    case 'reopened':
      return nobody;
    default:
      return held;
  }
}

function assigneeUpTo(consult: Consult, until: EventId, inclusive: boolean): PersonId | null {
  let held = nobody;
  for (const { event, withoutEffect } of consult.timeline) {
    if (event.id === until && !inclusive) break;
    if (withoutEffect === null) held = handOn(held, event);
    if (event.id === until) break;
  }
  return held.person;
}

/** Who had the consult just before an event of its timeline; null for nobody. */
export const assigneeBefore = (consult: Consult, event: EventId): PersonId | null =>
  assigneeUpTo(consult, event, false);
/** Who had it just after. */
export const assigneeAfter = (consult: Consult, event: EventId): PersonId | null =>
  assigneeUpTo(consult, event, true);
