import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/lib/problem.ts';
import { sessionSchema } from '#shared/session/protocol.ts';
import {
  chief,
  chiefEmail,
  doctor,
  doctorEmail,
  newcomer,
  staffManagerEmail,
  startSmallHospital,
} from '#tests/http/people.ts';
import { productModules } from '#server/compose.ts';
import { uuidOf } from '#tests/builders.ts';
import { startTestServer, testOrigin, testPassword, type TestServer } from '#tests/server.ts';

const onScreen = { by: 'screen' };
const newPassword = 'the kettle sings at dawn';
const codeOf = async (response: Response) => problemSchema.parse(await response.json()).code;
const hourMs = 3_600_000;

let server: TestServer;
beforeEach(async () => {
  server = await startSmallHospital({ modules: productModules });
});
afterEach(() => server.close());

const redeem = async (to: TestServer, body: unknown): Promise<Response> =>
  to.app.request('/api/session/link', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: testOrigin },
    body: JSON.stringify(body),
  });

describe('changing the password', () => {
  it('PEO-4 signs every other device out and goes on here', async () => {
    const [here, there] = [await server.signIn(doctorEmail), await server.signIn(doctorEmail)];
    expect(
      (await here.post('/api/session/password', { current: testPassword, next: newPassword })).status,
    ).toBe(200);
    expect((await here.get('/api/session')).status).toBe(200);
    expect((await there.get('/api/session')).status).toBe(401);
    await expect(server.signIn(doctorEmail)).rejects.toThrow('401');
    await server.signIn(doctorEmail, { password: newPassword });
  });

  it('wants the current one, and slows guessing at it', async () => {
    const session = await server.signIn(doctorEmail);
    const change = (current: string) => session.post('/api/session/password', { current, next: newPassword });
    for (let guess = 0; guess < 5; guess++)
      expect(await codeOf(await change('wrong'))).toBe('wrong-credentials');
    expect(await codeOf(await change(testPassword))).toBe('slowed-down');
  });

  it.each(['password123', 'OmarDoctor1', testPassword])('refuses %s as weak', async (next) => {
    const session = await server.signIn(doctorEmail);
    const response = await session.post('/api/session/password', { current: testPassword, next });
    expect(response.status).toBe(422);
    expect(await codeOf(response)).toBe('weak-password');
  });

  it('PEO-4 when a change is asked for nothing else works before it', async () => {
    const [manager, session] = [await server.signIn(staffManagerEmail), await server.signIn(doctorEmail)];
    expect((await manager.post(`/api/staff/${doctor.id}/require-password-change`)).status).toBe(204);
    expect(sessionSchema.parse(await (await session.get('/api/session')).json()).mustChangePassword).toBe(
      true,
    );
    expect(await codeOf(await session.post('/api/staff', {}))).toBe('password-change-needed');
    await session.post('/api/session/password', { current: testPassword, next: newPassword });
    expect(await codeOf(await session.post('/api/staff', {}))).toBe('malformed');
  });
});

