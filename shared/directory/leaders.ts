import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Department } from './department.ts';
import type { Directory } from './directory.ts';
import { rolesOf } from './membership.ts';
import { onCall } from './on-call.ts';
import type { Person } from './staff.ts';

const ifActive = (directory: Directory, person: PersonId | null | undefined): PersonId | null =>
  person !== null && person !== undefined && directory.people.get(person)?.active === true ? person : null;

/** Active members who hold the role of head there and are not foreseen to lose it, smallest id first. */
function headByRole(directory: Directory, department: DepartmentId): PersonId | null {
  let found: PersonId | null = null;
  for (const person of directory.people.values()) {
    const holds = person.memberships.some(
      (one) => one.department === department && one.role === 'head' && one.until === null,
    );
    if (holds && person.active && (found === null || person.id < found)) found = person.id;
  }
  return found;
}

/** The department's head, else somebody with that role in it; null when there is neither, or they have left. */
export function headOf(directory: Directory, department: DepartmentId): PersonId | null {
  return (
    ifActive(directory, directory.departments.get(department)?.head) ?? headByRole(directory, department)
  );
}

/** The delegated receiver, else the head; null when neither is there and active. */
export function receiverOf(directory: Directory, department: DepartmentId): PersonId | null {
  return (
    ifActive(directory, directory.departments.get(department)?.receiver) ?? headOf(directory, department)
  );
}

/** Departments above, nearest first; stops where the tree runs in a circle or leaves the directory. */
export function ancestorsOf(directory: Directory, department: DepartmentId): Department[] {
  const found: Department[] = [];
  const visited = new Set<DepartmentId>([department]);
  let parent = directory.departments.get(department)?.parent ?? null;
  while (parent !== null && !visited.has(parent)) {
    visited.add(parent);
    const above = directory.departments.get(parent);
    if (above === undefined) break;
    found.push(above);
    parent = above.parent;
  }
  return found;
}

/** Departments below, at any depth, without the department itself. */
export function descendantsOf(directory: Directory, department: DepartmentId): ReadonlySet<DepartmentId> {
  const found = new Set<DepartmentId>();
  for (const candidate of directory.departments.values()) {
    if (ancestorsOf(directory, candidate.id).some((above) => above.id === department))
      found.add(candidate.id);
  }
  found.delete(department);
  return found;
}

/** The head of the nearest department above who is somebody else than the department's own head. */
export function parentHeadOf(directory: Directory, department: DepartmentId): PersonId | null {
  const own = headOf(directory, department);
  for (const above of ancestorsOf(directory, department)) {
    const head = headOf(directory, above.id);
    if (head !== null && head !== own) return head;
  }
  return null;
}

/** Whoever has the first tier of the organisation's duty administration; null for a gap or when nobody has set it up. */
export function dutyAdministrator(directory: Directory, at: Instant): PersonId | null {
  const department = directory.organisation?.dutyAdministration ?? null;
  return department === null ? null : onCall(directory, department, 'first', at);
}

/** Head by the department's own field, or by a membership in that role at the moment. */
export function isHeadOf(
  person: Person,
  department: DepartmentId,
  directory: Directory,
  at: Instant,
): boolean {
  return (
    directory.departments.get(department)?.head === person.id || rolesOf(person, department, at).has('head')
  );
}

/** The delegated receiver of a department, or one with that role in it. */
export function isReceiverOf(
  person: Person,
  department: DepartmentId,
  directory: Directory,
  at: Instant,
): boolean {
  return (
    directory.departments.get(department)?.receiver === person.id ||
    rolesOf(person, department, at).has('receiver')
  );
}
