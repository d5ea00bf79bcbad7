import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openIdFinishedSchema, sessionMethodsSchema, accessRequestsSchema } from '#shared/session/openid.ts';
import {
  doctor,
  doctorEmail,
  gone,
  goneEmail,
  chiefEmail,
  newcomer,
  staffManager,
  staffManagerEmail,
  startSmallHospital,
} from '#tests/http/people.ts';
import { cookiesOf, testDevice, testOrigin, testPassword } from '#tests/server.ts';
import { openIdModule } from '#server/auth/openid/openid-module.ts';
import { startOpenIdServer, type OpenIdServer } from './openid-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let hospital: OpenIdServer;
beforeAll(async () => {
  hospital = await startOpenIdServer();
});
afterAll(() => hospital.close());

const verified = (sub: string, email: string) => ({ sub, email, email_verified: true, name: 'Somebody' });
const refusalOf = async (response: Response): Promise<unknown> => {
  const { status } = response;
  const { code, refusals } = (await response.json()) as { code: string; refusals?: { code: string }[] };
  return refusals === undefined ? [status, code] : [status, code, refusals.map((one) => one.code).join()];
};
const finish = '/api/session/openid/finish';
const audited = async (action: string): Promise<Record<string, unknown>[]> => {
  const { store } = hospital.server;
  const found: Record<string, unknown>[] = [];
  for (const name of ['audit', 'accounts'] as const) {
    const page = await store.database(name).changes({ since: null, limit: 2_000, includeDocs: true });
    for (const { doc } of page.changes) {
      const pending = doc?.body['pendingAudit'];
      found.push(...(Array.isArray(pending) ? (pending as Record<string, unknown>[]) : []), doc?.body ?? {});
    }
  }
  return found.filter((one) => one['action'] === action);
};

