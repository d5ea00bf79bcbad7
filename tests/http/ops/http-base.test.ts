import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { z } from 'zod';
import { problemSchema } from '#shared/lib/problem.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe as describeRoute } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { loadStaticFiles } from '#server/http/static-files.ts';
import { StoreUnavailable } from '#server/store/port.ts';
import { doctorEmail, startSmallHospital } from '#tests/http/people.ts';
import { testOrigin, type TestServer } from '#tests/server.ts';

const echoSchema = z.strictObject({
  text: z.string().max(10),
  inner: z.record(z.string(), z.int()).optional(),
});
const secretText = 'ECHO-mrs-smith-4711';

/** Stands in for any part of the product. */
function probe(): Feature {
  const routes = new Hono<AppEnv>();
  routes.post(
    '/body',
    describeRoute({ summary: 'Probe', tag: 'probe', session: false, body: echoSchema }),
    async (c) => {
      const body = await parseJsonBody(c, echoSchema);
      return body.ok ? c.body(null, 204) : body.error;
    },
  );
  routes.get('/broken', () => {
    throw new Error(`a bug with ${secretText}`);
  });
  routes.get('/away', () => {
    throw new StoreUnavailable(`no store for ${secretText}`);
  });
  return { path: '/api/probe', access: 'public', routes, maxBodyBytes: 1000 };
}

let server: TestServer;
let folder: string;
const inlineScript = '\n  start("app");\n';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hc-static-'));
  mkdirSync(join(folder, '_app/immutable'), { recursive: true });
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><script src="/x.js"></script><script>${inlineScript}</script>`,
  );
  writeFileSync(join(folder, 'index.html.br'), 'brotli page');
  writeFileSync(join(folder, 'service-worker.js'), 'worker');
  writeFileSync(join(folder, '_app/immutable/a.js'), 'immutable');
  server = await startSmallHospital({
    modules: [() => ({ features: [probe()] })],
    staticFiles: loadStaticFiles(folder),
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => server.app.request(path, { headers });
const post = (
  body: BodyInit | null,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) => server.app.request('/api/probe/body', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
const codeOf = async (response: Response) => problemSchema.parse(await response.json()).code;

describe('refusals', () => {
  it('are problem documents with an id, kept by no cache', async () => {
    const response = await get('/api/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const problem = problemSchema.parse(await response.json());
    expect(problem).toMatchObject({ code: 'not-found', status: 404 });
    expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  });

  it('name what is allowed where the method is wrong, before anything else is asked', async () => {
    for (const [path, method, allow] of [
      ['/api/session', 'PUT', 'GET, HEAD, POST, DELETE'],
      ['/api/session/', 'PATCH', 'GET, HEAD, POST, DELETE'],
      ['/api/probe/body', 'GET', 'POST'],
      ['/api/session/everywhere', 'OPTIONS', 'DELETE'],
      ['/', 'POST', 'GET, HEAD'],
    ] as const) {
      const response = await server.app.request(path, { method });
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, allow]);
      expect(await codeOf(response)).toBe('method-not-allowed');
    }
  });

  it('hide what went wrong inside', async () => {
    for (const [path, status, code] of [
      ['/api/probe/broken', 500, 'internal'],
      ['/api/probe/away', 503, 'unavailable'],
    ] as const) {
      const response = await get(path);
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(problemSchema.parse(JSON.parse(text)).code).toBe(code);
      expect(text).not.toContain(secretText);
    }
    expect((await get('/api/probe/away')).headers.get('retry-after')).toBe('5');
  });

  it.each([
    '/api',
    '/api/',
    '/api//session',
    '/api/session//',
    '/api/../api/nothing',
    '/api/%00',
    '/api/%ff%fe',
  ])('%s is nothing', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('bodies', () => {
  it('must be JSON by name, in UTF-8, and whole', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'multipart/form-data; boundary=x',
    ]) {
      expect(await codeOf(await post('{"text":"a"}', { 'content-type': type }))).toBe(
        'unsupported-media-type',
      );
    }
    const gzip = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(await codeOf(await post('{"text":"a"}', gzip))).toBe('unsupported-media-type');
    for (const body of ['', '{', '{"text":"a"}x', 'null', '[]', new Uint8Array([0x7b, 0x22, 0xff, 0xfe])]) {
      expect(await codeOf(await post(body))).toBe('malformed');
    }
    expect((await post('{"text":"a"}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      204,
    );
  });

  it('are cut at the limit, declared or chunked', async () => {
    const long = `{"text":"${'a'.repeat(2000)}"}`;
    expect(await codeOf(await post(long))).toBe('too-large');
    let taken = 0;
    const endless = new ReadableStream({
      pull(controller) {
        taken++;
        controller.enqueue(new TextEncoder().encode('a'.repeat(100)));
      },
    });
    expect(await codeOf(await post(endless))).toBe('too-large');
    expect(taken).toBeLessThan(20);
  });

  it.each([
    '{"text":"a","__proto__":{"admin":true}}',
    '{"text":"a","inner":{"constructor":1}}',
    '{"text":"a","inner":{"prototype":1}}',
    '['.repeat(1000),
    `${'['.repeat(60)}${']'.repeat(60)}`,
  ])('with keys or depths that mean harm are refused: %#', async (body) => {
    expect((await post(body)).status).toBeGreaterThanOrEqual(400);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('are never echoed, neither values nor made-up keys', async () => {
    for (const body of [
      { text: secretText.repeat(3) },
      { [secretText]: 1, text: 'a' },
      { text: 'a', inner: { [secretText]: secretText } },
      secretText,
    ]) {
      const response = await post(JSON.stringify(body));
      const text = await response.text();
      expect(response.status).toBe(400);
      expect(text).not.toContain('ECHO');
      expect(text).not.toContain('4711');
    }
    const problem = problemSchema.parse(await (await post('{"text":5}')).json());
    expect(problem.fields).toEqual([{ path: 'text', message: 'has the wrong type or is missing' }]);
  });
});

describe('changes asked for by other sites', () => {
  it.each([
    [{ origin: 'https://evil.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: `${testOrigin}.evil.test` }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'none' }, 403],
    [{ origin: testOrigin }, 204],
    [{ origin: testOrigin, 'sec-fetch-site': 'same-origin' }, 204],
    [{ 'sec-fetch-site': 'same-origin' }, 204],
    [{}, 204],
  ])('OPS-8 %j → %i', async (headers, status) => {
    const response = await post('{"text":"a"}', {
      'content-type': 'application/json',
      ...(headers as Record<string, string>),
    });
    expect(response.status).toBe(status);
  });
});

describe('security headers', () => {
  it('OPS-8 allow our own scripts and the one inline start script, and nothing inline besides', async () => {
    const hash = createHash('sha256').update(inlineScript).digest('base64');
    for (const path of ['/', '/api/health/live', '/nothing.js', '/api/nothing']) {
      const response = await get(path);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain(`script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}';`);
      expect(policy).not.toMatch(/'unsafe-(inline|eval)'/);
      // One fixed text of the framework's announcer, by its hash; no other style attribute.
      expect(policy.match(/'unsafe-hashes'/g)).toHaveLength(1);
      expect(policy).toMatch(/style-src-attr 'unsafe-hashes' 'sha256-[^']+';/);
      for (const part of [
        "default-src 'none'",
        "connect-src 'self'",
        "worker-src 'self'",
        "img-src 'self' data: blob:",
        "frame-src 'none'",
        "frame-ancestors 'none'",
      ]) {
        expect(policy).toContain(part);
      }
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('strict-transport-security')).toContain('max-age=31536000');
    }
  });

  it('promise https only where there is some', async () => {
    const plain = await startSmallHospital({ publicOrigin: 'http://localhost:8080' });
    const response = await plain.app.request('/api/health/live');
    expect(response.headers.get('strict-transport-security')).toBeNull();
    await plain.close();
  });
});

