import { describe, expect, test } from 'vitest';
import { instant } from '#shared/lib/instant.ts';
import { ok } from '#shared/lib/result.ts';
import { requestContentSchema } from '#shared/consult/events.ts';
import { intakeField, readContent, readNewPatient } from '$lib/compose/content.ts';
import { createDraftSaver } from '$lib/compose/draft-saver.ts';
import {
  emptyFields,
  emptyVitals,
  type Asked,
  type ComposeFields,
  type NewPatientFields,
} from '$lib/compose/fields.ts';
import { boundsOf, readVitals, unreadableVitals, vitalNumbers } from '$lib/compose/vitals-fields.ts';
import type { Draft } from '$lib/tablet/tablet.ts';
import { department, departments, patientContent, patientId, uuidOf } from '#tests/builders.ts';

const asking = department('cardiology', {
  intakeQuestions: [
    { id: 'ecg', text: 'ECG done?', required: true, kind: 'yes-no' },
    { id: 'troponin', text: 'Troponin', required: false, kind: 'number', unit: 'ng/L', min: 0, max: 100 },
  ],
});
const asked: Asked = {
  department: asking.id,
  consult: uuidOf('consult'),
  eventId: uuidOf('event'),
  preferredDoctor: null,
  intake: { ecg: 'yes' },
};
const whole: ComposeFields = {
  ...emptyFields('4411'),
  patient: patientId('one'),
  asked: [asked],
  urgency: 'urgent',
  question: ' Is it? ',
  reason: 'Pain.',
};
const patient = { id: patientId('one'), content: patientContent() };
const read = (fields: Partial<ComposeFields>, one: Partial<Asked> = {}) =>
  readContent({
    fields: { ...whole, ...fields },
    asked: { ...asked, ...one },
    department: asking,
    requestingDepartment: departments.medicine.id,
    patient,
  });

describe('a request as typed', () => {
  test('CON-1 becomes a content the schema takes, with its words trimmed', () => {
    const { content, faults } = read({});
    expect(faults.size).toBe(0);
    expect(requestContentSchema.safeParse(content).success).toBe(true);
    expect(content?.question).toBe('Is it?');
  });

  test.each<[string, Partial<ComposeFields>, Partial<Asked>, string]>([
    ['CON-13 the question', { question: '  ' }, {}, 'question'],
    ['the reason', { reason: '' }, {}, 'reason'],
    ['the urgency', { urgency: null }, {}, 'urgency'],
    ['DEP-4 an answer the department requires', {}, { intake: {} }, intakeField(asking.id, 'ecg')],
    [
      'DEP-4 a number out of range',
      {},
      { intake: { ecg: 'no', troponin: '101' } },
      intakeField(asking.id, 'troponin'),
    ],
    [
      'a reading that cannot be',
      { vitals: { ...emptyVitals, pulsePerMinute: '900' } },
      {},
      'vitals.pulsePerMinute',
    ],
  ])('%s keeps it from being sent', (_title, fields, one, field) => {
    const { content, faults } = read(fields, one);
    expect(content).toBeNull();
    expect([...faults.keys()]).toEqual([field]);
  });

  test('a "no" is an answer', () => {
    expect(read({}, { intake: { ecg: 'no' } }).content?.intakeAnswers).toEqual([
      { question: 'ecg', asked: 'ECG done?', answer: false },
    ]);
  });
});

describe('vital signs as typed', () => {
  test('nothing typed is nothing taken', () => expect(readVitals(emptyVitals)).toBeNull());
  test('one value is kept without inventing the others', () => {
    expect(readVitals({ ...emptyVitals, temperatureCelsius: '37,5' })).toMatchObject({
      temperatureCelsius: 37.5,
      pulsePerMinute: null,
      onOxygen: null,
    });
  });
  test('every field has the bounds of the schema', () => {
    for (const vital of vitalNumbers) expect(boundsOf(vital).max).toBeGreaterThan(boundsOf(vital).min);
    expect(boundsOf('oxygenSaturationPercent')).toEqual({ min: 30, max: 100, decimals: 0 });
  });
  test('a slip is named, not dropped', () => {
    expect(unreadableVitals({ ...emptyVitals, systolicMmHg: '12o' })).toEqual(['systolicMmHg']);
  });
});

describe('PAT-1 a patient registered at the bedside', () => {
  const typed: NewPatientFields = {
    id: patientId('new'),
    eventId: uuidOf('registered'),
    name: 'Zahid Mir',
    mrn: ' dh-77 ',
    age: '7',
    ageUnit: 'months',
    sex: 'male',
    ward: 'W2',
    bed: '',
    diagnosis: '',
    allergies: 'known',
    allergyList: 'Penicillin (rash)\n\nEggs',
    precautions: [],
  };
  test('is read with an age, an MRN in capitals and each allergy apart', () => {
    const { content } = readNewPatient(typed, departments.medicine.id, '2026-11-22');
    expect(content).toMatchObject({
      mrn: 'DH-77',
      born: { kind: 'age', value: 7, unit: 'months', asOf: '2026-11-22' },
      allergies: {
        kind: 'known',
        list: [
          { substance: 'Penicillin', reaction: 'rash' },
          { substance: 'Eggs', reaction: '' },
        ],
      },
    });
  });
  test.each([
    ['name', { name: ' ' }],
    ['ward', { ward: '' }],
    ['sex', { sex: null }],
    ['age', { age: 'old' }],
    ['mrn', { mrn: 'DH 77!' }],
    ['allergies', { allergyList: ' ' }],
  ])('a wrong %s is named', (field, change) => {
    const { content, faults } = readNewPatient(
      { ...typed, ...change },
      departments.medicine.id,
      '2026-11-22',
    );
    expect(content).toBeNull();
    expect([...faults.keys()]).toEqual([`patient.${field}`]);
  });
});

describe('OFF-2 a draft', () => {
  const draft = (question: string): Draft => ({
    id: 'd1',
    purpose: 'consult',
    fields: { question },
    changedAt: instant('2026-11-22T03:00:00.000Z'),
  });

  test('is jotted down at every keystroke, saved one at a time, and the last keystroke is the one that stays', async () => {
    const jotted: Draft[] = [];
    const saved: Draft[] = [];
    let running = 0;
    let release: (() => void) | null = null;
    const saver = createDraftSaver(
      {
        jotDraft: (each) => void jotted.push(each),
        async saveDraft(each) {
          running += 1;
          expect(running).toBe(1);
          if (each.fields['question'] === 'a') await new Promise<void>((done) => (release = done));
          saved.push(each);
          running -= 1;
          return ok(undefined);
        },
      },
      () => undefined,
    );
    for (const question of ['a', 'ab', 'abc']) saver.changed(draft(question));
    expect(jotted).toEqual([draft('a'), draft('ab'), draft('abc')]);
    (release as (() => void) | null)?.();
    await saver.settled();
    expect(saved).toEqual([draft('a'), draft('abc')]);
  });
});