describe('PEO-5 signing in at the hospital’s own issuer', () => {
  it('is offered by name where it is set up', async () => {
    const answer = await hospital.browser().get('/api/session/methods');
    expect(sessionMethodsSchema.parse(await answer.json())).toEqual({ openId: { name: 'Hospital account' } });
  });

  it('begins a session in the slot and on the device that began it, and links the person', async () => {
    const browser = hospital.browser();
    const device = testDevice({ name: 'Ward 9 tablet 1' });
    hospital.provider.signsInAs(verified('sub-doctor', 'Doctor@Hospital.test'));
    const query = await browser.awayAndBack({ slot: 3, device });
    // The page that finishes need not know the slot: it is the flow's.
    const response = await browser.post(finish, { query }, 0);
    const { slot, session } = openIdFinishedSchema.parse(await response.json());
    expect([slot, session.person, session.device, session.mustChangePassword]).toEqual([
      3,
      doctor.id,
      device.id,
      false,
    ]);
    expect((await browser.get('/api/session', 3)).status).toBe(200);
    expect((await browser.get('/api/session', 0)).status).toBe(401);
    const strict = response.headers.getSetCookie().find((cookie) => cookie.startsWith('hc-session-3='));
    expect(strict).toMatch(/HttpOnly; Secure; SameSite=Strict/);
    expect(await audited('openid.link')).toMatchObject([{ subjects: [doctor.id] }]);
    expect(await audited('session.begin-openid')).toContainEqual(
      expect.objectContaining({ outcome: 'done' }),
    );
  });

  it('knows the person again by subject, whatever became of their e-mail', async () => {
    const again = await hospital.browser().signIn(verified('sub-doctor', 'somebody.else@elsewhere.test'));
    expect(openIdFinishedSchema.parse(await again.json()).session.person).toBe(doctor.id);
  });

  it('asks nobody for a new password', async () => {
    await hospital.server.parts.accounts.requirePasswordChange(doctor.id);
    const browser = hospital.browser();
    const response = await browser.signIn(verified('sub-doctor', doctorEmail));
    expect(openIdFinishedSchema.parse(await response.json()).session.mustChangePassword).toBe(false);
    const byPassword = await browser.post(
      '/api/session',
      { email: doctorEmail, password: testPassword, device: testDevice() },
      1,
    );
    expect(await byPassword.json()).toMatchObject({ mustChangePassword: true });
  });

  it('sends the browser to the issuer with PKCE, state, nonce and one fixed way back', async () => {
    const response = await hospital.browser().post('/api/session/openid', { device: testDevice() });
    const { address } = (await response.json()) as { address: string };
    const { origin, searchParams } = new URL(address);
    expect(origin).toBe(hospital.provider.issuer);
    expect(searchParams.get('redirect_uri')).toBe(`${testOrigin}/welcome/openid`);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    for (const name of ['code_challenge', 'state', 'nonce'])
      expect(searchParams.get(name)?.length).toBeGreaterThan(20);
    const cookie = response.headers.getSetCookie()[0] ?? '';
    expect(cookie).toMatch(/Max-Age=600; Path=\/api\/session\/openid; HttpOnly; Secure; SameSite=Lax/);
    expect(cookie).not.toContain(searchParams.get('nonce'));
  });

  it.each([
    [
      'an e-mail that is not verified',
      { ...verified('s1', doctorEmail), email_verified: false },
      'email-not-verified',
    ],
    ['an e-mail of which nobody says whether it is', { sub: 's2', email: doctorEmail }, 'email-not-verified'],
    ['no e-mail', { sub: 's3' }, 'no-email'],
    ['a foreign domain', verified('s4', 'doctor@elsewhere.test'), 'foreign-domain'],
    ['a domain that only ends like ours', verified('s5', 'doctor@evil-hospital.test'), 'foreign-domain'],
    [
      'another organisation of the issuer',
      { ...verified('s6', doctorEmail), hd: 'elsewhere.test' },
      'foreign-domain',
    ],
    ['somebody nobody knows', verified('s7', 'stranger@hospital.test'), 'unknown-person'],
    ['somebody who was deactivated', verified('s8', goneEmail), 'inactive-person'],
    [
      'a second account with the address of somebody who is linked',
      verified('s9', doctorEmail),
      'linked-to-another',
    ],
  ])('refuses %s', async (_name, person, code) => {
    const browser = hospital.browser();
    expect(await refusalOf(await browser.signIn(person))).toEqual([403, 'forbidden', code]);
    expect((await browser.get('/api/session')).status).toBe(401);
    expect(
      (await audited('session.begin-openid')).some(
        (one) => one['reason'] === code && one['outcome'] === 'denied',
      ),
    ).toBe(true);
  });

  it('refuses somebody linked who was deactivated since', async () => {
    await hospital.browser().signIn(verified('sub-manager', staffManagerEmail));
    await hospital.server.putDirectory([{ ...staffManager, active: false }]);
    expect(
      await refusalOf(await hospital.browser().signIn(verified('sub-manager', staffManagerEmail))),
    ).toEqual([403, 'forbidden', 'inactive-person']);
    await hospital.server.putDirectory([staffManager]);
  });

  it('asks the organisation’s own domains, where it names some', async () => {
    const database = hospital.server.store.database('directory');
    const held = await database.get('organisation');
    const put = async (more: object): Promise<void> => {
      const now = await database.get('organisation');
      await database.write([{ id: 'organisation', rev: now?.rev, body: { ...held?.body, ...more } }]);
      await hospital.server.parts.directory.caughtUp();
    };
    await put({ allowedDomains: ['other.test'] });
    expect(await refusalOf(await hospital.browser().signIn(verified('s10', chiefEmail)))).toContain(
      'foreign-domain',
    );
    // An emptied list is none: what the installation is configured for goes on.
    await put({ allowedDomains: [] });
    expect(
      await refusalOf(await hospital.browser().signIn(verified('s10', 'stranger@hospital.test'))),
    ).toContain('unknown-person');
    await put({});
  });
});

