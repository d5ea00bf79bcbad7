import { describe, expect, it } from 'vitest';
import type { Person } from '#shared/directory/staff.ts';
import { authoredPatientBodies, type AuthoredPatientType } from '#shared/patient/events.ts';
import { mayActOnPatient, mayOpenOutside } from '#shared/patient/patient-permissions.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { departments, hospital, membership, people, person, storyStart } from '#tests/builders.ts';
import { registered } from './patient-story.ts';

const actions = Object.keys(authoredPatientBodies) as AuthoredPatientType[];
const medicine = departments.medicine.id;
const clerk = person('medicine clerk', [membership(medicine, 'clerk')], { designation: 'ward-clerk' });
const receiver = person('medicine receiver', [membership(medicine, 'receiver')]);
const former = person('former', [membership(medicine, 'doctor', { until: storyStart })]);
const administrator = person('medicine administrator', [membership(medicine, 'administrator')], {
  designation: 'ward-clerk',
});
const auditor = person('medicine auditor', [membership(medicine, 'auditor')], { designation: 'ward-clerk' });
const inactive = { ...people.requester, active: false };

const all = new Set(actions);
const nurse = new Set(actions.filter((action) => !['died', 'state-corrected'].includes(action)));
const clerical = new Set(
  actions.filter(
    (action) => !['died', 'state-corrected', 'allergies-changed', 'precautions-changed'].includes(action),
  ),
);
const none = new Set<AuthoredPatientType>();

const rows: [string, Person, Set<AuthoredPatientType>][] = [
  ['doctor of the department', people.requester, all],
  ['receiver of the department', receiver, all],
  ['head of the department', people.requestingHead, all],
  ['nurse of the department', people.requestingNurse, nurse],
  ['clerk of the department', clerk, clerical],
  ['administrator of the department', administrator, none],
  ['auditor of the department', auditor, none],
  ['doctor who left the department', former, none],
  ['doctor who is inactive', inactive, none],
  ['doctor elsewhere', people.radiologist, none],
  ['nurse elsewhere', people.cardiologyNurse, none],
  ['hospital-wide manager without a clinical designation', people.manager, nurse],
];

describe('who may act on a patient', () => {
  const patient = projectPatient([registered()]);
  it.each(
    rows.flatMap(([title, who, allowed]) =>
      actions.map((action) => [title, action, who, allowed.has(action)] as const),
    ),
  )('%s: %s', (_title, action, who, allowed) => {
    expect(
      mayActOnPatient({
        action,
        person: who,
        patient: action === 'registered' ? null : patient,
        department: medicine,
        directory: hospital(),
        at: storyStart,
      }),
    ).toBe(allowed);
  });

  it('registering is for one’s own departments', () => {
    const ask = (who: Person, department = departments.surgery.id as typeof medicine | null) =>
      mayActOnPatient({
        action: 'registered',
        person: who,
        patient: null,
        department,
        directory: hospital(),
        at: storyStart,
      });
    expect(ask(people.surgeon)).toBe(true);
    expect(ask(people.requester)).toBe(false);
    expect(ask(people.requester, null)).toBe(true);
    expect(ask(former, null)).toBe(false);
  });

  it('CON-3 the requesting department of an open consult may move, and only that', () => {
    const ask = (action: AuthoredPatientType) =>
      mayActOnPatient({
        action,
        person: people.surgeon,
        patient,
        requestingDepartments: [departments.surgery.id],
        directory: hospital(),
        at: storyStart,
      });
    expect(actions.filter((action) => action !== 'registered').filter(ask)).toEqual(['moved']);
  });

  it('OFF-12 nobody while the directory is not loaded', () => {
    const directory = hospital({ organisation: null });
    expect(
      mayActOnPatient({ action: 'moved', person: people.requester, patient, directory, at: storyStart }),
    ).toBe(false);
  });
});

describe('promise 5: who may open another department’s patient for a reason', () => {
  it.each<[string, Person, boolean]>([
    ['a doctor', people.requester, true],
    ['a receiver', receiver, true],
    ['a nurse', people.requestingNurse, true],
    ['an auditor', auditor, true],
    ['a clerk', clerk, false],
    ['an administrator', administrator, false],
    ['a doctor who left', former, false],
    ['an inactive doctor', inactive, false],
    ['a hospital-wide manager without a part in treating', people.manager, false],
  ])('%s', (_title, who, may) => {
    expect(mayOpenOutside(who, hospital(), storyStart)).toBe(may);
  });
  it('nobody while the directory is not loaded', () => {
    expect(mayOpenOutside(people.requester, hospital({ organisation: null }), storyStart)).toBe(false);
  });
});
