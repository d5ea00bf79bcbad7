import { z } from 'zod';
import { rolesIn } from '#shared/consult/roles.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { hasPermission, rolesOf } from '#shared/directory/membership.ts';
import { permissionSchema, type Permission, type Person, type Role } from '#shared/directory/staff.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { AdministrationRefusalCode } from './refusals.ts';

export const administrationActSchema = z.enum([
  'staff-read',
  'staff-edit',
  'staff-deactivate',
  'staff-sessions',
  'staff-invite',
  'permissions-grant',
  'department-create',
  'department-edit',
  'department-receiver',
  'rota-edit',
  'rota-swap-agree',
  'policy-edit',
  'organisation-edit',
  'audit-read',
  'import',
  'devices',
]);
export type AdministrationAct = z.infer<typeof administrationActSchema>;

/** What lets somebody do an act: a permission, a role held anywhere, a place in the department it is about (or above), or being the one it is about. */
export type Ground =
  | { readonly by: 'permission'; readonly permission: Permission }
  | { readonly by: 'role'; readonly role: Extract<Role, 'administrator' | 'auditor'> }
  | { readonly by: 'leading'; readonly role: Extract<Role, 'head' | 'receiver'> }
  | { readonly by: 'self' };

const permission = (name: Permission): Ground => ({ by: 'permission', permission: name });
const head: Ground = { by: 'leading', role: 'head' };
const receiver: Ground = { by: 'leading', role: 'receiver' };

/** The one table of who may administer what; one of an act's grounds is enough, then `limits` still apply. The page of permissions is made from it. */
export const administrationGrounds: Readonly<Record<AdministrationAct, readonly Ground[]>> = {
  'staff-read': [permission('manage-staff'), permission('manage-permissions')],
  'staff-edit': [permission('manage-staff')],
  'staff-deactivate': [permission('manage-staff')],
  'staff-sessions': [permission('manage-staff')],
  'staff-invite': [permission('manage-staff')],
  'permissions-grant': [permission('manage-permissions')],
  'department-create': [permission('manage-departments')],
  'department-edit': [permission('manage-departments')],
  'department-receiver': [permission('manage-departments'), head],
  'rota-edit': [permission('manage-departments'), head, receiver],
  'rota-swap-agree': [{ by: 'self' }],
  'policy-edit': [permission('manage-departments')],
  'organisation-edit': [permission('manage-departments')],
  'audit-read': [
    { by: 'role', role: 'auditor' },
    { by: 'role', role: 'administrator' },
  ],
  import: [permission('manage-staff')],
  devices: [permission('manage-staff')],
};

/** What may be done only to somebody who holds nothing the actor lacks: each would else be a way to what they hold. */
export const onlyToThoseBelow: ReadonlySet<AdministrationAct> = new Set<AdministrationAct>([
  'staff-edit',
  'staff-deactivate',
  'staff-sessions',
  'staff-invite',
  'permissions-grant',
]);

/** What nobody does to themselves; of `staff-edit` see staff-rights.ts, which looks at the fields. */
export const notToOneself: Readonly<Partial<Record<AdministrationAct, AdministrationRefusalCode>>> = {
  'permissions-grant': 'own-permissions',
  'staff-deactivate': 'own-standing',
};

export type AdministrationPermit =
  { readonly allowed: true } | { readonly allowed: false; readonly refusal: AdministrationRefusalCode };

export interface Administering {
  readonly act: AdministrationAct;
  readonly person: Person;
  readonly directory: Directory;
  readonly at: Instant;
  /** The department it is about; absent: of the hospital as a whole, where leading one department is no ground. */
  readonly department?: DepartmentId;
  /** The person it is about: who is edited, reset, or asked to agree. */
  readonly target?: PersonId;
}

const yes: AdministrationPermit = { allowed: true };
const no = (refusal: AdministrationRefusalCode): AdministrationPermit => ({ allowed: false, refusal });

/** Roles that open something by themselves, whatever is granted. */
export const powerRoles = ['administrator', 'auditor'] as const;
export type Power = Permission | (typeof powerRoles)[number];

/** Permissions, and roles that count like one. An administrator may read all an auditor may. */
export function powersOf(person: Person, at: Instant): ReadonlySet<Power> {
  const roles = rolesOf(person, null, at);
  const powers = new Set<Power>(powerRoles.filter((role) => roles.has(role)));
  if (powers.has('administrator')) powers.add('auditor');
  for (const one of permissionSchema.options) if (hasPermission(person, one, at)) powers.add(one);
  return powers;
}

/** True when the other holds nothing that this one lacks. */
export function holdsAllOf(person: Person, other: Person, at: Instant): boolean {
  const held = powersOf(person, at);
  return [...powersOf(other, at)].every((power) => held.has(power));
}

function holdsGround(ground: Ground, { person, directory, at, department, target }: Administering): boolean {
  switch (ground.by) {
    case 'permission':
      return hasPermission(person, ground.permission, at);
    case 'role':
      return rolesOf(person, null, at).has(ground.role);
    case 'leading':
      return department !== undefined && rolesIn(person, department, directory, at).has(ground.role);
    case 'self':
      return target === person.id;
  }
}

/**
 * Whether a person may do an act of administration. The person is read from the directory's own record, not from the copy handed in: who is unknown
 * or inactive there may nothing. A target the directory does not know stands above nobody.
 */
export function mayAdminister(asked: Administering): AdministrationPermit {
  const { act, directory, at, target } = asked;
  const person = directory.people.get(asked.person.id);
  if (person?.active !== true) return no('not-permitted');
  const known: Administering = { ...asked, person };
  if (!administrationGrounds[act].some((ground) => holdsGround(ground, known))) return no('not-permitted');
  if (target === undefined) return yes;
  const own = target === person.id ? notToOneself[act] : undefined;
  if (own !== undefined) return no(own);
  const other = directory.people.get(target);
  if (other !== undefined && onlyToThoseBelow.has(act) && !holdsAllOf(person, other, at))
    return no('not-held');
  return yes;
}

/** The departments for which somebody may do an act: all of them, or those they lead; [] for none. */
export function departmentsFor(
  act: AdministrationAct,
  asked: Omit<Administering, 'act' | 'department' | 'target'>,
): readonly DepartmentId[] | 'all' {
  if (mayAdminister({ ...asked, act }).allowed) return 'all';
  return [...asked.directory.departments.keys()].filter(
    (department) => mayAdminister({ ...asked, act, department }).allowed,
  );
}

/** Whether a screen for the act is worth showing at all. */
export const mayAnywhere = (
  act: AdministrationAct,
  asked: Omit<Administering, 'act' | 'department' | 'target'>,
): boolean => departmentsFor(act, asked).length > 0;
