import { describe, expect, test } from 'vitest';
import type { Person } from '#shared/directory/staff.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { actBody, type PatientActFields } from '$lib/patient/act-body.ts';
import { compareRecords } from '$lib/patient/compare-records.ts';
import { patientActs } from '$lib/patient/patient-acts.ts';
import { placesOf } from '$lib/patient/places.ts';
import { createTimes } from '$lib/time/times.ts';
import { departments, hospital, patientId, people, story, storyStart } from '#tests/builders.ts';
import { patientEvent, registered } from '#tests/unit/patient/patient-story.ts';

function patientOf(...events: HeldEvent[]): Patient {
  const patient = projectPatient([registered({ ward: 'W1', bed: '1' }), ...events]);
  if (patient === null) throw new Error('no patient');
  return patient;
}
const { id: surgery } = departments.surgery;
const died = patientEvent('died', { note: '' }, { n: 2 });

describe('PAT-3 the places of a patient', () => {
  test('stand newest first, each with since when and who brought them there', () => {
    const moved = patientEvent(
      'moved',
      { ward: 'W2', bed: '2', department: surgery },
      { n: 2, by: people.requestingNurse },
    );
    const unsent = patientEvent('moved', { ward: 'ICU', bed: '', department: surgery }, { n: null });
    expect(placesOf(patientOf(moved, unsent)).map(({ ward, at, by }) => [ward, at, by])).toEqual([
      ['ICU', null, people.requester.id],
      ['W2', moved.receivedAt, people.requestingNurse.id],
      ['W1', registered().receivedAt, people.requester.id],
    ]);
  });
  test('one who was never moved has one', () => {
    expect(placesOf(patientOf())).toHaveLength(1);
  });
});

describe('what is offered on a patient’s page', () => {
  const offered = (
    patient: Patient,
    person: Person | null,
    consults: Parameters<typeof patientActs>[2] = [],
  ) => patientActs(patient, person, consults, { directory: hospital(), at: storyStart });

  test('only what makes sense in the state the patient is in', () => {
    expect(offered(patientOf(), people.requester)).toContain('died');
    expect(offered(patientOf(died), people.requester)).toEqual(['state-corrected', 'merged-into']);
    const merged = patientEvent('merged-into', { patient: patientId('two'), reason: 'x' }, { n: 2 });
    expect(offered(patientOf(merged), people.requester)).toEqual(['unmerged']);
  });
  test('and only to whom it is allowed', () => {
    expect(offered(patientOf(), people.requestingNurse)).not.toContain('died');
    expect(offered(patientOf(), people.cardiologist)).toEqual([]);
    expect(offered(patientOf(), null)).toEqual([]);
  });
  test('who asked for a consult about the patient may move them', () => {
    const asked = projectConsult(
      story().submitted({
        patient: patientId('one'),
        requestingDepartment: departments.cardiology.id,
        receivingDepartment: surgery,
      }).events,
    );
    expect(offered(patientOf(), people.cardiologist, asked === null ? [] : [asked])).toEqual(['moved']);
  });
});

describe('the form of an act on a patient', () => {
  const fields: PatientActFields = {
    ward: ' W4 ',
    bed: '',
    department: surgery,
    allergies: 'known',
    allergyLines: 'Penicillin (rash)',
    precautions: ['contact'],
    note: '',
    reason: ' wrong wristband ',
  };
  test('makes the body of each act from its own fields', () => {
    expect(actBody('moved', fields, patientOf())).toEqual({ ward: 'W4', bed: '', department: surgery });
    expect(actBody('died', fields, patientOf())).toEqual({ note: '' });
    expect(actBody('state-corrected', fields, patientOf(died))).toEqual({
      of: died.id,
      reason: 'wrong wristband',
    });
    expect(actBody('unmerged', fields, patientOf())).toEqual({ reason: 'wrong wristband' });
  });
  test.each<[string, Partial<PatientActFields>, Parameters<typeof actBody>[0]]>([
    ['no ward', { ward: ' ' }, 'moved'],
    ['no department', { department: '' }, 'moved'],
    ['no reason', { reason: ' ' }, 'unmerged'],
    ['a ward of 300 signs', { ward: 'w'.repeat(300) }, 'moved'],
    ['a lone surrogate', { reason: '\ud800' }, 'unmerged'],
    ['nothing to take back', {}, 'state-corrected'],
  ])('with %s makes none', (_what, over, type) => {
    expect(actBody(type, { ...fields, ...over }, patientOf())).toBeNull();
  });
});

test('two records side by side say where they differ', () => {
  const work = {
    times: createTimes('en', 'Asia/Karachi'),
    today: '2026-03-02',
    departmentName: () => 'Medicine',
  };
  const other = projectPatient([
    { ...registered({ name: 'Another', ward: 'W1', bed: '1' }), document: patientId('two') },
  ]);
  if (other === null) throw new Error('no patient');
  const facts = compareRecords(patientOf(), other, work);
  expect(facts.filter(({ differs }) => differs).map((fact) => fact.other)).toEqual(['Another']);
  expect(facts.length).toBeGreaterThan(3);
});
