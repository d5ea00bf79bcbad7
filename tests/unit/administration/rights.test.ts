import { describe, expect, it } from 'vitest';
import {
  administrationActSchema,
  departmentsFor,
  mayAdminister,
  type AdministrationAct,
} from '#shared/administration/rights.ts';
import { staffChangeRefusals, takesLastAdministrator } from '#shared/administration/staff-rights.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { permissionSchema, type Person, type Role } from '#shared/directory/staff.ts';
import { instant } from '#shared/lib/instant.ts';
import {
  department,
  departmentId,
  directoryOf,
  grant,
  membership,
  person,
  personId,
} from '#tests/builders.ts';

const at = instant('2026-03-02T08:00:00.000Z');
const [own, other, below] = [departmentId('own'), departmentId('other'), departmentId('below')];
const departments = [
  department('own'),
  department('other'),
  department('below', { parent: own, code: 'BELO' }),
];

const withRole = (role: Role): Person => person(role, [membership(own, role)]);
const holders = permissionSchema.options.map((permission) =>
  person(`holder of ${permission}`, [membership(own, 'clerk')], { grants: [grant(permission)] }),
);
const roles = (['doctor', 'nurse', 'clerk', 'receiver', 'head', 'administrator', 'auditor'] as const).map(
  withRole,
);
const everyone = [...roles, ...holders];
const bystander = person('bystander', [membership(other, 'doctor')]);
const directory = directoryOf([...everyone, bystander], departments);

const may = (who: Person, act: AdministrationAct, on: Partial<Parameters<typeof mayAdminister>[0]> = {}) =>
  mayAdminister({ act, person: who, directory, at, ...on }).allowed;

/** Who may do an act, by name; own: of their own department, other: of another's. Written out by hand: the table in the code must not vouch for itself. */
const expected: Readonly<Record<AdministrationAct, { own: readonly string[]; other: readonly string[] }>> = {
  'staff-read': both('holder of manage-staff', 'holder of manage-permissions'),
  'staff-edit': both('holder of manage-staff'),
  'staff-deactivate': both('holder of manage-staff'),
  'staff-sessions': both('holder of manage-staff'),
  'staff-invite': both('holder of manage-staff'),
  'permissions-grant': both('holder of manage-permissions'),
  'department-create': both('holder of manage-departments'),
  'department-edit': both('holder of manage-departments'),
  'department-receiver': {
    own: ['head', 'holder of manage-departments'],
    other: ['holder of manage-departments'],
  },
  'rota-edit': {
    own: ['receiver', 'head', 'holder of manage-departments'],
    other: ['holder of manage-departments'],
  },
  'rota-swap-agree': both(),
  'policy-edit': both('holder of manage-departments'),
  'organisation-edit': both('holder of manage-departments'),
  'audit-read': both('administrator', 'auditor'),
  import: both('holder of manage-staff'),
  devices: both('holder of manage-staff'),
};
function both(...names: readonly string[]) {
  return { own: names, other: names };
}

describe('who may administer what', () => {
  it('ADM-1 the predecessor let any doctor make himself administrator: nobody can', () => {
    const doctor = roles[0]!;
    for (const act of administrationActSchema.options)
      expect([act, may(doctor, act, { department: own })]).toEqual([act, false]);
    const fields = {
      designation: doctor.designation,
      memberships: [{ department: own, role: 'administrator' as const, primary: true }],
      permissions: [...permissionSchema.options],
    };
    const change = { directory, at, target: doctor.id, held: doctor, fields, changesMore: true };
    expect(staffChangeRefusals({ ...change, by: doctor })).toEqual([{ code: 'not-permitted' }]);
    // Nor does one who manages staff, or permissions, make themselves one.
    for (const holder of holders) {
      const own = staffChangeRefusals({ ...change, by: holder, target: holder.id, held: holder });
      expect([holder.name, own.length > 0]).toEqual([holder.name, true]);
    }
  });

  it.each(administrationActSchema.options)(
    '%s: exactly those in the table, in their own department and in another',
    (act) => {
      const allowed = (department: typeof own) =>
        everyone.filter((who) => may(who, act, { department })).map(({ name }) => name);
      expect({ own: allowed(own), other: allowed(other) }).toEqual(expected[act]);
    },
  );

  it('a head leads departments below too; a receiver only their own', () => {
    const [head, receiver] = [roles[4]!, roles[3]!];
    expect(may(head, 'rota-edit', { department: below })).toBe(true);
    expect(may(receiver, 'rota-edit', { department: below })).toBe(false);
    const led = departmentsFor('rota-edit', { person: head, directory, at });
    expect(led === 'all' ? led : [...led].sort()).toEqual([own, below].sort());
    expect(departmentsFor('rota-edit', { person: receiver, directory, at })).toEqual([own]);
    expect(departmentsFor('rota-edit', { person: bystander, directory, at })).toEqual([]);
  });

  it('leading a department is no ground for what is about the whole hospital', () => {
    for (const leader of [roles[3]!, roles[4]!])
      for (const act of administrationActSchema.options)
        expect([leader.name, act, may(leader, act)]).toEqual([leader.name, act, false]);
  });

  it('only the one who is asked agrees to a swap', () => {
    const head = roles[4]!;
    expect(may(bystander, 'rota-swap-agree', { target: bystander.id })).toBe(true);
    expect(may(head, 'rota-swap-agree', { target: bystander.id, department: own })).toBe(false);
  });

  it('permissions that have ended, and people who are inactive or unknown, count for nothing', () => {
    const held = holders[0]!;
    const cases: Directory[] = [
      directoryOf([{ ...held, active: false }], departments),
      directoryOf([], departments),
      directoryOf(
        [
          {
            ...held,
            grants: held.grants.map((one) => ({ ...one, until: instant('2026-03-02T07:59:59.999Z') })),
          },
        ],
        departments,
      ),
    ];
    // The copy handed in still says so.
    for (const now of cases)
      expect(mayAdminister({ act: 'staff-edit', person: held, directory: now, at }).allowed).toBe(false);
  });

  it('nobody resets, edits or deactivates somebody who holds what they lack', () => {
    const manager = holders.find(({ name }) => name.endsWith('manage-staff'))!;
    for (const act of ['staff-edit', 'staff-deactivate', 'staff-sessions', 'staff-invite'] as const) {
      for (const target of [...everyone, bystander].filter(({ id }) => id !== manager.id)) {
        const isAbove = ['administrator', 'auditor'].includes(target.name) || target.grants.length > 0;
        expect([act, target.name, may(manager, act, { target: target.id })]).toEqual([
          act,
          target.name,
          !isAbove,
        ]);
      }
    }
    expect(
      mayAdminister({ act: 'staff-deactivate', person: manager, directory, at, target: manager.id }),
    ).toEqual({
      allowed: false,
      refusal: 'own-standing',
    });
  });
});