describe('an answer that is not the answer to this flow', () => {
  const notValid = [400, 'link-not-valid'];
  const atChief = verified('sub-chief', chiefEmail);

  it('is refused in another browser', async () => {
    hospital.provider.signsInAs(atChief);
    const query = await hospital.browser().awayAndBack();
    expect(await refusalOf(await hospital.browser().post(finish, { query }))).toEqual(notValid);
  });

  it('is refused with another flow’s state, and with none', async () => {
    hospital.provider.signsInAs(atChief);
    const browser = hospital.browser();
    const [first, second] = [
      new URLSearchParams(await browser.awayAndBack()),
      new URLSearchParams(await browser.awayAndBack()),
    ];
    second.set('state', first.get('state') ?? '');
    expect(await refusalOf(await browser.post(finish, { query: second.toString() }))).toEqual(notValid);
    second.delete('state');
    expect(await refusalOf(await browser.post(finish, { query: second.toString() }))).toEqual(notValid);
  });

  it('is refused with a code that was made for another verifier', async () => {
    hospital.provider.signsInAs(atChief);
    const [victim, attacker] = [hospital.browser(), hospital.browser()];
    const stolen = new URLSearchParams(await victim.awayAndBack());
    const own = new URLSearchParams(await attacker.awayAndBack());
    own.set('code', stolen.get('code') ?? '');
    expect(await refusalOf(await attacker.post(finish, { query: own.toString() }))).toEqual(notValid);
  });

  it('is refused with a nonce that is not the flow’s', async () => {
    hospital.provider.signsInAs(atChief);
    const browser = hospital.browser();
    const begun = await browser.post('/api/session/openid', { device: testDevice() });
    const { address } = (await begun.json()) as { address: string };
    const query = await hospital.provider.visit(
      address.replace(/nonce=[^&]+/, 'nonce=another-nonce-of-somebody'),
    );
    expect(await refusalOf(await browser.post(finish, { query }))).toEqual(notValid);
  });

  it('is refused the second time', async () => {
    hospital.provider.signsInAs(atChief);
    const browser = hospital.browser();
    const query = await browser.awayAndBack();
    const cookies = new Map(browser.cookies);
    expect((await browser.post(finish, { query })).status).toBe(200);
    expect(await refusalOf(await browser.post(finish, { query }))).toEqual(notValid);
    // Also for who kept the cookie: the issuer gives nothing for a used code.
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect(await refusalOf(await browser.post(finish, { query }))).toEqual(notValid);
  });

  it('is refused when it took too long, when the person said no, and when the cookie was changed', async () => {
    hospital.provider.signsInAs(atChief);
    const late = hospital.browser();
    const query = await late.awayAndBack();
    const denied = hospital.browser();
    const state = new URLSearchParams(await denied.awayAndBack()).get('state') ?? '';
    const refusedBy = new URLSearchParams({ error: 'access_denied', state, iss: hospital.provider.issuer });
    expect(await refusalOf(await denied.post(finish, { query: refusedBy.toString() }))).toEqual(notValid);
    const changed = hospital.browser();
    const changedQuery = await changed.awayAndBack();
    for (const [name, value] of changed.cookies) changed.cookies.set(name, `${value.slice(0, -4)}AAAA`);
    expect(await refusalOf(await changed.post(finish, { query: changedQuery }))).toEqual(notValid);
    hospital.server.clock.advance(10 * 60_000);
    expect(await refusalOf(await late.post(finish, { query }))).toEqual(notValid);
  });

  it('comes from our own pages alone', async () => {
    const response = await hospital.server.app.request(finish, {
      method: 'POST',
      headers: { origin: 'https://evil.test', 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'code=1&state=2' }),
    });
    expect(await refusalOf(response)).toEqual([403, 'origin-refused']);
  });
});

