import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/lib/problem.ts';
import { sessionSchema } from '#shared/session/protocol.ts';
import { nowHeader, protocolHeader, serverHeader } from '#shared/sync/protocol.ts';
import { chief, doctor, doctorEmail, goneEmail, startSmallHospital } from '#tests/http/people.ts';
import {
  cookiesOf,
  startTestServer,
  strangersCookie,
  testDevice,
  testOrigin,
  testPassword,
  type TestServer,
} from '#tests/server.ts';

const hourMs = 3_600_000;
let server: TestServer;
beforeEach(async () => {
  server = await startSmallHospital();
});
afterEach(() => server.close());

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return server.app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'hc-slot': '0', origin: testOrigin, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
const signIn = (
  email: string,
  password: string,
  device = testDevice(),
  headers: Record<string, string> = {},
) => post('/api/session', { email, password, device }, headers);
const codeOf = async (response: Response) => problemSchema.parse(await response.json()).code;

describe('signing in', () => {
  it('PEO-4 opens a session for the right password and says who, until when, and in which store', async () => {
    const device = testDevice();
    const response = await signIn(` ${doctorEmail.toUpperCase()} `, testPassword, device);
    expect(response.status).toBe(200);
    const session = sessionSchema.parse(await response.json());
    expect(session).toMatchObject({
      person: doctor.id,
      device: device.id,
      deviceKind: 'ward',
      mustChangePassword: false,
      demo: false,
    });
    expect(session.storeEpoch).toBe(server.parts.epoch.current());
    expect(session.idleEndsAt < session.endsAt).toBe(true);
  });

  it('gives a cookie that scripts cannot read and other sites cannot use', async () => {
    const response = await signIn(doctorEmail, testPassword);
    const cookie = response.headers.getSetCookie().join();
    expect(cookie).toMatch(/^hc-session-0=[\w-]{86};/);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Secure', 'Path=/api']) expect(cookie).toContain(part);
  });

  it('marks every answer as this server’s, with its clock and protocol', async () => {
    for (const path of ['/api/session', '/api/nothing', '/somewhere.js']) {
      const response = await server.app.request(path);
      expect(response.headers.get(serverHeader)).toBe('hospital-consult');
      expect(response.headers.get(nowHeader)).toBe(server.clock.now());
      expect(response.headers.get(protocolHeader)).toMatch(/^1;/);
    }
  });

  it('answers alike for a wrong password, an unknown address and someone who has left', async () => {
    const answers = [];
    for (const [email, password] of [
      [doctorEmail, 'not the password'],
      ['nobody@hospital.test', testPassword],
      [goneEmail, testPassword],
    ] as const) {
      const response = await signIn(email, password);
      const { requestId: _requestId, ...rest } = problemSchema.parse(await response.json());
      answers.push({ status: response.status, rest, cookies: cookiesOf(response) });
    }
    expect(answers[0]).toMatchObject({ status: 401, rest: { code: 'wrong-credentials' }, cookies: [] });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('wants a slot', async () => {
    for (const slot of ['', '8', '-1', 'x', '1.0']) {
      const response = await signIn(doctorEmail, testPassword, testDevice(), { 'hc-slot': slot });
      expect(await codeOf(response)).toBe('malformed');
    }
  });
});

describe('slowed guessing', () => {
  it('PEO-4 slows guesses from one address and lets the right password in after the wait', async () => {
    for (let guess = 0; guess < 5; guess++)
      expect((await signIn(doctorEmail, `wrong ${guess}`)).status).toBe(401);
    const slowed = await signIn(doctorEmail, testPassword);
    expect(slowed.status).toBe(429);
    expect(await codeOf(slowed)).toBe('slowed-down');
    expect(slowed.headers.get('retry-after')).toBe('1');
    server.clock.advance(1000);
    expect((await signIn(doctorEmail, testPassword)).status).toBe(200);
  });

  it('never makes anyone wait longer than a minute', async () => {
    for (let guess = 0; guess < 40; guess++) {
      await signIn(doctorEmail, 'wrong');
      server.clock.advance(60_000);
    }
    await signIn(doctorEmail, 'wrong');
    const slowed = await signIn(doctorEmail, testPassword);
    expect(Number(slowed.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    server.clock.advance(60_000);
    expect((await signIn(doctorEmail, testPassword)).status).toBe(200);
  });

  it('PEO-4 does not lock a doctor out of a tablet they know while a stranger guesses', async () => {
    const known = testDevice();
    await signIn(doctorEmail, testPassword, known);
    for (let guess = 0; guess < 40; guess++) await signIn(doctorEmail, 'wrong');
    expect((await signIn(doctorEmail, testPassword)).status).toBe(429);
    expect((await signIn(doctorEmail, testPassword, known)).status).toBe(200);
  });

  it('slows guesses at an address nobody has just the same', async () => {
    for (let guess = 0; guess < 5; guess++) await signIn('nobody@hospital.test', 'wrong');
    expect((await signIn('nobody@hospital.test', 'wrong')).status).toBe(429);
  });

  it('looks at many guesses sent at once as many guesses', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, guess) => signIn(doctorEmail, `wrong ${guess}`)),
    );
    expect(answers.filter((answer) => answer.status === 401).length).toBeLessThanOrEqual(6);
  });
});

