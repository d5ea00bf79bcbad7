import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PatientId } from '#shared/lib/id.ts';
import {
  consultId,
  departments,
  patientContent,
  patientId,
  people,
  requestContent,
} from '#tests/builders.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import { startPatientHospital, strangers, type PatientHospital } from './hospital.ts';

let hospital: PatientHospital;
let treating: TestTablet;
let stranger: TestTablet;
let answering: TestTablet;
const patient = patientId('one');
const guessed = patientId('guessed');

beforeEach(async () => {
  hospital = await startPatientHospital();
  treating = await hospital.tablet(people.requester);
  stranger = await hospital.tablet(strangers.surgeon);
  answering = await hospital.tablet(people.radiologist);
  const content = patientContent({ department: departments.medicine.id, mrn: 'MRN-1' });
  await treating.push([treating.writePatient('registered', { content }, { document: patient })]);
  await hospital.settled();
});
afterEach(() => hospital.close());

/** The surgeon asks Radiology about somebody. */
const asks = (id: string, about: PatientId) =>
  stranger.write(
    'submitted',
    {
      content: requestContent({
        patient: about,
        requestingDepartment: departments.surgery.id,
        receivingDepartment: departments.radiology.id,
      }),
      linked: [],
    },
    { document: consultId(id) },
  );
async function holds(tablet: TestTablet, id: string): Promise<boolean> {
  await hospital.settled();
  await tablet.pull('consults');
  await tablet.pull('patients');
  return tablet.ids('patients').includes(id);
}

describe('promise 5: naming a record brings it to nobody', () => {
  test('a guessed MRN says that there is another record, and a consult that names it stands without it', async () => {
    const content = patientContent({ department: departments.surgery.id, mrn: 'MRN-1', name: 'Guess' });
    await stranger.push([stranger.writePatient('registered', { content }, { document: guessed })]);
    expect(await holds(stranger, guessed)).toBe(true);

    const [outcome] = await stranger.push([asks('guess', patient)]);
    expect(outcome).toMatchObject({ outcome: 'accepted' });
    expect(await holds(stranger, patient)).toBe(false);
    expect(await holds(answering, patient)).toBe(false);
    // What the requester wrote is read by whoever is asked; the record of it says that it is kept apart.
    expect(answering.ids('consults')).toContain(consultId('guess'));
    const consult = await hospital.consult(consultId('guess'));
    expect(consult.content.patientAsWas.name).toBe(requestContent().patientAsWas.name);
    expect(consult.timeline.map(({ event }) => event.type)).toContain('patient-kept-apart');
  });

  test('it brings no right to move the patient either', async () => {
    await stranger.push([asks('guess', patient)]);
    await hospital.settled();
    const [outcome] = await stranger.push([
      stranger.writePatient(
        'moved',
        { ward: 'W1', bed: '1', department: departments.surgery.id },
        { document: patient, lamport: 2, base: 1 },
      ),
    ]);
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'not-allowed' });
  });

  test('one’s own record is not joined with one that was never within reach', async () => {
    const content = patientContent({ department: departments.surgery.id, mrn: 'MRN-1' });
    await stranger.push([stranger.writePatient('registered', { content }, { document: guessed })]);
    await stranger.push([asks('own', guessed)]);
    await hospital.settled();
    const [outcome] = await stranger.push([
      stranger.writePatient(
        'merged-into',
        { patient, reason: 'same' },
        { document: guessed, lamport: 2, base: 2 },
      ),
    ]);
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'unknown-patient' });
    expect(await holds(stranger, patient)).toBe(false);
  });

  test('with a reason given the consult brings the record to both sides', async () => {
    await stranger.session.post(`/api/patients/${patient}/open`, {
      reason: { kind: 'treating-now', words: '' },
    });
    await stranger.push([asks('with reason', patient)]);
    expect(await holds(stranger, patient)).toBe(true);
    expect(await holds(answering, patient)).toBe(true);
  });

  test('one’s department’s patient, and one of a consult one was asked, need no reason', async () => {
    await treating.push([
      treating.write(
        'submitted',
        { content: requestContent({ patient, receivingDepartment: departments.surgery.id }), linked: [] },
        { document: consultId('to surgery') },
      ),
    ]);
    expect(await holds(stranger, patient)).toBe(true);
    await stranger.push([asks('onward', patient)]);
    expect(await holds(answering, patient)).toBe(true);
  });

  test('OFF-1 a consult written offline about a patient who was moved away meanwhile is no guess', async () => {
    const id = patientId('leaves');
    const content = patientContent({ department: departments.surgery.id, mrn: null });
    await stranger.push([stranger.writePatient('registered', { content }, { document: id })]);
    await stranger.push([
      stranger.writePatient(
        'moved',
        { ward: 'M1', bed: '', department: departments.medicine.id },
        { document: id, lamport: 2, base: 1 },
      ),
    ]);
    await hospital.settled();
    await stranger.push([asks('written before', id)]);
    expect(await holds(answering, id)).toBe(true);
  });
});

describe('PAT-3 consults follow their patient', () => {
  const double = patientId('double');
  async function twoRecords(): Promise<void> {
    const content = patientContent({ department: departments.medicine.id, mrn: 'MRN-1' });
    await treating.push([
      treating.writePatient('registered', { content }, { document: double }),
      treating.write(
        'submitted',
        { content: requestContent({ patient: double }), linked: [] },
        { document: consultId('of double') },
      ),
    ]);
    await hospital.settled();
  }
  const patientOf = async (name: string) => (await hospital.consult(consultId(name))).patient;
  const merge = (from: PatientId, into: PatientId, lamport: number, base: number) =>
    treating.writePatient(
      'merged-into',
      { patient: into, reason: 'one person' },
      { document: from, lamport, base },
    );

  test('into the record that stays, and back when the merge is undone', async () => {
    await twoRecords();
    const [merged] = await treating.push([merge(double, patient, 3, 2)]);
    expect(merged).toMatchObject({ outcome: 'accepted' });
    await hospital.settled();
    expect(await patientOf('of double')).toBe(patient);

    await treating.push([
      treating.writePatient('unmerged', { reason: 'two people' }, { document: double, lamport: 4, base: 3 }),
    ]);
    await hospital.settled();
    expect(await patientOf('of double')).toBe(double);
  });

  test('one that comes later for the merged record follows too', async () => {
    await twoRecords();
    await treating.push([merge(double, patient, 3, 2)]);
    await hospital.settled();
    await treating.push([
      treating.write(
        'submitted',
        { content: requestContent({ patient: double }), linked: [] },
        { document: consultId('late') },
      ),
    ]);
    await hospital.settled();
    expect(await patientOf('late')).toBe(patient);
  });
});
