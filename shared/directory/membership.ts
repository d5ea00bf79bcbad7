import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Directory } from './directory.ts';
import type { Membership, Permission, Person, Role } from './staff.ts';

interface Span {
  readonly from: Instant;
  readonly until: Instant | null;
}

/** `from` included, `until` not. */
const holdsAt = (span: Span, at: Instant): boolean =>
  span.from <= at && (span.until === null || at < span.until);

export const membershipsAt = (person: Person, at: Instant): Membership[] =>
  person.memberships.filter((membership) => holdsAt(membership, at));

/** Departments a person belongs to at that moment, whatever the role. */
export function departmentsOf(person: Person, at: Instant): ReadonlySet<DepartmentId> {
  return new Set(membershipsAt(person, at).map((membership) => membership.department));
}

/** The primary department, else the first membership; null for a person without any. */
export function primaryDepartmentOf(person: Person, at: Instant): DepartmentId | null {
  const held = membershipsAt(person, at);
  return (held.find((membership) => membership.primary) ?? held[0])?.department ?? null;
}

/** Roles in one department, or anywhere with `department` null. */
export function rolesOf(person: Person, department: DepartmentId | null, at: Instant): ReadonlySet<Role> {
  return new Set(
    membershipsAt(person, at)
      .filter((membership) => department === null || membership.department === department)
      .map((membership) => membership.role),
  );
}

export const hasPermission = (person: Person, permission: Permission, at: Instant): boolean =>
  person.grants.some((grant) => grant.permission === permission && holdsAt(grant, at));

/** Flag of the designation; false while the directory is not loaded or does not know the designation. */
export function isClinical(person: Person, directory: Directory): boolean {
  return (
    directory.organisation?.designations.find((one) => one.code === person.designation)?.clinical === true
  );
}

/** Seniority; null for one outside the ladder. */
export function rankOf(person: Person, directory: Directory): number | null {
  return directory.organisation?.designations.find((one) => one.code === person.designation)?.rank ?? null;
}

/** Active members of a department at that moment, by id. */
export function membersOf(directory: Directory, department: DepartmentId, at: Instant): Person[] {
  return [...directory.people.values()]
    .filter((person) => person.active && departmentsOf(person, at).has(department))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Active people with the role of administrator anywhere, by id. */
export function administratorsOf(directory: Directory, at: Instant): PersonId[] {
  return [...directory.people.values()]
    .filter((person) => person.active && rolesOf(person, null, at).has('administrator'))
    .map((person) => person.id)
    .sort();
}
