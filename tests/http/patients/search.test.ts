import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { searchAnswerSchema, type OnlineHit } from '#shared/patient/online.ts';
import { departments, patientContent, patientId, people } from '#tests/builders.ts';
import type { TestTablet } from '#tests/http/sync/gateway.ts';
import { startPatientHospital, strangers, type PatientHospital } from './hospital.ts';

let hospital: PatientHospital;
let treating: TestTablet;
let stranger: TestTablet;
let clerk: TestTablet;
const bashir = patientId('bashir');

beforeAll(async () => {
  hospital = await startPatientHospital();
  treating = await hospital.tablet(people.requester);
  stranger = await hospital.tablet(strangers.surgeon);
  clerk = await hospital.tablet(strangers.clerk);
  const others = ['Muhammad Anwar Qureshi', 'محمد انور', 'Noor Fatima'];
  const content = { department: departments.medicine.id, ward: 'W4' };
  await treating.push([
    treating.writePatient(
      'registered',
      { content: patientContent({ ...content, name: 'Bashir Anwar', mrn: 'MRN-55-4821', bed: '12' }) },
      { document: bashir },
    ),
    ...others.map((name, at) =>
      treating.writePatient(
        'registered',
        { content: patientContent({ ...content, name, mrn: `MRN-66-000${at}`, bed: `${at}` }) },
        { document: patientId(name) },
      ),
    ),
  ]);
  await hospital.settled();
});
afterAll(() => hospital.close());

async function search(tablet: TestTablet, query: string): Promise<readonly OnlineHit[]> {
  const response = await tablet.session.post('/api/patients/search', { query });
  expect(response.status).toBe(200);
  return searchAnswerSchema.parse(await response.json()).hits;
}

describe('PAT-2 searching the whole hospital', () => {
  test('one’s own patient is found with all that stands on a wristband', async () => {
    expect(await search(treating, 'bashir')).toEqual([
      expect.objectContaining({
        reach: 'within',
        id: bashir,
        content: expect.objectContaining({ name: 'Bashir Anwar', mrn: 'MRN-55-4821', bed: '12' }) as unknown,
      }),
    ]);
  });

  test('another department’s is shown only as far as to recognise it', async () => {
    const [hit, ...more] = await search(stranger, 'bashir');
    expect(more).toEqual([]);
    expect(hit).toMatchObject({ reach: 'outside', id: bashir, name: 'Bashir A.', mrn: '…4821', ward: 'W4' });
    const text = JSON.stringify(hit);
    for (const kept of ['Anwar', 'MRN-55-4821', '"12"', 'born', 'diagnosis', 'allergies'])
      expect(text).not.toContain(kept);
  });

  test.each([
    ['an MRN typed whole', 'MRN-55-4821'],
    ['its last signs', '4821'],
    ['a bed', 'W4 12'],
    ['a slip of the finger', 'bahsir'],
  ])('finds by %s', async (_what, query) => {
    expect((await search(treating, query)).map(({ id }) => id)).toContain(bashir);
  });

  test.each(['mohammed', 'mohd', 'Mohammad anwer', 'محمد'])(
    'finds Muhammad in either script as “%s”',
    async (query) => {
      const ids = (await search(treating, query)).map(({ id }) => id);
      expect(ids).toContain(patientId('Muhammad Anwar Qureshi'));
      expect(ids).toContain(patientId('محمد انور'));
    },
  );

  test('a search too short to mean anybody lists nobody’s patients but one’s own', async () => {
    expect(await search(stranger, 'b')).toEqual([]);
    expect((await search(treating, 'b')).length).toBeGreaterThan(0);
  });

  test('who may not open another department’s patient is not told of one', async () => {
    expect(await search(clerk, 'bashir')).toEqual([]);
  });

  test('AUD-1 whom a search has shown is recorded, and what was typed is not', async () => {
    await search(stranger, 'Bashir');
    const entry = (await hospital.audited()).findLast(({ action }) => action === 'patient.search');
    expect(entry).toMatchObject({ subjects: [bashir], actor: { person: strangers.surgeon.id } });
    expect(JSON.stringify(entry)).not.toContain('Bashir');
  });

  test('a patient who moves and is renamed is found by the new words and no more by the old', async () => {
    const id = patientId('to move');
    const content = patientContent({ name: 'Gul Zaman', ward: 'W7', bed: '77', mrn: null });
    await treating.push([treating.writePatient('registered', { content }, { document: id })]);
    await hospital.settled();
    expect((await search(treating, 'W7-77')).map((hit) => hit.id)).toEqual([id]);
    await treating.push([
      treating.writePatient(
        'moved',
        { ward: 'W9', bed: '99', department: departments.medicine.id },
        { document: id, lamport: 2, base: 1 },
      ),
      treating.writePatient(
        'corrected',
        { changes: { name: 'Sher Khan' }, reason: 'misheard' },
        { document: id, lamport: 3, base: 1 },
      ),
    ]);
    await hospital.settled();
    expect(await search(treating, 'W7-77')).toEqual([]);
    expect(await search(treating, 'zaman')).toEqual([]);
    expect((await search(treating, 'sher W9-99')).map((hit) => hit.id)).toEqual([id]);
  });
});

describe('POST /api/patients/search', () => {
  it.each([
    ['a lone surrogate', JSON.stringify({ query: '\ud800' })],
    ['300 signs', JSON.stringify({ query: 'x'.repeat(300) })],
    ['nothing', JSON.stringify({ query: '   ' })],
    ['two lines', JSON.stringify({ query: 'a\nb' })],
    ['another shape', JSON.stringify({ q: 'x' })],
    ['no JSON', '{"query":'],
  ])('refuses %s and echoes nothing', async (_what, body) => {
    const response = await treating.session.request('/api/patients/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.text()).not.toContain('xxx');
  });

  it('takes right-to-left marks and finds what was meant', async () => {
    expect((await search(treating, '\u200fbashir\u202e')).map(({ id }) => id)).toContain(bashir);
  });

  it('asks for a session', async () => {
    const response = await hospital.server.app.request('/api/patients/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'hc-slot': '0', origin: 'https://consult.test' },
      body: JSON.stringify({ query: 'bashir' }),
    });
    expect(response.status).toBe(401);
  });

  it('has no way to ask in a URL', async () => {
    expect((await treating.session.get('/api/patients/search?query=bashir')).status).toBe(405);
  });
});
