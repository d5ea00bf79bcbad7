import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/lib/problem.ts';
import { consultId, people, requestContent } from '#tests/builders.ts';
import { strangersCookie, testOrigin } from '#tests/server.ts';
import { startGateway, type Gateway, type TestTablet } from './gateway.ts';

let gateway: Gateway;
let tablet: TestTablet;
const one = consultId('one');
const now = '2026-03-02T08:00:00.000Z';

beforeAll(async () => {
  gateway = await startGateway();
  tablet = await gateway.tablet(people.requester);
  await tablet.begin(one);
  await tablet.pull('consults');
});
afterAll(() => gateway.close());

const checkpoint = () => tablet.checkpoints.get('consults');
const good: Readonly<Record<string, () => unknown>> = {
  push: () => ({ sentAt: now, unsentAfter: 0, items: [{ event: {}, clockJumped: false }] }),
  pull: () => ({ collection: 'consults', checkpoint: null, limit: 10 }),
  state: () => ({ collection: 'consults', checkpoint: checkpoint(), count: 1, digest: 'x' }),
  compare: () => ({ collection: 'consults', held: [] }),
  documents: () => ({ collection: 'consults', ids: [one] }),
  offer: () => ({ collection: 'consults', documents: [{ id: one, events: [] }] }),
  receipts: () => ({ ids: [consultId('event')] }),
};
const posts = Object.keys(good);
const gets = ['stream', 'quarantine', 'refused'];

function send(
  path: string,
  body: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return Promise.resolve(
    gateway.server.app.request(`/api/sync/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', 'hc-slot': '0', origin: testOrigin, ...headers },
      ...(body === undefined ? {} : { body }),
    }),
  );
}
const mine = (): Record<string, string> => ({ cookie: tablet.session.cookie() });
const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return problemSchema.parse(await response.json());
};

describe.each(posts)('POST /api/sync/%s', (path) => {
  it('answers a good request, with the server time', async () => {
    const response = await tablet.post(path, good[path]!());
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ asOf: gateway.server.clock.now() });
  });

  it.each([
    ['no cookie', {}],
    ["a stranger's cookie", { cookie: strangersCookie(0) }],
    ['another slot', { 'hc-slot': '3' }],
  ])('refuses with 401: %s', async (_why, headers) => {
    const response = await send(path, JSON.stringify(good[path]!()), headers);
    expect(response.status).toBe(401);
    await problemOf(response);
  });

  it.each([
    ['nothing', '', 400],
    ['broken JSON', '{"collection":', 400],
    ['another shape', '{"collection":"secrets"}', 400],
    ['an array', '[]', 400],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), 400],
    ['deep nesting', '['.repeat(5000) + ']'.repeat(5000), 400],
    ['prototype keys', '{"__proto__":{"a":1}}', 400],
  ])('refuses %s with a problem that echoes nothing', async (_why, body, status) => {
    const response = await send(path, body, mine());
    expect(response.status).toBe(status);
    expect(JSON.stringify(await problemOf(response))).not.toContain('secrets');
  });

  it('refuses another media type, another site and another method', async () => {
    const body = JSON.stringify(good[path]!());
    expect((await send(path, body, { ...mine(), 'content-type': 'text/plain' })).status).toBe(415);
    expect((await send(path, body, { ...mine(), origin: 'https://elsewhere.test' })).status).toBe(403);
    expect((await send(path, undefined, mine())).status).toBe(405);
  });
});

describe.each(gets)('GET /api/sync/%s', (path) => {
  it('answers the signed-in alone', async () => {
    const response = await tablet.session.get(`/api/sync/${path}`);
    expect(response.status).toBe(200);
    await response.body?.cancel();
    for (const headers of [{}, { cookie: strangersCookie(0) }]) {
      expect((await send(path, undefined, headers)).status).toBe(401);
    }
  });
});

describe('across departments', () => {
  it('shows a third department nothing of a consult on any endpoint', async () => {
    const radiologist = await gateway.tablet(people.radiologist);
    const bodies = ['pull', 'documents', 'compare', 'state'].map(async (path) => {
      const body = path === 'state' ? { ...(good['state']!() as object) } : good[path]!();
      return (await radiologist.post(path, body)).text();
    });
    for (const text of await Promise.all(bodies)) {
      expect(text).not.toContain('coronary');
      expect(text).not.toContain('"version"');
    }
    for (const path of ['quarantine', 'refused']) {
      expect(await (await radiologist.session.get(`/api/sync/${path}`)).json()).toMatchObject({ events: [] });
    }
  });

  it('lets an auditor read nothing through sync, and a manager of the hospital all', async () => {
    const auditor = await gateway.tablet(people.auditor);
    await auditor.pull('consults');
    expect(auditor.ids('consults')).toEqual([]);
    const manager = await gateway.tablet(people.manager);
    await manager.pull('consults');
    expect(manager.ids('consults')).toEqual([one]);
  });

  it('lets nobody write into a consult of others', async () => {
    const surgeon = await gateway.tablet(people.surgeon);
    const content = requestContent({ requestingDepartment: people.requester.memberships[0]!.department });
    const outcomes = await surgeon.push([
      surgeon.write('note-added', undefined, { document: one, lamport: 9, base: 3 }),
      surgeon.write('acknowledged', undefined, { document: one, lamport: 9, base: 3 }),
      surgeon.write('submitted', { content, linked: [] }, { document: consultId('forged') }),
    ]);
    expect(outcomes.map((each) => each.outcome)).toEqual(['refused', 'refused', 'refused']);
  });
});

describe('description', () => {
  it('stands in the OpenAPI document with bodies and answers', async () => {
    const answer = await gateway.server.app.request('/api/openapi.json');
    const { paths } = (await answer.json()) as {
      paths: Record<string, Record<string, { requestBody?: unknown }>>;
    };
    for (const path of posts) expect(paths[`/api/sync/${path}`]?.['post']?.requestBody).toBeDefined();
    for (const path of gets) expect(paths[`/api/sync/${path}`]?.['get']).toBeDefined();
  });
});
