import { beforeEach, describe, expect, it } from 'vitest';
import { notLoadedDirectory } from '#shared/directory/build-directory.ts';
import { err } from '#shared/lib/result.ts';
import { instant } from '#shared/lib/instant.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { maxSlots } from '#shared/session/protocol.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import type { Call } from '$lib/lock/wanted.ts';
import { createSessions, type OpenableTablet } from '$lib/session/create-sessions.ts';
import { createPeopleHere, thisDevice, type SmallStore } from '$lib/session/people-here.ts';
import { createSessionApi } from '$lib/session/session-api.ts';
import type { Sessions } from '$lib/session-ui/sessions.ts';
import { createLive } from '$lib/tablet/live.ts';
import { deviceId, people, uuidOf } from '#tests/builders.ts';
import { captivePortal } from '#tests/e-rows/test-server.ts';
import { current } from '#tests/e-rows/tablet-fixture.ts';
import { createFakeHandOver, createFakeKeyrings } from '#tests/fake-keyrings.ts';

function smallStore(): SmallStore & { readonly all: Map<string, string> } {
  const all = new Map<string, string>();
  return { all, getItem: (key) => all.get(key) ?? null, setItem: (key, value) => void all.set(key, value) };
}

const password = 'long enough word';
const a = people.requester.id;
const b = people.cardiologist.id;

