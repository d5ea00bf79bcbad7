import type { DueName } from '#shared/consult/clocks.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { isOpen, urgencies } from '#shared/consult/vocabulary.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { TimeLeft } from '$lib/time/time-left.ts';
import { leftOf } from './card-time.ts';
import { dueOf, firstDue } from './due.ts';

export type ListName = 'department' | 'mine' | 'sent';

/** Statuses in which the receiving side has the next move. */
const withReceiver: ReadonlySet<Consult['status']> = new Set([
  'submitted',
  'acknowledged',
  'in-progress',
  'info-requested',
]);
/** Statuses in which the requesting side has it. */
const withRequester: ReadonlySet<Consult['status']> = new Set(['info-requested', 'declined', 'completed']);

/** The next move is this person's: they took or were given it, or it came back to what they asked. */
export function waitsOnMe(consult: Consult, me: PersonId): boolean {
  if (consult.assignee === me && withReceiver.has(consult.status) && consult.status !== 'info-requested')
    return true;
  return consult.requester === me && (consult.status === 'info-requested' || consult.status === 'declined');
}

/** The next move is the requesting side's: something was asked, declined or answered. */
export const cameBack = (consult: Consult): boolean => withRequester.has(consult.status);

export interface Reader {
  readonly person: PersonId;
  readonly departments: readonly DepartmentId[];
}

/** Which of the consults held stand in a list; no order. Nothing overdue is ever left out. */
export function inList(list: ListName, consult: Consult, { person, departments }: Reader): boolean {
  switch (list) {
    case 'department':
      return departments.includes(consult.receivingDepartment) && withReceiver.has(consult.status);
    case 'mine':
      return consult.assignee === person ? withReceiver.has(consult.status) : waitsOnMe(consult, person);
    case 'sent':
      return (
        consult.requester === person ||
        departments.includes(consult.requestingDepartment) ||
        consult.joinedDepartments.some((department) => departments.includes(department))
      );
  }
}

/**
 * What breaches first stands first. What the server has not taken yet has no due time: emergencies among them stand before
 * everything, the rest by urgency after what runs. Ends in the id, so that the order is one.
 */
export function byBreach(a: Consult, b: Consult): number {
  const aDue = firstDue(a)?.dueAt ?? null;
  const bDue = firstDue(b)?.dueAt ?? null;
  const aFirst = aDue === null && a.urgency === 'emergency' && a.lastN === 0;
  const bFirst = bDue === null && b.urgency === 'emergency' && b.lastN === 0;
  if (aFirst !== bFirst) return aFirst ? -1 : 1;
  if (aDue !== bDue) {
    if (aDue === null) return 1;
    if (bDue === null) return -1;
    return aDue < bDue ? -1 : 1;
  }
  return (
    urgencies.indexOf(a.urgency) - urgencies.indexOf(b.urgency) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** An emergency without an answer, whether it has left this tablet or not. */
const isOpenEmergency = ({ urgency, status }: Consult): boolean => urgency === 'emergency' && isOpen(status);

/**
 * Emergencies that nobody has answered stand first, one that has not left this tablet before all; then what came back to the one who
 * asked, the answers last among it; then what breaches first.
 */
export const bySent = (a: Consult, b: Consult): number =>
  Number(isOpenEmergency(b)) - Number(isOpenEmergency(a)) ||
  Number(cameBack(b)) - Number(cameBack(a)) ||
  Number(a.status === 'completed') - Number(b.status === 'completed') ||
  byBreach(a, b);

/** Emergencies that nobody has taken, in the order given. */
export const untakenEmergencies = (consults: readonly Consult[]): readonly Consult[] =>
  consults.filter(({ urgency, status }) => urgency === 'emergency' && status === 'submitted');

/** What stands under the minutes, and how many there are. `clock` null: nothing runs. */
export function timeOf(
  consult: Consult,
  now: Instant,
): { readonly left: TimeLeft; readonly clock: DueName | null } {
  const due = dueOf(consult, now);
  return { left: leftOf(due, now), clock: due?.clock ?? null };
}
