import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import { isUntaken, mayAct } from '#shared/consult/permissions.ts';
import { hasDoctorsRole } from '#shared/consult/roles.ts';
import { fullShare } from '#shared/event/envelope.ts';
import { moveOf } from '#shared/consult/transitions.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { isClinical, membersOf, rolesOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** What is done to several at once (CON-12). */
export type BulkAct = 'assign' | 'reassign';

/** Why a row is left as it is; the words are the screen's. */
export type RowRefusal =
  /** The person who does it may not, in that department. */
  | 'not-yours'
  /** The doctor chosen does not work in the department that is asked. */
  | 'not-theirs'
  | 'ended'
  | 'has-one-already'
  | 'nobody-has-it'
  | 'theirs-already'
  | 'full';

export type RowPlan =
  | {
      readonly type: 'assigned';
      readonly body: ConsultBody<'assigned'>;
    }
  | { readonly type: 'reassigned'; readonly body: ConsultBody<'reassigned'> }
  | { readonly type: 'refused'; readonly why: RowRefusal };

interface Asking {
  readonly person: Person;
  readonly directory: Directory;
  readonly at: Instant;
}

const refused = (why: RowRefusal): RowPlan => ({ type: 'refused', why });

/** Why nothing can be done to this consult whoever it were given to; null: something can. */
export function rowRefusal(
  act: BulkAct,
  consult: Consult,
  { person, directory, at }: Asking,
): RowRefusal | null {
  if (moveOf('assigned', consult.status) === null) return 'ended';
  const type = act === 'assign' ? 'assigned' : 'reassigned';
  if (!mayAct({ action: type, body: null, consult, person, directory, at }).allowed) return 'not-yours';
  if (consult.fullness >= fullShare) return 'full';
  if (act === 'assign') return isUntaken(consult) ? null : 'has-one-already';
  return consult.assignee === null ? 'nobody-has-it' : null;
}

/**
 * What becomes of one row: the act that is written, or why none is. Assigning also acknowledges, so that the clock stops with the word of
 * the person who gave it; it takes what a rule gave to somebody who has not answered, and nothing that a person has.
 */
export function planRow(act: BulkAct, consult: Consult, to: PersonId, asking: Asking): RowPlan {
  const refusal = rowRefusal(act, consult, asking);
  if (refusal !== null) return refused(refusal);
  if (act === 'reassign' && consult.assignee === to) return refused('theirs-already');
  const plan =
    act === 'assign'
      ? ({ type: 'assigned', body: { to, acknowledges: true } } as const)
      : ({ type: 'reassigned', body: { to, reason: '' } } as const);
  const permit = mayAct({ ...asking, action: plan.type, body: plan.body, consult });
  return permit.allowed ? plan : refused('not-theirs');
}

/** Doctors somebody among these could be given to: of any department that is asked, by name. */
export function doctorsFor(
  consults: readonly Consult[],
  directory: Directory,
  at: Instant,
): readonly {
  readonly id: PersonId;
  readonly name: string;
  readonly departments: readonly DepartmentId[];
}[] {
  const departmentsById = new Map<PersonId, { name: string; departments: DepartmentId[] }>();
  for (const department of new Set(consults.map(({ receivingDepartment }) => receivingDepartment))) {
    for (const member of membersOf(directory, department, at)) {
      if (!isClinical(member, directory) || !hasDoctorsRole(rolesOf(member, department, at))) continue;
      const held = departmentsById.get(member.id);
      if (held === undefined)
        departmentsById.set(member.id, { name: member.name, departments: [department] });
      else held.departments.push(department);
    }
  }
  return [...departmentsById]
    .map(([id, { name, departments }]) => ({ id, name, departments }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Whether the person leads any department that receives: others have nothing to do with several at once. */
export const mayBulk = (consults: readonly Consult[], asking: Asking): boolean =>
  consults.some(
    (consult) =>
      rowRefusal('assign', consult, asking) === null || rowRefusal('reassign', consult, asking) === null,
  );