describe('sessions', () => {
  it('keeps people in their slots apart on one tablet', async () => {
    const device = testDevice();
    const first = await server.signIn(doctorEmail, { device, slot: 0 });
    const second = await server.signIn('chief@hospital.test', { device, slot: 1 });
    const both = `${first.cookie()}; ${second.cookie()}`;
    const who = async (slot: string) => {
      const response = await server.app.request('/api/session', {
        headers: { cookie: both, 'hc-slot': slot },
      });
      return sessionSchema.parse(await response.json()).person;
    };
    expect(await who('0')).toBe(doctor.id);
    expect(await who('1')).toBe(chief.id);
  });

  it('refuses without a slot, without a cookie, and with a stranger’s', async () => {
    const session = await server.signIn(doctorEmail);
    const ask = (headers: Record<string, string>) => server.app.request('/api/session', { headers });
    expect(await codeOf(await ask({ cookie: session.cookie() }))).toBe('not-signed-in');
    expect(await codeOf(await ask({ 'hc-slot': '0' }))).toBe('not-signed-in');
    expect(await codeOf(await ask({ 'hc-slot': '0', cookie: strangersCookie(0) }))).toBe('session-ended');
    expect(await codeOf(await ask({ 'hc-slot': '0', cookie: 'hc-session-0=x' }))).toBe('session-ended');
    expect(await codeOf(await ask({ 'hc-slot': '1', cookie: session.cookie() }))).toBe('not-signed-in');
  });

  it('ends an idle session, and an active one at its absolute limit', async () => {
    const idle = await server.signIn(doctorEmail);
    server.clock.advance(16 * hourMs);
    expect((await idle.get('/api/session')).status).toBe(401);
    const active = await server.signIn(doctorEmail);
    for (let hours = 0; hours < 7 * 24 - 12; hours += 12) {
      server.clock.advance(12 * hourMs);
      expect((await active.get('/api/session')).status).toBe(200);
    }
    server.clock.advance(12 * hourMs);
    expect((await active.get('/api/session')).status).toBe(401);
  });

  it('PEO-4 rotates, and the old value holds until the new one is first used', async () => {
    const session = await server.signIn(doctorEmail);
    const old = session.cookie();
    const withCookie = (cookie: string) =>
      server.app.request('/api/session', { headers: { cookie, 'hc-slot': '0' } });
    server.clock.advance(2 * hourMs);
    const renewed = cookiesOf(await withCookie(old))[0];
    expect(renewed).toBeDefined();
    expect(renewed).not.toBe(old);
    // The answer was lost: the old value goes on, and is offered the same new one.
    const again = await withCookie(old);
    expect(again.status).toBe(200);
    expect(cookiesOf(again)[0]).toBe(renewed);
    expect((await withCookie(renewed!)).status).toBe(200);
    expect((await withCookie(old)).status).toBe(401);
    expect((await withCookie(renewed!)).status).toBe(200);
  });

  it('gives requests that run at the same time the same new value', async () => {
    const session = await server.signIn(doctorEmail);
    server.clock.advance(2 * hourMs);
    const old = session.cookie();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () =>
        server.app.request('/api/session', { headers: { cookie: old, 'hc-slot': '0' } }),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(new Set(answers.map((answer) => cookiesOf(answer)[0])).size).toBe(1);
  });

  it('a second sign-in on the same device ends the first', async () => {
    const device = testDevice();
    const first = await server.signIn(doctorEmail, { device });
    await server.signIn(doctorEmail, { device });
    expect((await first.get('/api/session')).status).toBe(401);
  });

  it('signs out here, and everywhere', async () => {
    const here = await server.signIn(doctorEmail);
    const there = await server.signIn(doctorEmail);
    const third = await server.signIn(doctorEmail);
    expect((await here.delete('/api/session')).status).toBe(204);
    expect((await here.get('/api/session')).status).toBe(401);
    expect((await there.get('/api/session')).status).toBe(200);
    expect((await there.delete('/api/session/everywhere')).status).toBe(204);
    for (const session of [there, third]) expect((await session.get('/api/session')).status).toBe(401);
  });

  it('tells whoever watches a session that it ended, by sign-out, sign-out elsewhere and leaving the hospital', async () => {
    const watch = async () => {
      const session = await server.signIn(doctorEmail);
      const ended = new Promise<void>((resolve) => {
        server.parts.sessions.onEnded(`session:${session.person}:${session.device}`, resolve);
      });
      return { session, ended };
    };
    const first = await watch();
    await first.session.delete('/api/session');
    await first.ended;
    const second = await watch();
    await server.parts.accounts.endSessions(doctor.id);
    await second.ended;
    const third = await watch();
    await server.putDirectory([{ ...doctor, active: false }]);
    await third.ended;
    expect((await third.session.get('/api/session')).status).toBe(401);
  });

  it('two gateways on one store know the same sessions, and rotate them to the same value', async () => {
    const session = await server.signIn(doctorEmail);
    const other = await startTestServer({
      store: server.store,
      keys: server.keys,
      clock: server.clock,
      modules: [],
    });
    server.clock.advance(2 * hourMs);
    const [here, there] = await Promise.all(
      [server, other].map(async ({ app }) =>
        app.request('/api/session', { headers: { cookie: session.cookie(), 'hc-slot': '0' } }),
      ),
    );
    expect([here?.status, there?.status]).toEqual([200, 200]);
    expect(cookiesOf(here!)).toEqual(cookiesOf(there!));
    await server.parts.accounts.endSessions(doctor.id);
    const later = await other.app.request('/api/session', {
      headers: { cookie: session.cookie(), 'hc-slot': '0' },
    });
    expect(later.status).toBe(401);
    await other.close();
  });

  it('stores no token', async () => {
    const session = await server.signIn(doctorEmail);
    const value = session.cookie().split('=')[1]!;
    const secret = Buffer.from(value, 'base64url').subarray(32);
    const rows = await server.store
      .database('accounts')
      .scan({ startKey: '', limit: 100, includeDocs: true });
    const stored = JSON.stringify(rows);
    for (const form of [value, secret.toString('base64url'), secret.toString('hex')])
      expect(stored).not.toContain(form);
  });
});
