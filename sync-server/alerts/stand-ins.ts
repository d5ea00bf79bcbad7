import type { Alert } from '#shared/alert/alert.ts';
import { successors } from '#shared/alert/next-person.ts';
import { alertIdOf, alertOf, announcementIdOf, type PlannedAlert } from '#shared/alert/plan.ts';
import { momentPart } from '#shared/alert/turn-test.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { dutyAdministrator, headOf, parentHeadOf, receiverOf } from '#shared/directory/leaders.ts';
import { shiftAt, tiers } from '#shared/directory/on-call.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { Admit } from './admit.ts';
import type { AlertBook } from './alert-book.ts';
import type { Reach } from './reach.ts';

type Called = Pick<Alert, 'department' | 'recipient'>;

/** The turn of duty the person has now, else the day. */
function shiftKey({ department, recipient }: Called, directory: Directory, now: Instant): string {
  for (const tier of tiers) {
    const shift = shiftAt(directory, department, tier, now);
    if (shift?.person === recipient) return momentPart(shift.startsAt);
  }
  return now.slice(0, 10);
}

/**
 * Tells a department that somebody it calls has no working channel (ALE-9); once per turn of duty, for the id holds the turn. The cause begins with the
 * person's id. null: there is nobody to tell.
 */
export function unreachableTelling(called: Called, directory: Directory, now: Instant): PlannedAlert | null {
  const { department, recipient: person } = called;
  const told = (
    [
      [receiverOf(directory, department), 'receiver'],
      [headOf(directory, department), 'head'],
      [parentHeadOf(directory, department), 'parent-head'],
      [dutyAdministrator(directory, now), 'duty-administrator'],
    ] as const
  ).find(([who]) => who !== null && who !== person);
  if (told === undefined) return null;
  const [recipient, as] = told;
  if (recipient === null) return null;
  const cause = `${person}:unreachable:${department}:${shiftKey(called, directory, now)}` as EventId;
  return {
    id: announcementIdOf(cause, recipient),
    consult: null,
    cause,
    recipient,
    as,
    about: 'unreachable',
    urgency: 'urgent',
    department,
  };
}

/** The same as a document. */
export function unreachableAlert(alert: Alert, directory: Directory, now: Instant): Alert | null {
  const planned = unreachableTelling(alert, directory, now);
  return planned === null ? null : alertOf(planned, now);
}

/**
 * The alert to whoever is called instead of somebody whose devices are silent: the next one up who can be reached. null: called before, heard of at the
 * same desk, or nobody up there can be reached; then escalation is what is left. Whoever it is can open the consult by then.
 */
export async function standInAlert(
  alert: Alert,
  consult: Consult,
  deps: {
    readonly book: Pick<AlertBook, 'ofConsult'>;
    readonly reach: Pick<Reach, 'isReachable'>;
    readonly directory: Directory;
    readonly clock: Clock;
    readonly admit: Admit;
  },
): Promise<Alert | null> {
  const { book, reach, directory, clock, admit } = deps;
  const sameCause = (await book.ofConsult(consult.id)).filter(({ cause }) => cause === alert.cause);
  if (sameCause.some(({ insteadOf }) => insteadOf === alert.recipient)) return null;
  // A receiver is told beside those who are called: the way up is walked for them, and once.
  const isBeside = consult.assignee !== null || sameCause.length > 1;
  if (alert.as === 'receiver' && alert.insteadOf === undefined && isBeside) return null;
  const author = consult.timeline.find(({ event }) => event.id === alert.cause)?.event.author;
  const without = new Set<PersonId>([...sameCause.map(({ recipient }) => recipient), consult.requester]);
  if (author !== undefined) without.add(author as PersonId);
  const now = clock.now();
  const { department, as } = alert;
  for (const next of successors({ department, as, without, directory, at: now })) {
    if (!(await reach.isReachable(next.person))) continue;
    const { cause, about, urgency } = alert;
    await admit(consult, [next], cause);
    return alertOf(
      {
        id: alertIdOf(consult.id, cause, next.person),
        consult: consult.id,
        cause,
        recipient: next.person,
        as: next.as,
        about,
        urgency,
        department,
        insteadOf: alert.recipient,
      },
      now,
    );
  }
  return null;
}
