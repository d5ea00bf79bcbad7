import { beforeEach, describe, expect, it } from 'vitest';
import { notLoadedDirectory } from '#shared/directory/build-directory.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { maxSlots } from '#shared/session/protocol.ts';
import { createSessions, type OpenableTablet } from '$lib/session/create-sessions.ts';
import { createPeopleHere, thisDevice, type SmallStore } from '$lib/session/people-here.ts';
import { createSessionApi } from '$lib/session/session-api.ts';
import { createLive } from '$lib/tablet/live.ts';
import { deviceId, people, uuidOf } from '#tests/builders.ts';
import { captivePortal } from '#tests/e-rows/test-server.ts';
import { current } from '#tests/e-rows/tablet-fixture.ts';

function smallStore(): SmallStore & { readonly all: Map<string, string> } {
  const all = new Map<string, string>();
  return { all, getItem: (key) => all.get(key) ?? null, setItem: (key, value) => void all.set(key, value) };
}

describe('sessions on a tablet', () => {
  const staff: Record<string, PersonId> = {
    'a@x.test': people.requester.id,
    'b@x.test': people.cardiologist.id,
  };
  let store: ReturnType<typeof smallStore>;
  let asked: { method: string; path: string; slot: string | null }[];
  let opened: { person: PersonId; slot: number; closed: boolean }[];
  let answer: (() => Response) | null;
  let mustFail: boolean;
  /** The server no longer knows the session. */
  let ended: boolean;
  let sentDevice: unknown;

  beforeEach(() => {
    store = smallStore();
    asked = [];
    opened = [];
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

  const start = () =>
    createSessions({
      api: createSessionApi(serve),
      people: createPeopleHere(store),
      device: thisDevice(store, () => uuidOf('this tablet')),
      forgetScreen: () => void store.all.delete('hc-first-screen'),
      openTablet({ person, slot }: { person: PersonId; device: DeviceId; slot: number }) {
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

  it('signs in, remembers who, and opens the same workspace at the next start without a network', async () => {
    const sessions = await start();
    expect(current(sessions.state).phase).toBe('signed-out');
    expect(await sessions.signIn('a@x.test', 'long enough word')).toEqual({ ok: true, value: undefined });
    expect(current(sessions.state)).toMatchObject({ phase: 'signed-in', demo: true });

    answer = () => captivePortal();
    const later = await start();
    expect(current(later.state)).toMatchObject({ phase: 'signed-in', demo: true });
    expect(opened.map(({ person }) => person)).toEqual([people.requester.id, people.requester.id]);
  });

  it('FM-2 FM-3 PEO-7 signing out locks and deletes nothing; the next person gets a slot and records of their own', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    await sessions.signOut();
    expect(current(sessions.state).phase).toBe('signed-out');
    expect(opened[0]?.closed).toBe(true);
    expect(createPeopleHere(store).list()).toMatchObject([{ person: people.requester.id, slot: null }]);
    await sessions.signIn('b@x.test', 'long enough word');
    expect(
      createPeopleHere(store)
        .list()
        .map(({ person }) => person)
        .sort(),
    ).toEqual([people.requester.id, people.cardiologist.id].sort());
    expect(await start().then((again) => current(again.state))).toMatchObject({ phase: 'signed-in' });
    expect(opened.at(-1)?.person).toBe(people.cardiologist.id);
  });

  it('what was kept for the next start goes at sign-out and when another person signs in', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    store.all.set('hc-first-screen', 'of a');
    await sessions.signIn('b@x.test', 'long enough word');
    expect(store.all.has('hc-first-screen')).toBe(false);
    store.all.set('hc-first-screen', 'of b');
    await sessions.signOut();
    expect(store.all.has('hc-first-screen')).toBe(false);
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

  it('FM-13 a storage that cannot be opened is a named failure', async () => {
    const sessions = await start();
    mustFail = true;
    expect(await sessions.signIn('a@x.test', 'long enough word')).toEqual({
      ok: false,
      error: { type: 'storage-failed' },
    });
    expect(current(sessions.state).phase).toBe('signed-out');
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

  it('the tablet keeps its id, and a spoiled register is as good as none', () => {
    const first = thisDevice(store, () => uuidOf('first')).current();
    expect(thisDevice(store, () => uuidOf('second')).current()).toEqual(first);
    store.setItem('hc-people', '{"people":');
    expect(createPeopleHere(store).list()).toEqual([]);
  });

  it('nothing but ids, names, slots and two flags is written beside the database', async () => {
    const sessions = await start();
    await sessions.signIn('a@x.test', 'long enough word');
    const text = [...store.all.values()].join(' ');
    expect(text).not.toContain('a@x.test');
    expect(text).not.toContain('long enough word');
  });
});
