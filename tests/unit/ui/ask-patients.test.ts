import { describe, expect, test } from 'vitest';
import { historyOf, openWithReason, searchEverywhere } from '$lib/patient/ask-patients.ts';
import { patientId, story } from '#tests/builders.ts';
import { registered } from '#tests/unit/patient/patient-story.ts';

interface Sent {
  readonly path: string;
  readonly body: string;
}
/** A server that answers everything alike, and remembers what it was asked. */
function serverWith(
  status: number,
  answer: unknown,
): { request: typeof fetch & ((path: string, init?: RequestInit) => Promise<Response>); sent: Sent[] } {
  const sent: Sent[] = [];
  const request = (path: string | URL | Request, init?: RequestInit) => {
    sent.push({
      path: typeof path === 'string' ? path : '',
      body: typeof init?.body === 'string' ? init.body : '',
    });
    return Promise.resolve(new Response(JSON.stringify(answer), { status }));
  };
  return { request, sent };
}
const record = {
  patient: { id: patientId('one'), events: [registered({ name: 'Bashir' })] },
  consults: [{ id: story().submitted().id, events: story().submitted().events }],
  hidden: 2,
  asOf: '2026-03-02T08:00:00.000Z',
};

describe('promise 5: nothing of a patient stands in a path', () => {
  test('what is typed and why one asks are sent in the body', async () => {
    const { request, sent } = serverWith(200, { hits: [], isWhole: true, asOf: record.asOf });
    await searchEverywhere(request, 'Bashir MRN-1');
    await openWithReason(request, patientId('one'), { kind: 'other', words: 'Bashir collapsed' });
    expect(sent.map(({ path }) => path)).toEqual([
      '/api/patients/search',
      `/api/patients/${patientId('one')}/open`,
    ]);
    expect(sent[0]?.body).toContain('Bashir');
    expect(sent[1]?.body).toContain('collapsed');
  });

  test('the record comes as patient and consults, with how many are hidden', async () => {
    const answer = await historyOf(serverWith(200, record).request, patientId('one'));
    expect(
      answer.ok && [answer.value.patient.content.name, answer.value.consults.length, answer.value.hidden],
    ).toEqual(['Bashir', 1, 2]);
  });

  test.each([
    [404, 'not-there'],
    [403, 'refused'],
    [503, 'no-answer'],
  ])('%i is %s', async (status, type) => {
    const answer = await historyOf(serverWith(status, {}).request, patientId('one'));
    expect(!answer.ok && answer.error.type).toBe(type);
  });

  test('a record of a newer build, or nonsense, is no record', async () => {
    for (const events of [[], [{ ...registered(), body: {} }]]) {
      const answer = await historyOf(
        serverWith(200, { ...record, patient: { id: patientId('one'), events } }).request,
        patientId('one'),
      );
      expect(answer.ok).toBe(false);
    }
  });
});
