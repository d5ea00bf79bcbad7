import { canonicalJson } from '#shared/event/canonical.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { hasPermission, membershipsAt, rolesOf } from '#shared/directory/membership.ts';
import { permissionSchema, type Permission, type Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { refusal, type AdministrationRefusal } from './refusals.ts';
import { mayAdminister, powerRoles, powersOf } from './rights.ts';
import type { StaffFields } from './staff.ts';

/** Without somebody active who holds each of these nobody could ever give them again. */
const mustNotRunOut = ['manage-staff', 'manage-permissions'] as const;

type Standing = Pick<Person, 'active' | 'memberships' | 'grants'>;

const keeps = (
  what: (typeof mustNotRunOut)[number] | 'administrator',
  person: Person,
  at: Instant,
): boolean =>
  person.active &&
  (what === 'administrator'
    ? rolesOf(person, null, at).has('administrator')
    : hasPermission(person, what, at));

/**
 * Whether the change would leave the hospital without an active administrator, or without anybody who manages staff or permissions. What nobody held
 * before cannot be lost.
 */
export function takesLastAdministrator(
  directory: Directory,
  person: PersonId,
  after: Standing,
  at: Instant,
): boolean {
  const held = directory.people.get(person);
  if (held === undefined) return false;
  const changed: Person = { ...held, ...after };
  return ([...mustNotRunOut, 'administrator'] as const).some(
    (what) =>
      keeps(what, held, at) &&
      !keeps(what, changed, at) &&
      ![...directory.people.values()].some((other) => other.id !== person && keeps(what, other, at)),
  );
}

/** Those in one list and not in the other. */
const differing = <T>(a: Iterable<T>, b: Iterable<T>): T[] => {
  const [left, right] = [new Set(a), new Set(b)];
  return [...left, ...right].filter((one) => left.has(one) !== right.has(one));
};

export const permissionsAt = (person: Person, at: Instant): Permission[] =>
  permissionSchema.options.filter((permission) => hasPermission(person, permission, at));

const standingText = (list: StaffFields['memberships']): string =>
  canonicalJson([...list].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)));

/** What a change of somebody's fields asks of the one who makes it. */
export interface StaffChange {
  readonly by: Person;
  readonly directory: Directory;
  readonly at: Instant;
  readonly target: PersonId;
  /** null: somebody new. */
  readonly held: Person | null;
  readonly fields: Pick<StaffFields, 'designation' | 'memberships' | 'permissions'>;
  /** Something beside the permissions is changed; for somebody new always. */
  readonly changesMore: boolean;
}

/**
 * Why this person may not make this change, [] when they may. Permissions need manage-permissions and that the actor holds each one given or taken;
 * roles of administrator and auditor count like permissions; nobody changes their own permissions, departments, roles or designation.
 */
export function staffChangeRefusals(change: StaffChange): AdministrationRefusal[] {
  const { by, directory, at, target, held, fields } = change;
  const asked = { person: by, directory, at, target };
  const found: AdministrationRefusal[] = [];
  const isSelf = target === by.id;

  const before = held === null ? [] : permissionsAt(held, at);
  const permissions = differing(before, fields.permissions);
  const rolesBefore = held === null ? new Set<string>() : rolesOf(held, null, at);
  const rolesAfter = new Set<string>(fields.memberships.map(({ role }) => role));
  const roles = powerRoles.filter((role) => rolesBefore.has(role) !== rolesAfter.has(role));

  if (change.changesMore || held === null) {
    const permit = mayAdminister({ ...asked, act: 'staff-edit' });
    if (!permit.allowed) return [refusal(permit.refusal)];
  }
  const powers = powersOf(directory.people.get(by.id) ?? by, at);
  if (permissions.length > 0 || roles.length > 0) {
    const permit = mayAdminister({ ...asked, act: 'permissions-grant' });
    if (!permit.allowed)
      return [refusal(permit.refusal, permissions.length > 0 ? 'permissions' : 'memberships')];
    for (const permission of permissions)
      if (!powers.has(permission)) found.push(refusal('not-held', `permissions.${permission}`));
    for (const role of roles) if (!powers.has(role)) found.push(refusal('not-held', 'memberships'));
  }
  if (isSelf && held !== null) {
    const present = membershipsAt(held, at).map(({ department, role, primary }) => ({
      department,
      role,
      primary,
    }));
    if (standingText(present) !== standingText(fields.memberships))
      found.push(refusal('own-standing', 'memberships'));
    if (held.designation !== fields.designation) found.push(refusal('own-standing', 'designation'));
  }
  return found;
}
