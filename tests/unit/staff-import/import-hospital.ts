import type { StaffFields } from '#shared/administration/staff.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Permission, Person } from '#shared/directory/staff.ts';
import type { HeldStaff } from '#shared/staff-import/held-staff.ts';
import { planImport, type PlannedRow } from '#shared/staff-import/plan.ts';
import { readCsvFile } from '#server/staff-import/csv-file.ts';
import {
  department,
  departmentId,
  directoryOf,
  grant,
  membership,
  organisation,
  person,
  storyStart,
} from '#tests/builders.ts';

export const manager = person('Lena Manager', [membership(departmentId('Cardiology'), 'administrator')], {
  grants: (['manage-staff', 'manage-permissions', 'see-hospital-dashboard'] as const).map(grant),
});
const asha = person('Asha Rao', [membership(departmentId('Cardiology'), 'doctor')]);
const gil = person('Gil Gone', [membership(departmentId('Surgery'), 'nurse')], { active: false });

export const importDirectory: Directory = directoryOf(
  [manager, asha, gil],
  [
    department('Cardiology', { code: 'CARD' }),
    department('Surgery', { code: 'SURG' }),
    department('Old Wing', { code: 'OLD', active: false }),
    department('Lab One', { code: 'LAB' }),
    department('Lab Two', { code: 'LAB' }),
  ],
  {
    organisation: organisation({
      designations: [
        { code: 'registrar', name: 'Registrar', rank: 8, clinical: true },
        { code: 'ward-clerk', name: 'Ward clerk', rank: null, clinical: false },
        { code: 'twin-a', name: 'Twin', rank: 2, clinical: true },
        { code: 'twin-b', name: 'Twin', rank: 3, clinical: true },
      ],
    }),
  },
);

const heldOf = (one: Person, email: string | null, more: Partial<StaffFields> = {}): HeldStaff => ({
  id: one.id,
  active: one.active,
  fields: {
    name: one.name,
    initials: one.initials,
    email,
    phone: one.phone,
    mobile: null,
    designation: one.designation,
    memberships: one.memberships.map(({ department, role, primary }) => ({ department, role, primary })),
    permissions: one.grants.map(({ permission }) => permission),
    ...more,
  },
});
export const importStaff: readonly HeldStaff[] = [
  heldOf(manager, 'manager@hospital.test'),
  heldOf(asha, 'asha@hospital.test', { mobile: '+923001234567' }),
  heldOf(gil, 'gil@hospital.test'),
];

export const titleRow = 'Name,E-mail,Designation,Department,Role';

/** Plans a file for the manager, who has manage-staff and manage-permissions. Throws where the file as a whole is wrong. */
export function planOf(
  text: string | Uint8Array,
  by: { permissions?: readonly Permission[]; staff?: readonly HeldStaff[]; directory?: Directory } = {},
): PlannedRow[] {
  const file = readCsvFile(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  if (!file.ok) throw new Error(file.error.map(({ code }) => code).join());
  const actor: Person =
    by.permissions === undefined
      ? manager
      : { ...manager, grants: by.permissions.map(grant), memberships: [] };
  const base = by.directory ?? importDirectory;
  return planImport({
    ...file.value,
    held: by.staff ?? importStaff,
    directory: { ...base, people: new Map([...base.people, [actor.id, actor]]) },
    by: actor,
    at: storyStart,
  });
}

export const faultsOf = (rows: readonly PlannedRow[]): string[] =>
  rows.flatMap(({ faults }) =>
    faults.map(({ row, column, code, refusal }) => `${row} ${column ?? '*'} ${refusal ?? code}`),
  );