describe('links', () => {
  const tokenOf = async (response: Response) =>
    ((await response.json()) as { address: string }).address.split('#')[1]!;

  it('PEO-4 an invitation sets the first password, once', async () => {
    const manager = await server.signIn(staffManagerEmail);
    const email = 'nils@hospital.test';
    await manager.patch(`/api/staff/${newcomer.id}`, { was: { email: null }, becomes: { email } });
    const made = await manager.post(`/api/staff/${newcomer.id}/invitation`, onScreen);
    expect(made.status).toBe(200);
    const token = await tokenOf(made);
    expect(await codeOf(await redeem(server, { token, password: 'password123' }))).toBe('weak-password');
    expect((await redeem(server, { token, password: newPassword })).status).toBe(204);
    expect(await codeOf(await redeem(server, { token, password: 'violet gravel 7 hums' }))).toBe(
      'link-not-valid',
    );
    expect((await server.signIn('nils@hospital.test', { password: newPassword })).person).toBe(newcomer.id);
  });

  it('of several who use a link at once one gets it', async () => {
    const manager = await server.signIn(staffManagerEmail);
    const token = await tokenOf(await manager.post(`/api/staff/${doctor.id}/reset`, onScreen));
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((end) => redeem(server, { token, password: `${newPassword} ${end}` })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 400, 400, 400]);
  });

  it('a reset ends the person’s sessions, and is over after a day', async () => {
    const [manager, session] = [await server.signIn(staffManagerEmail), await server.signIn(doctorEmail)];
    const late = await tokenOf(await manager.post(`/api/staff/${doctor.id}/reset`, onScreen));
    server.clock.advance(24 * hourMs);
    expect(await codeOf(await redeem(server, { token: late, password: newPassword }))).toBe('link-not-valid');
    const again = await server.signIn(staffManagerEmail);
    const token = await tokenOf(await again.post(`/api/staff/${doctor.id}/reset`, onScreen));
    await redeem(server, { token, password: newPassword });
    expect((await session.get('/api/session')).status).toBe(401);
  });

  it('stores no link that could be used by whoever reads the store', async () => {
    const manager = await server.signIn(staffManagerEmail);
    const token = await tokenOf(await manager.post(`/api/staff/${doctor.id}/reset`, onScreen));
    const rows = await server.store
      .database('accounts')
      .scan({ startKey: '', limit: 100, includeDocs: true });
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('PEO-3 is for staff managers, and never for those who may do more than they', async () => {
    const [ordinary, manager] = [await server.signIn(doctorEmail), await server.signIn(staffManagerEmail)];
    for (const [session, person] of [
      [ordinary, chief.id],
      [ordinary, newcomer.id],
      [manager, chief.id],
    ] as const) {
      expect(await codeOf(await session.post(`/api/staff/${person}/reset`, onScreen))).toBe('forbidden');
      expect(await codeOf(await session.post(`/api/staff/${person}/require-password-change`))).toBe(
        'forbidden',
      );
      expect(await codeOf(await session.delete(`/api/staff/${person}/sessions`))).toBe('forbidden');
    }
    expect(
      await codeOf(
        await ordinary.patch(`/api/staff/${newcomer.id}`, {
          was: { email: null },
          becomes: { email: 'nils@hospital.test' },
        }),
      ),
    ).toBe('forbidden');
    expect((await (await server.signIn(chiefEmail)).delete(`/api/staff/${doctor.id}/sessions`)).status).toBe(
      204,
    );
    expect((await ordinary.get('/api/session')).status).toBe(401);
  });

  it('tells a manager of what is not there, and nobody else', async () => {
    const [ordinary, manager] = [await server.signIn(doctorEmail), await server.signIn(staffManagerEmail)];
    for (const path of [`/api/staff/${uuidOf('nobody')}/reset`, '/api/staff/nobody/reset']) {
      expect(await codeOf(await manager.post(path, onScreen))).toBe('not-found');
      expect(await codeOf(await ordinary.post(path, onScreen))).toBe('forbidden');
    }
  });

  it('gives one address to one person', async () => {
    const manager = await server.signIn(staffManagerEmail);
    const response = await manager.patch(`/api/staff/${newcomer.id}`, {
      was: { email: null },
      becomes: { email: doctorEmail },
    });
    expect(await codeOf(response)).toBe('refused');
  });
});

describe('the first administrator', () => {
  it('OPS-1 comes by a one-time link into an empty hospital, and can then do everything', async () => {
    const empty = await startTestServer({ modules: [] });
    const make = () =>
      empty.parts.links.make({ purpose: 'first-administrator', person: null, at: empty.clock.now() });
    const [{ token }, { token: second }] = [await make(), await make()];
    const administrator = {
      name: 'Ada Admin',
      email: 'ada@hospital.test',
      hospital: 'Saint Elsewhere',
      timeZone: 'Asia/Karachi',
    };
    expect(await codeOf(await redeem(empty, { token, password: newPassword }))).toBe('malformed');
    const wrongZone = { ...administrator, timeZone: 'Mars/Olympus' };
    expect(
      await codeOf(await redeem(empty, { token, password: newPassword, administrator: wrongZone })),
    ).toBe('malformed');
    expect((await redeem(empty, { token, password: newPassword, administrator })).status).toBe(204);
    const { organisation, people } = empty.parts.directory.current();
    expect(organisation).toMatchObject({ name: 'Saint Elsewhere', timeZone: 'Asia/Karachi', demo: false });
    expect([...people.values()].map((person) => person.grants.length)).toEqual([7]);
    const session = await empty.signIn('ada@hospital.test', { password: newPassword });
    expect((await session.get('/api/session')).status).toBe(200);
    // Links printed by earlier starts are worth nothing once somebody is there.
    const other = { ...administrator, email: 'eve@hospital.test' };
    expect(
      await codeOf(await redeem(empty, { token: second, password: newPassword, administrator: other })),
    ).toBe('link-not-valid');
    await empty.close();
  });
});
