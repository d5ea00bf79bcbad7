import type { Directory } from '#shared/directory/directory.ts';
import type { Person } from '#shared/directory/staff.ts';
import { fullShare } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Consult } from './consult.ts';
import { authoredConsultTypes, type AuthoredConsultType } from './events.ts';
import { isUntaken, mayAct, relationOf, type Hat } from './permissions.ts';
import { moveOf, takenWhenFull } from './transitions.ts';
import { isOpen } from './vocabulary.ts';

export interface Actions {
  /** The one next step that is expected of this person; null: nothing is. */
  readonly primary: AuthoredConsultType | null;
  /** All else they may do now, in the vocabulary's order; without `submitted`, `opened` and the marks on single entries. */
  readonly others: readonly AuthoredConsultType[];
}

/** What a screen offers: allowed to the person and of effect in the present state. */
export function actionsFor(consult: Consult, person: Person, directory: Directory, at: Instant): Actions {
  const hats = relationOf({ consult, person, directory, at });
  const isFull = consult.fullness >= fullShare;
  const offered = authoredConsultTypes.filter(
    (action) =>
      !notOffered.has(action) &&
      (!isFull || takenWhenFull.has(action)) &&
      wouldTakeEffect(action, consult, person.id) &&
      mayAct({ action, body: null, person, consult, directory, at }).allowed,
  );
  const expected = expectedOf(consult, person.id, hats);
  const primary = expected !== null && offered.includes(expected) ? expected : null;
  return { primary, others: offered.filter((action) => action !== primary) };
}

const notOffered: ReadonlySet<AuthoredConsultType> = new Set([
  'submitted',
  'opened',
  'corrected',
  'entered-in-error',
]);

function wouldTakeEffect(action: AuthoredConsultType, consult: Consult, person: PersonId): boolean {
  const { status, assignee, acknowledgedBy } = consult;
  if (action === 'acknowledged') {
    if (moveOf('acknowledged', status) !== null) return true;
    const untaken = isUntaken(consult) || (assignee === person && acknowledgedBy === null);
    return moveOf('taken', status) !== null && untaken;
  }
  if (moveOf(action, status) === null) return false;
  switch (action) {
    case 'promise-changed':
      return acknowledgedBy !== null;
    case 'assigned':
      return assignee === null;
    case 'reassigned':
    case 'unassigned':
      return assignee !== null;
    case 'hand-over-confirmed':
      return consult.handOver?.to === person;
    case 'recommendation-marked':
      return consult.recommendations.length > 0;
    case 'follow-up-recorded':
    case 'follow-up-ended':
      return consult.followUp !== null;
    case 'rang':
      return isOpen(status);
    default:
      return true;
  }
}

function expectedOf(consult: Consult, person: PersonId, hats: ReadonlySet<Hat>): AuthoredConsultType | null {
  if (consult.handOver?.to === person) return 'hand-over-confirmed';
  return (
    expectedOfReceiving(consult, person, hats) ??
    (hats.has('requesting-doctor') ? expectedOfRequester(consult) : null)
  );
}

function expectedOfReceiving(
  consult: Consult,
  person: PersonId,
  hats: ReadonlySet<Hat>,
): AuthoredConsultType | null {
  if (!hats.has('receiving-doctor') && !hats.has('assignee')) {
    return hats.has('receiving-leader') && consult.assignee === null ? 'assigned' : null;
  }
  if (consult.status === 'submitted') return 'acknowledged';
  if (consult.assignee !== null && consult.assignee !== person) return null;
  if (consult.status === 'acknowledged') return 'seen';
  if (consult.status === 'in-progress') return 'completed';
  return consult.followUp === null ? null : 'follow-up-recorded';
}

function expectedOfRequester({ status }: Consult): AuthoredConsultType | null {
  if (status === 'info-requested') return 'info-provided';
  if (status === 'declined') return 'resubmitted';
  return status === 'completed' ? 'closed' : null;
}
