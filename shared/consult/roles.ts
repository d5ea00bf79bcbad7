import type { Directory } from '#shared/directory/directory.ts';
import { ancestorsOf, isHeadOf, isReceiverOf } from '#shared/directory/leaders.ts';
import { rolesOf } from '#shared/directory/membership.ts';
import type { Person, Role } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/**
 * What the person is to the department at that moment: roles of memberships, receiver and head as the department names them
 * (of which the directory keeps no history), and head for the head of any department above.
 */
export function rolesIn(
  person: Person,
  department: DepartmentId,
  directory: Directory,
  at: Instant,
): ReadonlySet<Role> {
  const roles = new Set(rolesOf(person, department, at));
  if (isReceiverOf(person, department, directory, at)) roles.add('receiver');
  const isHead =
    isHeadOf(person, department, directory, at) ||
    ancestorsOf(directory, department).some(({ id }) => isHeadOf(person, id, directory, at));
  if (isHead) roles.add('head');
  return roles;
}

/** Roles in which a clinical person acts as a doctor; nurses and clerks do not author consults whatever their designation. */
export const hasDoctorsRole = (roles: ReadonlySet<Role>): boolean =>
  roles.has('doctor') || roles.has('receiver') || roles.has('head');
