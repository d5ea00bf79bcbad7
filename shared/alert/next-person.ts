import type { Directory } from '#shared/directory/directory.ts';
import { dutyAdministrator, headOf, parentHeadOf, receiverOf } from '#shared/directory/leaders.ts';
import { administratorsOf } from '#shared/directory/membership.ts';
import { onCall } from '#shared/directory/on-call.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

export interface Successor {
  readonly person: PersonId;
  /** In what capacity. */
  readonly as: string;
}

export interface SuccessionInput {
  readonly department: DepartmentId;
  /** The capacity of the one whose devices are silent; whoever stands below it is not called. Unknown: from the beginning. */
  readonly as: string;
  /** Alerted for the same cause already, and whoever must not hear of their own act. */
  readonly without: ReadonlySet<PersonId>;
  readonly directory: Directory;
  readonly at: Instant;
}

type Rung = readonly [
  as: string,
  who: (directory: Directory, department: DepartmentId, at: Instant) => (PersonId | null)[],
];

/** Upward: never from a head back to the first on call. */
const rungs: readonly Rung[] = [
  ['on-call first', (directory, department, at) => [onCall(directory, department, 'first', at)]],
  ['on-call second', (directory, department, at) => [onCall(directory, department, 'second', at)]],
  ['receiver', (directory, department) => [receiverOf(directory, department)]],
  ['on-call consultant', (directory, department, at) => [onCall(directory, department, 'consultant', at)]],
  ['head', (directory, department) => [headOf(directory, department)]],
  ['parent-head', (directory, department) => [parentHeadOf(directory, department)]],
  ['duty-administrator', (directory, _department, at) => [dutyAdministrator(directory, at)]],
  [
    'administrator',
    // Only where nobody has the duty: a gap there must not end the way up.
    (directory, _department, at) =>
      dutyAdministrator(directory, at) === null ? administratorsOf(directory, at) : [],
  ],
];

/** Everybody who can be called instead, nearest first, each once; [] at the top. People are those of `at`. */
export function successors({ department, as, without, directory, at }: SuccessionInput): Successor[] {
  const above = rungs.slice(rungs.findIndex(([name]) => name === as) + 1);
  const found = new Map<PersonId, Successor>();
  for (const [name, who] of above) {
    for (const person of who(directory, department, at)) {
      if (person === null || without.has(person) || found.has(person)) continue;
      if (directory.people.get(person)?.active === true) found.set(person, { person, as: name });
    }
  }
  return [...found.values()];
}
