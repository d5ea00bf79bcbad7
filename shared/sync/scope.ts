import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { descendantsOf, isHeadOf, isReceiverOf } from '#shared/directory/leaders.ts';
import { departmentsOf, hasPermission } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { Patient } from '#shared/patient/patient.ts';

/** What a person's tablet holds. `departments` are their own, those they receive for and, for heads, those below; sorted. */
export interface Scope {
  readonly person: PersonId;
  /** Holds every consult and patient of the hospital. */
  readonly all: boolean;
  readonly departments: readonly DepartmentId[];
}

/** None of these may ever be read as "nothing in scope". */
export type ScopeFailure =
  | { readonly type: 'directory-not-loaded' }
  | { readonly type: 'unknown-person' }
  | { readonly type: 'inactive-person' };

/**
 * The scope at a moment. Memberships and grants are read from the directory's own record of the person, not from the copy handed in.
 * An auditor's role alone widens nothing: auditors read online, where every read asks why and is recorded.
 */
export function scopeOf(person: Person, directory: Directory, at: Instant): Result<Scope, ScopeFailure> {
  if (directory.organisation === null) return err({ type: 'directory-not-loaded' });
  const known = directory.people.get(person.id);
  if (known === undefined) return err({ type: 'unknown-person' });
  if (!known.active) return err({ type: 'inactive-person' });

  const departments = new Set<DepartmentId>(departmentsOf(known, at));
  for (const department of directory.departments.keys()) {
    if (isReceiverOf(known, department, directory, at)) departments.add(department);
    if (!isHeadOf(known, department, directory, at)) continue;
    departments.add(department);
    for (const below of descendantsOf(directory, department)) departments.add(below);
  }
  return ok({
    person: known.id,
    all: hasPermission(known, 'manage-hospital-consults', at),
    departments: [...departments].sort(),
  });
}

/** The next moment after `after` at which a membership or grant begins or ends; null when none is foreseen. */
export function scopeChangesAt(person: Person, directory: Directory, after: Instant): Instant | null {
  const known = directory.people.get(person.id) ?? person;
  let next: Instant | null = null;
  for (const span of [...known.memberships, ...known.grants]) {
    for (const edge of [span.from, span.until]) {
      if (edge !== null && edge > after && (next === null || edge < next)) next = edge;
    }
  }
  return next;
}

const everythingKey = 'all';
const departmentKey = (department: DepartmentId): string => `department:${department}`;
const personKey = (person: PersonId): string => `person:${person}`;

/** Sorted and unique. One who holds everything needs no other key. */
export function scopeKeysOfPerson(scope: Scope): string[] {
  if (scope.all) return [everythingKey];
  return [...scope.departments.map(departmentKey), personKey(scope.person)].sort();
}

const uniqueSorted = (keys: Iterable<string>): string[] => [...new Set(keys)].sort();

/** Keys under which a consult is found: its departments of all times, the people it names, and everything. */
export function scopeKeysOfConsult(consult: Consult): string[] {
  return uniqueSorted([
    everythingKey,
    departmentKey(consult.requestingDepartment),
    departmentKey(consult.receivingDepartment),
    ...consult.earlierReceiving.map(departmentKey),
    ...consult.joinedDepartments.map(departmentKey),
    ...consult.involved.map(personKey),
  ]);
}

/** Whether the person's tablet holds the consult at that moment. False while the directory is not loaded. */
export function holdsConsult(person: Person, consult: Consult, directory: Directory, at: Instant): boolean {
  if (consult.involved.includes(person.id)) return true;
  // Most who are asked about, and much cheaper than the whole scope.
  if (departmentsOf(person, at).has(consult.receivingDepartment)) return true;
  const scope = scopeOf(person, directory, at);
  return scope.ok && inScope(scopeKeysOfPerson(scope.value), scopeKeysOfConsult(consult));
}

/** The patient's own department. Patients of consults in scope are added by the server's index. */
export function scopeKeysOfPatient(patient: Patient): string[] {
  return uniqueSorted([everythingKey, departmentKey(patient.content.department)]);
}

export function inScope(keysOfPerson: Iterable<string>, keysOfDocument: Iterable<string>): boolean {
  const held = keysOfDocument instanceof Set ? keysOfDocument : new Set(keysOfDocument);
  for (const key of keysOfPerson) if (held.has(key)) return true;
  return false;
}

/**
 * Ended so long ago that tablets drop it. `asOf` is the server's time, never a tablet's.
 * A consult whose follow-up still runs is not over.
 */
export function agedOut(consult: Consult, asOf: Instant, retentionDays: number): boolean {
  if (consult.endedAt === null || consult.followUp !== null) return false;
  return addMinutes(consult.endedAt, retentionDays * 24 * 60) < asOf;
}

/** Text that is equal on every gateway for equal scopes; the scope epoch is its hash. */
export function scopeEpochText(keysOfPerson: readonly string[], retentionDays: number): string {
  return canonicalJson({ scope: 1, keys: uniqueSorted(keysOfPerson), retentionDays });
}
