import type { Department } from '#shared/directory/department.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Organisation } from '#shared/directory/organisation.ts';
import { permissionSchema, type Designation, type Person } from '#shared/directory/staff.ts';
import { defaultTargets } from '#shared/consult/vocabulary.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

const designation = (code: string, name: string, rank: number | null, clinical: boolean): Designation => ({
  code,
  name,
  rank,
  clinical,
});

/** Source: requirements PEO-2. */
export const defaultDesignations: readonly Designation[] = [
  designation('house-officer', 'House Officer', 1, true),
  designation('medical-officer', 'Medical Officer', 2, true),
  ...[1, 2, 3, 4, 5].map((year) => designation(`resident-${year}`, `Resident year ${year}`, year + 2, true)),
  designation('registrar', 'Registrar', 8, true),
  designation('senior-registrar', 'Senior Registrar', 9, true),
  designation('assistant-professor', 'Assistant Professor', 10, true),
  designation('associate-professor', 'Associate Professor', 11, true),
  designation('professor', 'Professor', 12, true),
  designation('head-of-department', 'Head of Department', 13, true),
  designation('nurse-in-charge', 'Nurse in charge', null, false),
  designation('ward-clerk', 'Ward clerk', null, false),
  designation('administrator', 'Administrator', null, false),
];

/** The department a hospital begins with; its first-tier rota is the duty administrator. */
export const administrationDepartment = (id: DepartmentId, head: PersonId): Department => ({
  kind: 'department',
  id,
  name: 'Administration',
  code: 'ADMIN',
  type: 'administrative',
  parent: null,
  head,
  receiver: null,
  extension: null,
  email: null,
  active: true,
  targets: defaultTargets,
  assignment: { emergency: { mode: 'on-call' }, urgent: { mode: 'on-call' }, routine: { mode: 'manual' } },
  policies: {
    emergency: defaultPolicy('emergency'),
    urgent: defaultPolicy('urgent'),
    routine: defaultPolicy('routine'),
  },
  intakeQuestions: [],
});

export const newOrganisation = (entry: {
  name: string;
  timeZone: string;
  administration: DepartmentId;
}): Organisation => ({
  kind: 'organisation',
  id: 'organisation',
  name: entry.name,
  timeZone: entry.timeZone,
  languages: ['en'],
  demo: false,
  designations: [...defaultDesignations],
  dutyAdministration: entry.administration,
  retentionDays: 30,
});

const initialsOf = (name: string): string => {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  const letters = ends.map((word) => /^\p{L}/u.exec(word ?? '')?.[0] ?? '').join('');
  return letters === '' ? '?' : letters.toUpperCase().slice(0, 4);
};

export const newAdministrator = (entry: {
  id: PersonId;
  name: string;
  department: DepartmentId;
  at: Instant;
}): Person => ({
  kind: 'person',
  id: entry.id,
  name: entry.name,
  initials: initialsOf(entry.name),
  phone: null,
  designation: 'administrator',
  memberships: [
    { department: entry.department, role: 'administrator', primary: true, from: entry.at, until: null },
  ],
  grants: permissionSchema.options.map((permission) => ({ permission, from: entry.at, until: null })),
  active: true,
});
