import {
  administrationActSchema,
  administrationGrounds,
  departmentsFor,
  mayAdminister,
  notToOneself,
  onlyToThoseBelow,
  type AdministrationAct,
  type Ground,
} from '#shared/administration/rights.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { authoredConsultTypes, type AuthoredConsultType } from '#shared/consult/events.ts';
import { mayAct, permittedHats, relationOf, type Hat } from '#shared/consult/permissions.ts';
import { hasDoctorsRole, rolesIn } from '#shared/consult/roles.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { isClinical } from '#shared/directory/membership.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** Who is asked about, and in which department. */
export interface Asked {
  readonly person: Person;
  readonly department: DepartmentId;
  readonly directory: Directory;
  readonly at: Instant;
}

export interface AdministrationRow {
  readonly act: AdministrationAct;
  readonly grounds: readonly Ground[];
  readonly onlyToThoseBelow: boolean;
  readonly neverToOneself: boolean;
  /** null when nobody is asked about. */
  readonly own: null | {
    readonly where: 'everywhere' | 'here' | 'nowhere';
    /** Those of the act's grounds that hold for the person. */
    readonly because: readonly Ground[];
  };
}

function ownOf(act: AdministrationAct, asked: Asked): NonNullable<AdministrationRow['own']> {
  const { department, ...who } = asked;
  const because = administrationGrounds[act].filter((ground) => holds(ground, act, asked));
  if (administrationGrounds[act].every(({ by }) => by === 'self'))
    return { where: who.person.active ? 'everywhere' : 'nowhere', because };
  const where =
    departmentsFor(act, who) === 'all'
      ? 'everywhere'
      : mayAdminister({ act, ...who, department }).allowed
        ? 'here'
        : 'nowhere';
  return { where, because };
}

/** Whether one ground of an act holds, asked of the rule itself with only the person's part in it that the ground is about. */
function holds(
  ground: Ground,
  act: AdministrationAct,
  { person, department, directory, at }: Asked,
): boolean {
  if (!person.active) return false;
  switch (ground.by) {
    case 'permission':
      return mayAdminister({
        act,
        person,
        directory: withOnly(directory, {
          ...person,
          memberships: [],
          grants: person.grants.filter(({ permission }) => permission === ground.permission),
        }),
        at,
      }).allowed;
    case 'role':
      return mayAdminister({
        act,
        person,
        directory: withOnly(directory, {
          ...person,
          grants: [],
          memberships: person.memberships.filter(({ role }) => role === ground.role),
        }),
        at,
      }).allowed;
    case 'leading':
      return rolesIn(person, department, directory, at).has(ground.role);
    case 'self':
      return true;
  }
}

const withOnly = (directory: Directory, person: Person): Directory => ({
  ...directory,
  people: new Map([[person.id, person]]),
});

/** Every act of administration with what opens it, from the table the server decides by. */
export const administrationRows = (asked: Asked | null): AdministrationRow[] =>
  administrationActSchema.options.map((act) => ({
    act,
    grounds: administrationGrounds[act],
    onlyToThoseBelow: onlyToThoseBelow.has(act),
    neverToOneself: notToOneself[act] !== undefined,
    own: asked === null ? null : ownOf(act, asked),
  }));

export interface ConsultRow {
  readonly action: AuthoredConsultType;
  /** What one has to be to the consult; [] for one that needs no consult yet: a doctor of any department. */
  readonly hats: readonly Hat[];
  /** null when nobody is asked about; else what the person would be to a request that this department asks or answers. */
  readonly own: null | { readonly isAllowed: boolean; readonly because: readonly Hat[] };
}

const elsewhere = 'elsewhere' as DepartmentId;

/** What somebody would be to a consult between this department and another one. */
function hatsOf(asked: Asked): ReadonlySet<Hat> {
  const { person, department, directory, at } = asked;
  const between = (requesting: DepartmentId, receiving: DepartmentId): ReadonlySet<Hat> => {
    const consult: Pick<
      Consult,
      | 'requestingDepartment'
      | 'receivingDepartment'
      | 'joinedDepartments'
      | 'earlierReceiving'
      | 'assignee'
      | 'involved'
    > = {
      requestingDepartment: requesting,
      receivingDepartment: receiving,
      joinedDepartments: [],
      earlierReceiving: [],
      assignee: null,
      involved: [],
    };
    return relationOf({ consult: consult as Consult, person, directory, at });
  };
  if (!person.active) return new Set();
  return new Set([...between(department, elsewhere), ...between(elsewhere, department)]);
}

/** Every act on a consult with who may do it, from the table the server decides by. */
export function consultRows(asked: Asked | null): ConsultRow[] {
  const worn = asked === null ? null : hatsOf(asked);
  return authoredConsultTypes.map((action) => {
    const hats = permittedHats[action];
    if (asked === null || worn === null) return { action, hats, own: null };
    if (hats.length === 0) return { action, hats, own: { isAllowed: maySubmitFrom(asked), because: [] } };
    const because = hats.filter((hat) => worn.has(hat));
    return { action, hats, own: { isAllowed: because.length > 0, because } };
  });
}

function maySubmitFrom({ person, department, directory, at }: Asked): boolean {
  if (!person.active || !isClinical(person, directory)) return false;
  return (
    mayAct({ action: 'submitted', body: null, consult: null, person, directory, at }).allowed &&
    hasDoctorsRole(rolesIn(person, department, directory, at))
  );
}
