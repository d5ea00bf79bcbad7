import { describe, expect, it } from 'vitest';
import type { PatientContent } from '#shared/patient/content.ts';
import { soundKey } from '#shared/patient/name-key.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { createPatientIndex, patientsWithMrn, searchPatients } from '#shared/patient/search.ts';
import { patientContent, patientId } from '#tests/builders.ts';

const patient = (content: Partial<PatientContent>, over: Partial<Patient> = {}): Patient => ({
  id: patientId(`${content.name ?? ''} ${content.mrn ?? ''} ${content.bed ?? ''}`),
  content: patientContent(content),
  state: 'present',
  endedBy: null,
  mergedInto: null,
  sharesMrnWith: [],
  moves: [],
  timeline: [],
  lastN: 1,
  lastLamport: 1,
  changedAt: null,
  ...over,
});
const ward = [
  patient({ name: 'Muhammad Siddique', mrn: 'MRN-20341', ward: 'W4', bed: '12' }),
  patient({ name: 'Ayesha Hussain', mrn: 'MRN-20342', ward: 'W4', bed: '1' }),
  patient({ name: 'Noor Fatima', mrn: 'MRN-77120', ward: 'ICU', bed: '3' }),
  patient({ name: 'Abdul Rehman Qureshi', mrn: null, ward: 'W2', bed: '7' }),
  patient({ name: 'Usman Ghani', mrn: 'KHI/8842', ward: 'W10', bed: '2' }),
  patient({ name: 'Zubaida Khatoon', mrn: 'MRN-55001', ward: 'W2', bed: '9' }),
];
const index = createPatientIndex(ward);
const found = (query: string): string[] =>
  searchPatients(index, query, 10).map((hit) => hit.patient.content.name);
const first = (query: string): string | undefined => found(query)[0];

describe('searching patients', () => {
  it.each([
    ['Muhammad', 'Mohammed', 'Mohd', 'Muhammed', 'Md', 'Mohamad'],
    ['Hussain', 'Husain', 'Hussein', 'Hossain'],
    ['Siddique', 'Siddiq', 'Sidiq', 'Siddeeq'],
    ['Ayesha', 'Aisha', 'Aysha', 'Aesha'],
    ['Fatima', 'Fatimah', 'Fatema'],
    ['Rehman', 'Rahman', 'Rehmaan'],
    ['Qureshi', 'Kureshi', 'Quraishi'],
    ['Noor', 'Nur', 'Nour'],
    ['Usman', 'Othman', 'Osman'],
    ['Khatoon', 'Khatun', 'Katoon'],
    ['Zubaida', 'Zubeda', 'Zubaidah'],
  ])('PAT-2 %s is found however it is spelt', (name, ...spellings) => {
    for (const spelling of spellings) expect(first(spelling), spelling).toContain(name);
  });

  it('PAT-2 Arabic script finds the Latin spelling', () => {
    expect(first('فاطمہ')).toBe('Noor Fatima');
    expect(first('محمد')).toBe('Muhammad Siddique');
  });

  it('names that sound apart stay apart', () => {
    expect(soundKey('ahmad')).not.toBe(soundKey('hamid'));
    expect(soundKey('bashir')).not.toBe(soundKey('nasir'));
    expect(found('Karachi')).toEqual([]);
  });

  it.each([
    ['MRN-20341', 'Muhammad Siddique'],
    ['mrn20341', 'Muhammad Siddique'],
    ['20342', 'Ayesha Hussain'],
    ['120', 'Noor Fatima'],
    ['8842', 'Usman Ghani'],
    ['W4-12', 'Muhammad Siddique'],
    ['w4 12', 'Muhammad Siddique'],
    ['W10', 'Usman Ghani'],
    ['fatim', 'Noor Fatima'],
    ['fatmia', 'Noor Fatima'],
    ['husain aysha', 'Ayesha Hussain'],
    ['rehman w2', 'Abdul Rehman Qureshi'],
  ])('PAT-2 %s finds %s first', (query, expected) => {
    expect(first(query)).toBe(expected);
  });

  it('every word must fit', () => {
    expect(found('Fatima Qureshi')).toEqual([]);
  });

  it('nothing is found for nothing, and odd input does no harm', () => {
    for (const query of ['', '   ', '---', '()[]\\', '\ud800', '💊']) expect(found(query)).toEqual([]);
  });

  it('a record merged into another comes last', () => {
    const twice = createPatientIndex([
      patient({ name: 'Bilal Anwar', mrn: 'A1' }, { state: 'merged' }),
      patient({ name: 'Bilal Anwar', mrn: 'A2' }),
    ]);
    expect(searchPatients(twice, 'bilal', 5).map((hit) => hit.patient.content.mrn)).toEqual(['A2', 'A1']);
  });

  it('an exact MRN is offered before another record is made', () => {
    expect(patientsWithMrn(index, 'MRN-77120')).toEqual([ward[2]!.id]);
    expect(patientsWithMrn(index, 'MRN-7712')).toEqual([]);
  });
});