describe('sessions on a tablet', () => {
  const staff: Record<string, PersonId> = {
    'a@x.test': people.requester.id,
    'b@x.test': people.cardiologist.id,
  };
  let store: ReturnType<typeof smallStore>;
  let asked: { method: string; path: string; slot: string | null }[];
  let opened: { person: PersonId; slot: number | null; closed: boolean }[];
  let keyrings: ReturnType<typeof createFakeKeyrings>;
  let handOver: ReturnType<typeof createFakeHandOver>;
  let answer: (() => Response) | null;
  let mustFail: boolean;
  /** The server no longer knows the session. */
  let ended: boolean;
  let sentDevice: unknown;
  /** How often the app heard that this tablet was withdrawn. */
  let withdrawn: number;

  beforeEach(() => {
    withdrawn = 0;
    store = smallStore();
    asked = [];
    opened = [];
    keyrings = createFakeKeyrings();
    handOver = createFakeHandOver();
    answer = null;
    mustFail = false;
    ended = false;
    sentDevice = null;
  });

  const serve = ((url: string, init: RequestInit) => {
    const slot = new Headers(init.headers).get('hc-slot');
    asked.push({ method: init.method ?? 'GET', path: url, slot });
    if (answer !== null) return Promise.resolve(answer());
    const { email } = (typeof init.body === 'string' ? JSON.parse(init.body) : {}) as { email?: string };
    const headers = { 'hc-server': '1', 'content-type': 'application/json' };
    if (init.method === 'POST') sentDevice = (JSON.parse(init.body as string) as { device: unknown }).device;
    if (ended && init.method === 'GET')
      return Promise.resolve(
        Response.json({ code: 'signed-out' }, { status: 401, headers: { 'hc-server': '1' } }),
      );
    if (init.method === 'DELETE') return Promise.resolve(new Response(null, { status: 204, headers }));
    const session = {
      person: staff[email ?? 'a@x.test'],
      device: deviceId('one'),
      deviceKind: 'ward',
      mustChangePassword: false,
      idleEndsAt: '2026-11-22T22:00:00.000Z',
      endsAt: '2026-11-29T10:00:00.000Z',
      asOf: '2026-11-22T10:00:00.000Z',
      storeEpoch: 'e',
      demo: true,
    };
    return Promise.resolve(new Response(JSON.stringify(session), { headers }));
  }) as typeof fetch;

  const start = (call: Call | null = null) =>
    createSessions({
      api: createSessionApi(serve),
      people: createPeopleHere(store),
      device: thisDevice(store, () => uuidOf('this tablet')),
      keyrings,
      handOver,
      counts: createCountsHere(store),
      onRevoked: () => (withdrawn += 1),
      clock: { now: () => instant('2026-11-22T10:00:00.000Z') },
      call,
      openTablet({ person, slot }) {
        if (mustFail) return Promise.reject(new Error('no storage'));
        const mine = { person, slot, closed: false };
        opened.push(mine);
        const tablet: Partial<OpenableTablet> = {
          person,
          directory: createLive(notLoadedDirectory),
          wake: () => undefined,
          close() {
            mine.closed = true;
            return Promise.resolve();
          },
        };
        return Promise.resolve(tablet as OpenableTablet);
      },
    });
  const coldStart = (call: Call | null = null) => {
    handOver.coldStart();
    return start(call);
  };
  const doorOf = (sessions: Sessions): unknown => {
    const state = current(sessions.state);
    return state.phase === 'locked' ? state.door : state.phase;
  };
  const whoHasIt = (sessions: Sessions): unknown => {
    const state = current(sessions.state);
    return state.phase === 'signed-in' ? state.tablet.person : state.phase;
  };

  it('signs in, and a cold start asks for what opens the same workspace without a network', async () => {
    const sessions = await start();
    expect(current(sessions.state).phase).toBe('signed-out');
    expect(await sessions.signIn('a@x.test', password)).toEqual({ ok: true, value: undefined });
    expect(current(sessions.state)).toMatchObject({ phase: 'signed-in', demo: true, pin: 'offered' });

    answer = () => captivePortal();
    const later = await coldStart();
    expect(doorOf(later)).toMatchObject({ at: 'asking', person: a, kind: 'password' });
    expect(opened).toHaveLength(1);
    await later.door.enter(password);
    expect(current(later.state)).toMatchObject({ phase: 'signed-in', demo: true });
    expect(opened.map(({ person }) => person)).toEqual([a, a]);
  });

  it('FM-6 a sign-in on a withdrawn tablet on which all is locked begins to empty it', async () => {
    await (await start()).signIn('a@x.test', password);
    const locked = await coldStart();
    expect(withdrawn).toBe(0);
    keyrings.signedIn = () => Promise.resolve(err({ type: 'revoked' }));
    expect(await locked.signIn('a@x.test', password)).toEqual({ ok: false, error: { type: 'revoked' } });
    expect(withdrawn).toBe(1);
  });

  it('a reload asks for nothing', async () => {
    await (await start()).signIn('a@x.test', password);
    expect(whoHasIt(await start())).toBe(a);
  });

  it('FM-2 FM-3 PEO-7 locking closes the records, forgets the keys, keeps the session and asks who it is', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    await sessions.signIn('b@x.test', password);
    asked = [];
    await sessions.lock('handed-over');
    expect(current(sessions.state)).toMatchObject({
      phase: 'locked',
      door: { at: 'who' },
      people: [{ person: b }, { person: a }],
    });
    expect(opened.every(({ closed }) => closed)).toBe(true);
    expect(handOver.held()).toBeNull();
    expect(asked.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect(createPeopleHere(store).find(b)?.slot).toBe(1);
  });

  it('PEO-7 people take turns without a network, each in their own records', async () => {
    const sessions = await start();
    for (const email of ['a@x.test', 'b@x.test']) await sessions.signIn(email, password);
    answer = () => captivePortal();
    for (const person of [a, b, a]) {
      await sessions.lock('handed-over');
      await sessions.door.choose(person);
      await sessions.door.enter(password);
      expect(whoHasIt(sessions)).toBe(person);
    }
    expect(opened.filter(({ closed }) => !closed).map(({ person, slot }) => [person, slot])).toEqual([
      [a, 0],
    ]);
  });

  it('PEO-7 an idle tablet asks whoever had it, and lets another one go back to the list', async () => {
    const sessions = await start();
    for (const email of ['a@x.test', 'b@x.test']) await sessions.signIn(email, password);
    await sessions.lock('idle');
    expect(doorOf(sessions)).toMatchObject({ at: 'asking', person: b });
    sessions.door.back();
    expect(doorOf(sessions)).toEqual({ at: 'who' });
  });

  it('PEO-7 a wrong PIN opens nothing; ten lead to the server, and signing in there opens again', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    expect(await sessions.pin.set('481902')).toEqual({ ok: true, value: undefined });
    expect(current(sessions.state)).toMatchObject({ pin: 'set' });
    await sessions.lock('handed-over');
    expect(doorOf(sessions)).toMatchObject({ at: 'asking', kind: 'pin', hasOther: true });
    for (let wrong = 1; wrong < 10; wrong += 1) {
      await sessions.door.enter('111222');
      expect(doorOf(sessions)).toMatchObject({ said: { type: 'wrong', triesLeft: 10 - wrong } });
    }
    await sessions.door.enter('111222');
    expect(doorOf(sessions)).toEqual({ at: 'server', person: a, why: 'tries-used-up' });
    await sessions.door.enter('481902');
    expect(opened).toHaveLength(1);
    await sessions.signIn('a@x.test', password);
    expect(whoHasIt(sessions)).toBe(a);
  });

  it('PEO-7 after a lease that ended nothing opens, and a sign-in begins a new one', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    await sessions.lock('handed-over');
    keyrings.ended.add(a);
    await sessions.door.choose(a);
    expect(doorOf(sessions)).toEqual({ at: 'server', person: a, why: 'lease-ended' });
    await sessions.signIn('a@x.test', password);
    expect(whoHasIt(sessions)).toBe(a);
  });

  it('the lock of another window locks this one', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    handOver.lockElsewhere();
    expect(current(sessions.state).phase).toBe('locked');
    expect(opened[0]?.closed).toBe(true);
  });

  it('a PIN is changed only by who gives what opens the records now', async () => {
    await (await start()).signIn('a@x.test', password);
    const sessions = await start();
    expect(await sessions.pin.presentKinds()).toEqual(['password']);
    expect(await sessions.pin.set('481902')).toMatchObject({ error: { type: 'present-needed' } });
    expect(await sessions.pin.set('481902', { kind: 'password', text: 'guessed' })).toMatchObject({
      error: { type: 'wrong', triesLeft: 9 },
    });
    expect(await sessions.pin.set('4819', { kind: 'password', text: password })).toMatchObject({
      error: { type: 'refused', why: 'too-short' },
    });
    expect((await sessions.pin.set('481902', { kind: 'password', text: password })).ok).toBe(true);
    expect(await sessions.pin.presentKinds()).toEqual(['pin', 'password']);
  });

  it('a PIN that was declined is not offered again', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    sessions.pin.decline();
    expect(current(sessions.state)).toMatchObject({ pin: 'none' });
    await sessions.lock('handed-over');
    await sessions.signIn('a@x.test', password);
    expect(current(sessions.state)).toMatchObject({ pin: 'none' });
  });

  it('PEO-4 who comes from the hospital’s own sign-in has to set a PIN, which opens the records from then on', async () => {
    const register = createPeopleHere(store);
    register.signedIn(
      { person: a, demo: false, mustChangePassword: false, asOf: '2026-11-22T10:00:00.000Z' } as never,
      0,
    );
    register.arrives(a);
    const sessions = await start();
    expect(current(sessions.state)).toMatchObject({ phase: 'signed-in', pin: 'needed' });
    expect((await sessions.pin.set('481902')).ok).toBe(true);
    const later = await coldStart();
    expect(doorOf(later)).toMatchObject({ at: 'asking', kind: 'pin', hasOther: false });
    await later.door.enter('481902');
    expect(whoHasIt(later)).toBe(a);
  });

  it('ALE-3 a notification asks for the one it called, whoever has the tablet, and leads there after unlocking', async () => {
    const sessions = await start();
    for (const email of ['a@x.test', 'b@x.test']) await sessions.signIn(email, password);
    await sessions.called({ person: a, path: '/consult/1' });
    expect(doorOf(sessions)).toMatchObject({ at: 'asking', person: a });
    await sessions.door.enter(password);
    expect(sessions.takePath(a)).toBe('/consult/1');
    expect(sessions.takePath(a)).toBeNull();
  });

  it('ALE-3 a notification for one never opens with another', async () => {
    const sessions = await start();
    for (const email of ['a@x.test', 'b@x.test']) await sessions.signIn(email, password);
    await sessions.called({ person: a, path: '/consult/1' });
    sessions.door.back();
    await sessions.door.choose(b);
    await sessions.door.enter(password);
    expect(sessions.takePath(b)).toBeNull();
    expect(sessions.takePath(a)).toBeNull();
  });

  it('ALE-3 a notification for who has the tablet is not asked about again', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    await sessions.called({ person: a, path: '/consult/1' });
    expect(whoHasIt(sessions)).toBe(a);
  });

  it('ALE-3 an app opened by a notification asks for its person, also within the minute after another one’s reload', async () => {
    const before = await start();
    for (const email of ['a@x.test', 'b@x.test']) await before.signIn(email, password);
    const sessions = await start({ person: a, path: '/consult/1' });
    expect(doorOf(sessions)).toMatchObject({ at: 'asking', person: a });
  });

  it('PEO-7 signing out locks, ends the session and deletes nothing; the records open as before', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    await sessions.signOut();
    expect(current(sessions.state).phase).toBe('locked');
    expect(opened[0]?.closed).toBe(true);
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', slot: '0' });
    expect(createPeopleHere(store).list()).toMatchObject([{ person: a, slot: null }]);
    await sessions.door.choose(a);
    await sessions.door.enter(password);
    expect(opened.at(-1)).toEqual({ person: a, slot: null, closed: false });
  });

  it('signing in again after the session ended keeps the workspace open', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    ended = true;
    await sessions.signIn('a@x.test', 'long enough word');
    expect(opened).toHaveLength(1);
    expect(opened[0]?.closed).toBe(false);
  });

  it('another person over an open workspace gets a slot of their own while the first one’s session lives', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    await sessions.signIn('b@x.test', 'long enough word');
    expect(opened.map(({ person, slot, closed }) => ({ person, slot, closed }))).toEqual([
      { person: people.requester.id, slot: 0, closed: true },
      { person: people.cardiologist.id, slot: 1, closed: false },
    ]);
    expect(createPeopleHere(store).find(people.requester.id)?.slot).toBe(0);
  });

  it('a sign-out the server did not hear of is told to it before the next sign-in', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    answer = () => captivePortal();
    await sessions.signOut();
    expect(createPeopleHere(store).owedSignOuts()).toEqual([0]);
    answer = null;
    asked = [];
    await sessions.signIn('b@x.test', 'long enough word');
    expect(asked.map(({ method, slot }) => `${method} ${slot ?? ''}`)).toEqual(['DELETE 0', 'POST 0']);
    expect(createPeopleHere(store).owedSignOuts()).toEqual([]);
  });

  it('a device counts as shared until somebody says it is their own, and the server is told at the next sign-in', async () => {
    const sessions = await start();
    expect(sessions.device.current().kind).toBe('ward');
    expect(sessions.device.isDescribed()).toBe(false);
    const { id } = sessions.device.current();
    sessions.device.describe('personal', 'Phone of A');
    await sessions.signIn('a@x.test', 'long enough word');
    expect(sentDevice).toEqual({ id, kind: 'personal', name: 'Phone of A' });
    expect((await start()).device.isDescribed()).toBe(true);
  });

  it.each([
    ['a captive portal', () => captivePortal(), { type: 'not-our-server' }],
    [
      'a wrong password',
      () =>
        new Response(
          JSON.stringify({ type: 'x', title: 'x', status: 401, code: 'wrong-credentials', requestId: 'r' }),
          {
            status: 401,
            headers: { 'hc-server': '1', 'content-type': 'application/problem+json' },
          },
        ),
      { type: 'wrong-credentials' },
    ],
    [
      'too many tries',
      () =>
        new Response(
          JSON.stringify({
            type: 'x',
            title: 'x',
            status: 429,
            code: 'slowed-down',
            requestId: 'r',
            retryAfterSeconds: 9,
          }),
          { status: 429, headers: { 'hc-server': '1', 'content-type': 'application/problem+json' } },
        ),
      { type: 'slowed-down', retryAfterSeconds: 9 },
    ],
  ])('%s is told by name and signs nobody in', async (_name, response, error) => {
    const sessions = await start();
    answer = response;
    expect(await sessions.signIn('a@x.test', 'long enough word')).toEqual({ ok: false, error });
    expect(current(sessions.state).phase).toBe('signed-out');
  });

  it('records that do not open after unlocking are said so, with what was read of them', async () => {
    await (await start()).signIn('a@x.test', password);
    const sessions = await coldStart();
    mustFail = true;
    await sessions.door.enter(password);
    expect(current(sessions.state)).toMatchObject({
      phase: 'opening-failed',
      error: new Error('no storage'),
    });
  });

  it('a key that could not be derived opens nothing, uses up no try, and may be tried again', async () => {
    await (await start()).signIn('a@x.test', password);
    const sessions = await coldStart();
    const working = keyrings.unlock.bind(keyrings);
    keyrings.unlock = () => Promise.reject(new Error('out of memory'));
    await sessions.door.enter(password);
    expect(doorOf(sessions)).toMatchObject({ at: 'asking', said: { type: 'storage-failed' } });
    keyrings.unlock = working;
    await sessions.door.enter(password);
    expect(whoHasIt(sessions)).toBe(a);
  });

  it('keys that cannot be made without the server’s half open nothing, and it is tried again', async () => {
    const sessions = await start();
    keyrings.isAway = true;
    expect(await sessions.signIn('a@x.test', password)).toMatchObject({ error: { type: 'no-answer' } });
    keyrings.isAway = false;
    expect((await sessions.signIn('a@x.test', password)).ok).toBe(true);
  });

  it('a storage that cannot be opened is a named failure', async () => {
    const sessions = await start();
    mustFail = true;
    expect(await sessions.signIn('a@x.test', 'long enough word')).toEqual({
      ok: false,
      error: { type: 'storage-failed' },
    });
    expect(current(sessions.state).phase).toBe('locked');
  });

  it('no more people stay signed in than there are slots', () => {
    const register = createPeopleHere(store);
    for (let slot = 0; slot < maxSlots; slot++) {
      expect(register.freeSlot()).toBe(slot);
      register.signedIn(
        { person: uuidOf(`p${slot}`), demo: false, mustChangePassword: false } as never,
        slot,
      );
    }
    expect(register.freeSlot()).toBeNull();
  });

  it('a ninth person takes the place of whoever has been away longest; the records of that one stay', async () => {
    const register = createPeopleHere(store);
    for (let slot = 0; slot < maxSlots; slot++)
      register.signedIn(
        {
          person: uuidOf(`p${slot}`),
          demo: false,
          mustChangePassword: false,
          asOf: '2026-11-22T10:00:00.000Z',
        } as never,
        slot,
      );
    register.opened(uuidOf('p0') as PersonId);
    const sessions = await start();
    await sessions.signIn('a@x.test', password);
    expect(opened.at(-1)).toMatchObject({ person: a, slot: 1 });
    expect(createPeopleHere(store).find(uuidOf('p1') as PersonId)).toMatchObject({ slot: null });
  });

  it('the tablet keeps its id, and a spoiled register is as good as none', () => {
    const first = thisDevice(store, () => uuidOf('first')).current();
    expect(thisDevice(store, () => uuidOf('second')).current()).toEqual(first);
    store.setItem('hc-people', '{"people":');
    expect(createPeopleHere(store).list()).toEqual([]);
  });

  it('nothing but ids, names, slots and flags is written beside the database', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    const text = [...store.all.values()].join(' ');
    expect(text).not.toContain('a@x.test');
    expect(text).not.toContain('long enough word');
  });
});
