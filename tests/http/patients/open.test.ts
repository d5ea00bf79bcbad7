import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { projectPatient } from '#shared/patient/project-patient.ts';
import {
  openReasonKindSchema,
  patientRecordAnswerSchema,
  type PatientRecordAnswer,
} from '#shared/patient/online.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { consultId, departments, patientContent, patientId, people } from '#tests/builders.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import { startPatientHospital, strangers, type PatientHospital } from './hospital.ts';

let hospital: PatientHospital;
let treating: TestTablet;
let cardiologist: TestTablet;
let stranger: TestTablet;
let clerk: TestTablet;
const patient = patientId('one');
const toCardiology = consultId('to cardiology');
const toRadiology = consultId('to radiology');

beforeAll(async () => {
  hospital = await startPatientHospital();
  treating = await hospital.tablet(people.requester);
  cardiologist = await hospital.tablet(people.cardiologist);
  stranger = await hospital.tablet(strangers.surgeon);
  clerk = await hospital.tablet(strangers.clerk);
  await treating.begin(toCardiology);
  await treating.begin(toRadiology, { receivingDepartment: departments.radiology.id });
  await hospital.settled();
});
afterAll(() => hospital.close());

const reason = { kind: 'covering', words: 'Night cover for Medicine' };
const open = (tablet: TestTablet, body: unknown, id: string = patient) =>
  tablet.session.post(`/api/patients/${id}/open`, body);
const history = (tablet: TestTablet, id: string = patient) =>
  tablet.session.post(`/api/patients/${id}/history`, {});
const answered = async (response: Response): Promise<PatientRecordAnswer> => {
  expect(response.status).toBe(200);
  return patientRecordAnswerSchema.parse(await response.json());
};

describe('PAT-4 a patient’s history', () => {
  test('who has to do with the patient reads the consults of their own departments, and hears that there are others', async () => {
    const mine = await answered(await history(treating));
    expect(mine.consults.map(({ id }) => id).sort()).toEqual([toCardiology, toRadiology].sort());
    const theirs = await answered(await history(cardiologist));
    expect({ ids: theirs.consults.map(({ id }) => id), hidden: theirs.hidden }).toEqual({
      ids: [toCardiology],
      hidden: 1,
    });
  });

  test('a consult that tablets have dropped long ago is still there', async () => {
    const old = consultId('old');
    await treating.begin(old);
    await treating.push([
      treating.write('cancelled', { reason: 'better' }, { document: old, lamport: 2, base: 3 }),
    ]);
    await hospital.settled();
    const before = hospital.server.clock.now();
    hospital.server.clock.set(addMinutes(before, 60 * 24 * 60));
    try {
      const later = await hospital.tablet(people.requester, { again: true });
      await later.pull('consults');
      expect(later.ids('consults')).not.toContain(old);
      const { consults } = await answered(await history(later));
      expect(consults.map(({ id }) => id)).toContain(old);
    } finally {
      hospital.server.clock.set(before);
    }
  });

  test('promise 5: a patient out of reach and one that does not exist look the same', async () => {
    for (const id of [patient, patientId('nobody')]) {
      const response = await history(stranger, id);
      expect(response.status).toBe(404);
    }
  });
});

describe('promise 5: another department’s patient opens only for a reason', () => {
  test('AUD-1 with a reason the record and all consults are read, and the reason is recorded first', async () => {
    const record = await answered(await open(stranger, { reason }));
    expect(projectPatient(record.patient.events)?.content.name).toBe(patientContent().name);
    expect(record.consults.map(({ id }) => id)).toEqual(expect.arrayContaining([toCardiology, toRadiology]));
    const entry = (await hospital.audited()).findLast(({ action }) => action === 'patient.break-glass');
    expect(entry).toMatchObject({
      actor: { person: strangers.surgeon.id },
      subjects: expect.arrayContaining([patient, toCardiology]) as unknown,
      reason: 'covering: Night cover for Medicine',
      outcome: 'done',
    });
  });

  test('AUD-1 when the record of the reading cannot be kept, nothing leaves', async () => {
    const audit = hospital.server.store.database('audit');
    const write = audit.write.bind(audit);
    audit.write = () => Promise.reject(new Error('disk'));
    try {
      const response = await open(stranger, { reason });
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(await response.text()).not.toContain(patientContent().name);
    } finally {
      audit.write = write;
    }
  });

  test('who does not treat patients is refused, and the attempt is recorded', async () => {
    expect((await open(clerk, { reason })).status).toBe(403);
    const entry = (await hospital.audited()).findLast(({ outcome }) => outcome === 'denied');
    expect(entry).toMatchObject({ action: 'patient.break-glass', subjects: [patient], outcome: 'denied' });
  });

  it.each([
    ['no reason', {}],
    ['a reason nobody knows', { reason: { kind: 'curious', words: '' } }],
    ['“other” without words', { reason: { kind: 'other', words: '  ' } }],
    ['a lone surrogate', { reason: { kind: 'other', words: '\ud800' } }],
    ['a novel', { reason: { kind: 'other', words: 'x'.repeat(501) } }],
    ['more than asked', { reason, scope: 'all' }],
  ])('refuses %s', async (_what, body) => {
    expect((await open(stranger, body)).status).toBe(400);
  });

  it.each(openReasonKindSchema.options)('takes the reason “%s”', async (kind) => {
    expect((await open(stranger, { reason: { kind, words: 'because' } })).status).toBe(200);
  });

  it('a patient that does not exist is not found, nor is what is no id', async () => {
    expect((await open(stranger, { reason }, patientId('nobody'))).status).toBe(404);
    expect((await open(stranger, { reason }, 'MRN-1')).status).toBe(404);
  });

  it('asks for a session', async () => {
    for (const path of ['open', 'history']) {
      const response = await hospital.server.app.request(`/api/patients/${patient}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'hc-slot': '0', origin: 'https://consult.test' },
        body: JSON.stringify({ reason }),
      });
      expect(response.status).toBe(401);
    }
  });
});
