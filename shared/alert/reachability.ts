import { assign } from '#shared/directory/assignment.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { receiverOf } from '#shared/directory/leaders.ts';
import { onCall } from '#shared/directory/on-call.ts';
import { lastRecipients } from '#shared/escalation/recipients.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { Reach } from './protocol.ts';
import { successors, type Successor } from './next-person.ts';

export interface WhoIsCalledInput {
  readonly department: DepartmentId;
  readonly urgency: Urgency;
  readonly preferredDoctor: PersonId | null;
  readonly requester: PersonId;
  readonly directory: Directory;
  /** Open consults per person and whom round robin chose last, as in `assign`. */
  readonly openConsults: ReadonlyMap<PersonId, number>;
  readonly lastRoundRobin: PersonId | null;
  readonly at: Instant;
}

/** Who would be called for a consult sent now, in order, each once: the assignee by the department's rule, then first on call and receiver. */
export function whoIsCalled(input: WhoIsCalledInput): Successor[] {
  const { department, directory, at, requester } = input;
  const called = new Map<PersonId, Successor>();
  const call = (person: PersonId | null, as: string): void => {
    if (person === null || person === requester || called.has(person)) return;
    if (directory.people.get(person)?.active === true) called.set(person, { person, as });
  };
  call(assign(input)?.to ?? null, 'assignee');
  call(onCall(directory, department, 'first', at), 'on-call first');
  call(receiverOf(directory, department), 'receiver');
  if (called.size === 0)
    for (const { person, as } of lastRecipients(directory, department, at)) call(person, as);
  return [...called.values()];
}

/**
 * Everybody who stands above or beside them: the tiers, the receiver, the head and on upwards, in the order in which they are called while nobody's
 * device answers, each once. The one who asks is among them if they hold one of these posts, for the rota shows them too.
 */
export function calledLater(
  { department, directory, at }: Pick<WhoIsCalledInput, 'department' | 'directory' | 'at'>,
  called: readonly Successor[],
): Successor[] {
  const without = new Set(called.map(({ person }) => person));
  // No capacity: from the lowest rung on.
  return successors({ department, as: '', without, directory, at });
}

/** A device that was not heard of for so long may lie switched off in a drawer. */
const aliveForMinutes = 24 * 60;

export const verdictOf = (
  channels: Reach['channels'],
  heardAt: Instant | null,
  at: Instant,
): Reach['verdict'] => {
  if (channels.length === 0) return 'none';
  return heardAt !== null && addMinutes(heardAt, aliveForMinutes) >= at ? 'alive' : 'quiet';
};
