import { afterEach, describe, expect, it } from 'vitest';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { z } from 'zod';
import { startTestServer, type TestServer } from '#tests/server.ts';

let server: TestServer;
afterEach(() => server.close());

describe('health', () => {
  it('OPS-3 is live and ready, and names what it looked at', async () => {
    server = await startTestServer({
      modules: [() => ({ checks: [{ name: 'feed', isReady: () => true }] })],
    });
    expect(await (await server.app.request('/api/health/live')).json()).toEqual({ live: true });
    const ready = await server.app.request('/api/health/ready');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      ready: true,
      checks: { store: 'ready', directory: 'ready', feed: 'ready' },
    });
  });

  it('OPS-3 is not ready when a part says no or fails, and does not say why to strangers', async () => {
    server = await startTestServer({
      modules: [
        () => ({
          checks: [
            { name: 'escalation', isReady: () => false },
            { name: 'alerts', isReady: () => Promise.reject(new Error('queue of ward 4')) },
          ],
        }),
      ],
    });
    const response = await server.app.request('/api/health/ready');
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(JSON.parse(text)).toEqual({
      ready: false,
      checks: { store: 'ready', directory: 'ready', escalation: 'not-ready', alerts: 'not-ready' },
    });
    expect(text).not.toContain('ward 4');
  });

  it('OPS-3 is not ready while it is shut down, and streams are told', async () => {
    server = await startTestServer({ modules: [] });
    let told = false;
    server.parts.closing.addEventListener('abort', () => (told = true));
    server.beginClosing();
    expect((await server.app.request('/api/health/ready')).status).toBe(503);
    expect((await server.app.request('/api/health/live')).status).toBe(200);
    expect(told).toBe(true);
  });
});

describe('the demo’s sign-ins', () => {
  it('are offered in the demo and nowhere else', async () => {
    server = await startTestServer({ modules: [] });
    expect((await server.app.request('/api/session/demo')).status).toBe(404);
    const people = [{ email: 'a@demo.test', password: 'demo-hospital', name: 'A', description: 'doctor' }];
    const demo = await startTestServer({ modules: [], demoSignIns: { people } });
    expect(await (await demo.app.request('/api/session/demo')).json()).toEqual({ people });
    await demo.close();
  });
});

describe('OpenAPI', () => {
  it('OPS-6 describes every route of the server in version 3.1', async () => {
    server = await startTestServer();
    const response = await server.app.request('/api/openapi.json');
    expect(response.status).toBe(200);
    const document = z
      .object({
        openapi: z.string(),
        paths: z.record(
          z.string(),
          z.record(z.string(), z.looseObject({ summary: z.string(), responses: z.looseObject({}) })),
        ),
      })
      .parse(await response.json());
    expect(document.openapi).toMatch(/^3\.1/);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = server.app.routes
      .filter(
        ({ method, path }) => method !== 'ALL' && path.startsWith('/api/') && path !== '/api/openapi.json',
      )
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(new Set(described)).toEqual(new Set(routes));
    expect(described.length).toBeGreaterThan(10);
  });
});

describe('metrics', () => {
  it('OPS-3 are for this machine alone, and only when switched on', async () => {
    server = await startTestServer({ modules: [], showsMetrics: true });
    expect((await server.app.request('/metrics')).status).toBe(404);
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });
    const local = await server.app.request('/metrics', {}, { incoming: new IncomingMessage(socket) });
    expect(local.status).toBe(200);
    expect(await local.text()).toContain('hc_requests_total{method="GET",route="/metrics",status="404"} 1');
  });
});