describe('asking for access', () => {
  it('is kept once for whoever the issuer vouches for, seen by those who manage staff, and dismissed', async () => {
    const stranger = hospital.browser();
    expect(await refusalOf(await stranger.post('/api/session/openid/ask'))).toEqual([400, 'link-not-valid']);
    await stranger.signIn({ ...verified('sub-noor', 'noor@hospital.test'), name: 'Noor Fatima' });
    expect((await stranger.post('/api/session/openid/ask')).status).toBe(204);
    await stranger.signIn({ ...verified('sub-noor', 'noor@hospital.test'), name: 'Noor Fatima' });
    expect((await stranger.post('/api/session/openid/ask')).status).toBe(204);

    const manager = await hospital.server.signIn(chiefEmail, { slot: 2 });
    const list = async () =>
      accessRequestsSchema.parse(await (await manager.get('/api/access-requests')).json()).requests;
    const waiting = await list();
    expect(waiting).toMatchObject([{ name: 'Noor Fatima', email: 'noor@hospital.test' }]);
    const path = `/api/access-requests/${waiting[0]?.id ?? ''}`;
    await hospital.server.addAccount(newcomer.id, 'newcomer@hospital.test');
    const other = await hospital.server.signIn('newcomer@hospital.test', { slot: 4 });
    expect((await other.get('/api/access-requests')).status).toBe(403);
    expect((await other.delete(path)).status).toBe(403);
    expect((await manager.delete(path)).status).toBe(204);
    expect((await manager.delete(path)).status).toBe(404);
    expect(await list()).toEqual([]);
    expect(await audited('access-request.dismiss')).not.toEqual([]);
  });

  it('is over when they were made a person', async () => {
    const stranger = hospital.browser();
    await stranger.signIn(verified('sub-late', 'late@hospital.test'));
    await stranger.post('/api/session/openid/ask');
    const manager = await hospital.server.signIn(chiefEmail, { slot: 5 });
    const count = async () =>
      accessRequestsSchema.parse(await (await manager.get('/api/access-requests')).json()).requests.length;
    expect(await count()).toBe(1);
    await hospital.server.parts.accounts.changeEmail({
      person: gone.id,
      email: 'late@hospital.test',
      at: hospital.server.clock.now(),
    });
    expect(await count()).toBe(0);
  });

  it('is not offered to who comes from elsewhere, and is bounded', async () => {
    const foreign = hospital.browser();
    await foreign.signIn(verified('sub-foreign', 'x@elsewhere.test'));
    expect((await foreign.post('/api/session/openid/ask')).status).toBe(400);
    const answers: number[] = [];
    for (let at = 0; at < 70; at++) answers.push((await foreign.post('/api/session/openid/ask')).status);
    expect(answers).toContain(429);
  });
});

describe('the issuer itself', () => {
  it('may change its keys at any time', async () => {
    hospital.provider.rotateKeys();
    const response = await hospital.browser().signIn(verified('sub-doctor', doctorEmail));
    expect(response.status).toBe(200);
  });

  it('may be away: the answer says so, readiness and passwords do not mind, and it may come back', async () => {
    const own = await startOpenIdServer();
    const browser = own.browser();
    await own.provider.stop();
    const begun = await browser.post('/api/session/openid', { device: testDevice() });
    expect(await refusalOf(begun)).toEqual([503, 'unavailable']);
    expect((await own.server.app.request('/api/health/ready')).status).toBe(200);
    expect((await own.server.signIn(doctorEmail)).person).toBe(doctor.id);
    await own.server.close();
  });

  it('may go away in the middle: the flow can be finished when it is back', async () => {
    const own = await startOpenIdServer();
    own.provider.signsInAs(verified('sub-doctor', doctorEmail));
    const browser = own.browser();
    const query = await browser.awayAndBack();
    await own.provider.stop();
    expect(await refusalOf(await browser.post(finish, { query }))).toEqual([503, 'unavailable']);
    expect([...browser.cookies.keys()].some((name) => name.startsWith('hc-openid-'))).toBe(true);
    await own.server.close();
  });
});

it('is not there where none is configured', async () => {
  const plain = await startSmallHospital({ modules: [openIdModule()] });
  const methods = await plain.app.request('/api/session/methods');
  expect(await methods.json()).toEqual({ openId: null });
  const begun = await plain.app.request('/api/session/openid', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'hc-slot': '0' },
    body: JSON.stringify({ device: testDevice() }),
  });
  expect(begun.status).toBe(404);
  expect(cookiesOf(begun)).toEqual([]);
  await plain.close();
});
