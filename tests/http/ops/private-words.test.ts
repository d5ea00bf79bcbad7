import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createLogger } from '#server/ops/logger.ts';
import {
  authored,
  consultId,
  departments,
  eventId,
  organisation,
  patientContent,
  patientId,
  people,
  requestContent,
} from '#tests/builders.ts';
import { startTestServer, testOrigin, type TestServer, type TestSession } from '#tests/server.ts';

/** Words that stand for what must never leave the record: patient, request, staff, address, secrets. */
const words = [
  'Quokka',
  'MRN-77-4242',
  'Wombatitis',
  'Numbat',
  'dr.bilby',
  'potoroo-passphrase',
  'ward9-bed',
];

const lines: string[] = [];
const answers: string[] = [];
let server: TestServer;
let requester: TestSession;

beforeAll(async () => {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  server = await startTestServer({
    logger: createLogger('trace', destination),
    directory: [
      organisation(),
      ...Object.values(departments),
      ...Object.values(people).map((each) => ({ ...each, name: `Dr Numbat ${each.name}` })),
    ],
  });
  await server.addAccount(people.requester.id, 'dr.bilby@hospital.test');
  requester = await server.signIn('dr.bilby@hospital.test');
});
afterAll(() => server.close());

const note = (body: Record<string, unknown>, over = {}) => ({
  event: {
    ...authored('note-added', { kind: 'progress', text: 'Wombatitis.' }),
    author: people.requester.id,
    device: requester.device,
    document: consultId('one'),
    body,
    ...over,
  },
  clockJumped: false,
});

/** A day with everything that goes right and wrong; every answer that is a problem is kept. */
async function story(): Promise<void> {
  const keep = async (response: Response): Promise<void> => {
    const text = await response.text();
    if (response.status >= 400) answers.push(text);
    answers.push(JSON.stringify([...response.headers].filter(([name]) => name !== 'set-cookie')));
  };
  const push = (...items: unknown[]) =>
    requester.post('/api/sync/push', { sentAt: server.clock.now(), unsentAfter: 0, items });
  const patient = patientId('one');
  const own = { author: people.requester.id, device: requester.device, occurredAt: server.clock.now() };
  await keep(
    await push(
      {
        event: {
          ...authored('opened', {}),
          ...own,
          id: eventId('r'),
          document: patient,
          type: 'registered',
          body: {
            content: patientContent({ name: 'Quokka Patient', mrn: 'MRN-77-4242', bed: 'ward9-bed' }),
          },
        },
        clockJumped: false,
      },
      {
        event: authored(
          'submitted',
          { content: requestContent({ patient, reason: 'Wombatitis', question: 'Wombatitis?' }), linked: [] },
          { ...own, document: consultId('one') },
        ),
        clockJumped: false,
      },
      note({ kind: 'progress', text: 'Wombatitis.' }, { lamport: 2, base: 1 }),
      note({ kind: 'Wombatitis', text: 'Wombatitis' }, { id: eventId('bad') }),
      note({ Wombatitis: { Quokka: 'MRN-77-4242' } }, { id: eventId('worse') }),
      note({ kind: 'progress', text: 'Wombatitis' }, { id: 'Quokka', document: 'MRN-77-4242' }),
    ),
  );
  for (const collection of ['consults', 'patients', 'alerts', 'directory'])
    await keep(await requester.post('/api/sync/pull', { collection, checkpoint: null, limit: 100 }));
  await keep(await requester.post('/api/sync/documents', { collection: 'Wombatitis', ids: ['MRN-77-4242'] }));
  await keep(await requester.get('/api/sync/Quokka?mrn=MRN-77-4242'));
  await keep(await requester.get('/api/%51uokka/MRN-77-4242'));
  await keep(await requester.post('/api/sync/push', { Quokka: 'Wombatitis' }));
  await keep(
    await requester.put('/api/alerts/subscription', {
      endpoint: 'https://10.0.0.1/Quokka',
      keys: { p256dh: 'Wombatitis', auth: 'x' },
    }),
  );
  const raw = (path: string, body: string) =>
    server.app.request(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: testOrigin,
        'hc-slot': '0',
        cookie: requester.cookie(),
      },
      body,
    });
  await keep(await raw('/api/sync/push', '{"sentAt":"Quokka Wombatitis'));
  const signIn = {
    email: 'dr.bilby@hospital.test',
    password: 'potoroo-passphrase',
    device: { id: requester.device, kind: 'ward', name: 'ward9-bed' },
  };
  await keep(await raw('/api/session', JSON.stringify(signIn)));
  await keep(await raw('/api/session', JSON.stringify({ ...signIn, email: 'Quokka' })));
  await keep(
    await raw(
      '/api/session/link',
      JSON.stringify({ token: 'potoroo-passphrase', password: 'potoroo-passphrase' }),
    ),
  );
  // A store that fails with the document in its words.
  const broken = vi.spyOn(server.store.database('consults'), 'getMany').mockRejectedValue(
    Object.assign(new Error('bad write'), {
      doc: { name: 'Quokka', text: 'Wombatitis' },
      body: 'MRN-77-4242',
    }),
  );
  await keep(
    await push(note({ kind: 'progress', text: 'Wombatitis again' }, { id: eventId('late'), lamport: 3 })),
  );
  broken.mockRestore();
}

it('no log line, problem, header or figure holds a word of patients, staff, requests or secrets', async () => {
  await story();
  // The story is in the store, so that the words could have been told.
  const stored = [
    await server.store.database('consults').get(consultId('one')),
    await server.store.database('patients').get(patientId('one')),
  ];
  expect(JSON.stringify(stored)).toContain('Wombatitis');
  expect(JSON.stringify(stored)).toContain('Quokka');
  const everything = [...lines, ...answers, server.parts.metrics.render()].join('\n');
  expect(lines.length).toBeGreaterThan(10);
  expect(answers.filter((answer) => answer.includes('urn:hospital-consult:problem')).length).toBeGreaterThan(
    8,
  );
  for (const word of words) expect(everything).not.toContain(word);
});
