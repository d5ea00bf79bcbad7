import type { Directory } from '#shared/directory/directory.ts';
import { rolesOf } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { directionMarkRefusals } from './names.ts';
import { refusal, type AdministrationRefusal } from './refusals.ts';
import type { StaffFields } from './staff.ts';

/** Somebody else who is head there: by the department's own field, or by an active membership in that role. */
export function otherHead(
  directory: Directory,
  department: DepartmentId,
  except: PersonId,
  at: Instant,
): PersonId | null {
  const named = directory.departments.get(department)?.head ?? null;
  if (named !== null && named !== except && directory.people.get(named)?.active === true) return named;
  for (const person of directory.people.values())
    if (person.id !== except && person.active && rolesOf(person, department, at).has('head'))
      return person.id;
  return null;
}

export interface StaffCheck {
  readonly id: PersonId;
  readonly fields: StaffFields;
  /** null: somebody new. */
  readonly held: Person | null;
  readonly directory: Directory;
  readonly at: Instant;
}

/** What is wrong with a person's fields beside who may write them, [] when they may be stored. */
export function staffRefusals({ id, fields, held, directory, at }: StaffCheck): AdministrationRefusal[] {
  const found: AdministrationRefusal[] = [];
  const { name, initials, phone } = fields;
  found.push(...directionMarkRefusals({ name, initials, phone }));
  const isKnownDesignation = directory.organisation?.designations.some(
    ({ code }) => code === fields.designation,
  );
  if (isKnownDesignation !== true && held?.designation !== fields.designation)
    found.push(refusal('unknown-designation', 'designation'));

  const seen = new Set<string>();
  fields.memberships.forEach(({ department, role }, index) => {
    const path = `memberships.${String(index)}`;
    const name = `${department} ${role}`;
    if (seen.has(name)) found.push(refusal('membership-twice', path));
    seen.add(name);
    const has = held !== null && rolesOf(held, department, at).has(role);
    if (has) return;
    if (directory.departments.get(department)?.active !== true)
      found.push(refusal('unknown-department', `${path}.department`));
    else if (role === 'head' && otherHead(directory, department, id, at) !== null)
      found.push(refusal('two-heads', `${path}.role`));
  });
  const primaries = fields.memberships.filter(({ primary }) => primary).length;
  if (primaries > 1) found.push(refusal('two-primary', 'memberships'));
  if (primaries === 0 && fields.memberships.length > 0) found.push(refusal('no-primary', 'memberships'));
  if (new Set(fields.permissions).size < fields.permissions.length)
    found.push(refusal('permission-twice', 'permissions'));
  // Who still leads a department by its own record cannot leave it.
  for (const department of directory.departments.values()) {
    const stays = fields.memberships.some((one) => one.department === department.id);
    const was = held !== null && rolesOf(held, department.id, at).size > 0;
    if (stays || !was) continue;
    if (department.head === id) found.push(refusal('is-head', 'memberships'));
    if (department.receiver === id) found.push(refusal('is-receiver', 'memberships'));
  }
  return found;
}
