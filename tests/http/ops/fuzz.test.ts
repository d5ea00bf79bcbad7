import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { problemSchema } from '#shared/lib/problem.ts';
import { productModules } from '#server/compose.ts';
import { productModule } from '#server/compose/product-module.ts';
import { databaseNames } from '#server/store/port.ts';
import { doctorEmail, startSmallHospital } from '#tests/http/people.ts';
import { testOrigin, type TestServer, type TestSession } from '#tests/server.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Parts of the product too: whatever routes there are. */
let server: TestServer;
let session: TestSession;
let routes: { method: string; path: string }[];

beforeAll(async () => {
  // What the server does by the clock would count as stored by a request.
  const still = productModule({ scheduler: { every: () => () => undefined } });
  server = await startSmallHospital({ modules: [still, ...productModules.slice(1)] });
  session = await server.signIn(doctorEmail);
  routes = server.app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'));
});
afterAll(() => server.close());

const marker = 'Zmarker7731Z';
const harmful = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  '\ud800',
  '\u0000',
  '../..',
  '%00',
  '<script>',
  "' or 1=1",
  '\u202e',
  'NaN',
  '1e999',
);
const text = fc.oneof(harmful, fc.string({ unit: 'binary', maxLength: 40 })).map((part) => marker + part);
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(
    fc.oneof(
      text,
      fc.constantFrom(
        'email',
        'password',
        'device',
        'token',
        'person',
        'items',
        'collection',
        'checkpoint',
        'limit',
      ),
    ),
    fc.oneof(text, fc.integer(), fc.constant(null), fc.array(text)),
    { maxKeys: 6 },
  ),
);
const body = fc.oneof(
  { weight: 3, arbitrary: json.map((value): BodyInit => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes): BodyInit => new Uint8Array(bytes)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 100 }).map((value): BodyInit => `${marker}${value}`) },
  { weight: 1, arbitrary: fc.constant<BodyInit>('['.repeat(5000)) },
);
const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data',
  '',
);
const pathStep = fc.oneof(fc.uuid({ version: 4 }), text.map(encodeURIComponentSafely));

function encodeURIComponentSafely(value: string): string {
  return value.replace(
    /[^\w.~-]/gsu,
    (sign) =>
      `%${Buffer.from(sign)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1%')}`,
  );
}

async function countOf(names: readonly (typeof databaseNames)[number][]): Promise<number[]> {
  return Promise.all(names.map((name) => server.store.database(name).count()));
}
/** What was denied is recorded, so the audit may grow, and the gateway notes how far it has come in the feeds. */
const untouched = databaseNames.filter((name) => name !== 'audit' && name !== 'meta');

interface Sent {
  path: string;
  method: string;
  body: BodyInit;
  contentType: string;
  signedIn: boolean;
}

async function send({ path, method, body: bytes, contentType: type, signedIn }: Sent): Promise<Response> {
  const init: RequestInit = {
    method,
    headers: { origin: testOrigin, 'hc-slot': '0', ...(type === '' ? {} : { 'content-type': type }) },
  };
  if (method !== 'GET' && method !== 'HEAD') init.body = bytes;
  const abort = new AbortController();
  init.signal = abort.signal;
  try {
    return signedIn ? await session.request(path, init) : await server.app.request(path, init);
  } finally {
    abort.abort();
  }
}

async function expectNoHarm(response: Response, sent: Sent): Promise<void> {
  const where = `${sent.method} ${sent.path}`;
  expect(response.status, where).toBeLessThan(500);
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
    await response.body?.cancel();
    return;
  }
  const answer = await response.text();
  expect(answer, where).not.toContain(marker);
  for (const [, value] of response.headers) expect(value, where).not.toContain(marker);
  if (response.status >= 400 && sent.method !== 'HEAD') {
    expect(response.headers.get('content-type'), where).toBe('application/problem+json');
    expect(problemSchema.parse(JSON.parse(answer)).status).toBe(response.status);
  }
}

describe('bad input', () => {
  it('any bytes to any route: no 500, nothing stored, nothing echoed', async () => {
    const before = await countOf(untouched);
    // Signing out, making one's calendar link and asking for what opens one's records are good requests, whatever their bodies say: they
    // have tests of their own.
    const targets = routes.filter(
      ({ method, path }) =>
        !(method === 'DELETE' && path.startsWith('/api/session')) &&
        !(method === 'POST' && ['/api/rota/calendar-link', '/api/recovery'].includes(path)) &&
        !path.endsWith('/stream'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...targets),
        pathStep,
        body,
        contentType,
        fc.boolean(),
        async (route, step, bytes, type, signedIn) => {
          const sent = {
            method: route.method,
            path: route.path.replace(/:\w+/g, step).replace('*', step),
            body: bytes,
            contentType: type,
            signedIn,
          };
          await expectNoHarm(await send(sent), sent);
        },
      ),
      { numRuns: 800 },
    );
    expect(await countOf(untouched)).toEqual(before);
  });

  it('any path and method: no 500, nothing echoed', async () => {
    const method = fc.constantFrom(
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'PROPFIND',
      'FOO',
    );
    const path = fc.array(
      fc.oneof(pathStep, fc.constantFrom('api', 'sync', 'session', '..', '.', '', '%2e%2e', '%2f')),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(method, path, body, contentType, async (verb, steps, bytes, type) => {
        const sent = {
          method: verb,
          path: `/api/${steps.join('/')}`,
          body: bytes,
          contentType: type,
          signedIn: false,
        };
        await expectNoHarm(await send(sent), sent);
      }),
      { numRuns: 300 },
    );
  });

  it('any cookie and slot: nobody gets in', async () => {
    const ascii = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_=.;, %"'.split('')), maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(ascii, ascii, async (cookie, slot) => {
        const headers = { cookie: `hc-session-0=${cookie}`, 'hc-slot': slot.trim() || '0' };
        const response = await server.app.request('/api/session', { headers });
        expect(response.status).toBe(401);
      }),
      { numRuns: 300 },
    );
  });

  it('every route that is not public refuses strangers', async () => {
    const publicPaths = [
      '/api/session',
      '/api/session/link',
      '/api/session/demo',
      '/api/session/methods',
      '/api/rota/calendar/:file',
      '/api/parcels',
      '/api/parcels/key',
      '/api/device-standing',
      '/api/health/live',
      '/api/health/ready',
      '/api/openapi.json',
    ];
    const open = (path: string): boolean =>
      publicPaths.includes(path) ||
      path.startsWith('/api/session/openid') ||
      path.startsWith('/api/alert-tokens') ||
      path.startsWith('/api/demo');
    for (const { method, path } of routes.filter((route) => !open(route.path))) {
      const sent: Sent = {
        method,
        path: path.replace(/:\w+/g, 'x'),
        body: '{}',
        contentType: 'application/json',
        signedIn: false,
      };
      const response = await send(sent);
      expect([path, response.status]).toEqual([path, 401]);
    }
  });
});