describe('the app', () => {
  it('is one page for every screen, asked for anew each time', async () => {
    for (const path of ['/', '/consult/1', '/welcome/administrator']) {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it('keeps what is named by its content for ever, and the service worker never', async () => {
    expect((await get('/_app/immutable/a.js')).headers.get('cache-control')).toContain('immutable');
    expect((await get('/service-worker.js')).headers.get('cache-control')).toBe('no-cache');
  });

  it('answers a missing file with 404 and not with the page', async () => {
    for (const path of [
      '/_app/immutable/gone.js',
      '/favicon.ico',
      '/../../etc/passwd.txt',
      '/..%2f..%2fpackage.json',
    ]) {
      expect((await get(path)).status).toBe(404);
    }
  });

  it('sends what was compressed before to whoever takes it', async () => {
    const response = await get('/', { 'accept-encoding': 'gzip, br' });
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(await response.text()).toBe('brotli page');
    expect((await get('/', { 'accept-encoding': 'br;q=0' })).headers.get('content-encoding')).toBeNull();
  });

  it('says 304 to whoever has it already', async () => {
    const etag = (await get('/service-worker.js')).headers.get('etag');
    const again = await get('/service-worker.js', { 'if-none-match': `W/"x", ${etag}` });
    expect(again.status).toBe(304);
  });
});

describe('rate limits', () => {
  it('FM-30 OPS-8 stop one session and not its neighbours behind the same address', async () => {
    const limited = await startSmallHospital({ rateLimits: { session: { burst: 3, perSecond: 1 } } });
    const [busy, calm] = [await limited.signIn(doctorEmail), await limited.signIn(doctorEmail)];
    for (let request = 0; request < 3; request++) expect((await busy.get('/api/session')).status).toBe(200);
    const stopped = await busy.get('/api/session');
    expect([stopped.status, stopped.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await calm.get('/api/session')).status).toBe(200);
    limited.clock.advance(1000);
    expect((await busy.get('/api/session')).status).toBe(200);
    await limited.close();
  });

  it('slow signing in by address', async () => {
    const limited = await startSmallHospital({ rateLimits: { signIn: { burst: 2, perSecond: 1 } } });
    await limited.signIn(doctorEmail);
    await limited.signIn(doctorEmail);
    await expect(limited.signIn(doctorEmail)).rejects.toThrow('429');
    await limited.close();
  });
});