describe('what a change of somebody asks', () => {
  const chief = person('chief', [membership(own, 'administrator')], {
    grants: permissionSchema.options.map(grant),
  });
  const now = directoryOf([chief, ...everyone, bystander], departments);
  const fieldsOf = (who: Person) => ({
    designation: who.designation,
    memberships: who.memberships.map(({ department, role, primary }) => ({ department, role, primary })),
    permissions: who.grants.map(({ permission }) => permission),
  });
  const refusals = (
    by: Person,
    held: Person,
    over: Partial<ReturnType<typeof fieldsOf>>,
    changesMore = true,
  ) =>
    staffChangeRefusals({
      by,
      directory: now,
      at,
      target: held.id,
      held,
      fields: { ...fieldsOf(held), ...over },
      changesMore,
    }).map(({ code, path }) => `${code} ${path ?? ''}`.trim());
  const holder = (permission: string) => holders.find(({ name }) => name === `holder of ${permission}`)!;

  it('PEO-3 nobody gives or takes a permission they do not hold', () => {
    const granter = holder('manage-permissions');
    expect(refusals(granter, bystander, { permissions: ['manage-permissions'] }, false)).toEqual([]);
    expect(refusals(granter, bystander, { permissions: ['manage-staff'] }, false)).toEqual([
      'not-held permissions.manage-staff',
    ]);
    expect(refusals(granter, holder('manage-staff'), { permissions: [] }, false)).toEqual([
      'not-held permissions',
    ]);
    expect(refusals(chief, holder('manage-staff'), { permissions: [] }, false)).toEqual([]);
    expect(refusals(holder('manage-staff'), bystander, { permissions: ['manage-staff'] }, false)).toEqual([
      'not-permitted permissions',
    ]);
  });

  it('PEO-3 nobody changes their own permissions, departments, roles or designation', () => {
    expect(refusals(chief, chief, { permissions: ['manage-staff'] }, false)).toEqual([
      'own-permissions permissions',
    ]);
    expect(refusals(chief, chief, { designation: 'ward-clerk' })).toEqual(['own-standing designation']);
    const more = [
      ...fieldsOf(chief).memberships,
      { department: other, role: 'head' as const, primary: false },
    ];
    expect(refusals(chief, chief, { memberships: more })).toEqual(['own-standing memberships']);
    expect(refusals(chief, chief, {})).toEqual([]);
  });

  it('the roles of administrator and auditor are given like permissions', () => {
    const asRole = (role: Role) => ({ memberships: [{ department: other, role, primary: true }] });
    expect(refusals(holder('manage-staff'), bystander, asRole('nurse'))).toEqual([]);
    for (const role of ['administrator', 'auditor'] as const) {
      expect(refusals(holder('manage-staff'), bystander, asRole(role))).toEqual([
        'not-permitted memberships',
      ]);
      expect(refusals(chief, bystander, asRole(role))).toEqual([]);
    }
  });

  it('PEO-3 the last administrator stays', () => {
    const only = directoryOf([chief, bystander], departments);
    expect(takesLastAdministrator(only, chief.id, { ...chief, active: false }, at)).toBe(true);
    expect(takesLastAdministrator(only, chief.id, { ...chief, grants: [] }, at)).toBe(true);
    expect(takesLastAdministrator(only, chief.id, { ...chief, memberships: [] }, at)).toBe(true);
    expect(takesLastAdministrator(only, bystander.id, { ...bystander, active: false }, at)).toBe(false);
    const deputy = { ...chief, id: personId('deputy') };
    const two = directoryOf([chief, deputy], departments);
    expect(takesLastAdministrator(two, chief.id, { ...chief, active: false }, at)).toBe(false);
    const gone = directoryOf([chief, { ...deputy, active: false }], departments);
    expect(takesLastAdministrator(gone, chief.id, { ...chief, active: false }, at)).toBe(true);
  });
});
