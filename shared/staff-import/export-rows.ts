import type { Directory } from '#shared/directory/directory.ts';
import { neutralised } from './cells.ts';
import { columnTitles, staffColumns } from './columns.ts';
import type { HeldStaff } from './held-staff.ts';
import { staffTexts } from './staff-texts.ts';

const titles = staffColumns.map((column) => columnTitles[column]);

/** Titles and one row for each, sorted by name, then id. Read again by `planImport`, every row is unchanged. */
export function exportRows(staff: readonly HeldStaff[], directory: Directory): string[][] {
  const key = (one: HeldStaff): string => `${one.fields.name}\u0000${one.id}`;
  const rows = [...staff]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map((one) => {
      const texts = staffTexts(one, directory);
      return staffColumns.map((column) => neutralised(texts[column]));
    });
  return [titles, ...rows];
}

/** Titles and an example in the hospital's own words; the example begins with `#`, so that nobody imports it. */
export function templateRows(directory: Directory): string[][] {
  const departments = [...directory.departments.values()].filter((one) => one.active);
  const [first, second] = departments.sort((a, b) => (a.name < b.name ? -1 : 1));
  const designation = directory.organisation?.designations.find((one) => one.clinical);
  const example: Readonly<Record<(typeof staffColumns)[number], string>> = {
    name: '# Example: Dr Ayesha Siddiq (rows that begin with # are left out)',
    email: 'ayesha.siddiq@hospital.example',
    initials: 'AS',
    designation: designation?.code ?? 'medical-officer',
    department: first?.code ?? 'MED',
    role: 'doctor',
    'other-departments': second === undefined ? '' : `${second.code}: doctor`,
    permissions: '',
    phone: '4411',
    mobile: '',
    active: 'yes',
    'person-id': '',
  };
  return [titles, staffColumns.map((column) => example[column])];
}
