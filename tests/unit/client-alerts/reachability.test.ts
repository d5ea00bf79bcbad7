import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createApiRequest } from '$lib/alerts/api-request.ts';
import { showBadge } from '$lib/alerts/app-badge.ts';
import type { Reachability } from '$lib/alerts/push-subscription.ts';
import { reachabilityWords } from '$lib/alerts/reachability-words.ts';
import { startReachability } from '$lib/alerts/start-reachability.ts';
import { captivePortal } from '#tests/e-rows/test-server.ts';
import { current } from '#tests/e-rows/tablet-fixture.ts';

const dayMs = 24 * 60 * 60_000;

describe('whether this device can be woken', () => {
  let nowMs: number;
  let now: Reachability['state'];
  let makes: Reachability['state'];
  let made: number;
  let wake: () => void;
  let kept: Map<string, string>;

  beforeEach(() => {
    nowMs = Date.UTC(2026, 2, 2);
    now = 'reachable';
    makes = 'reachable';
    made = 0;
    kept = new Map();
    wake = () => undefined;
  });

  const start = () =>
    startReachability({
      person: 'a',
      request: () => Promise.reject(new TypeError('not used')),
      onWaking(run) {
        wake = run;
        return () => (wake = () => undefined);
      },
      store: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
      nowMs: () => nowMs,
      browser: {
        now: () => Promise.resolve({ state: now }),
        make() {
          made++;
          return Promise.resolve({ state: makes });
        },
      },
    });
  const becomes = (device: ReturnType<typeof start>, state: Reachability['state']) =>
    vi.waitFor(() => expect(current(device.state)).toEqual({ state }));

  it('FM-36 subscribes and posts anew at each start once the permission is there', async () => {
    await becomes(start(), 'reachable');
    await becomes(start(), 'reachable');
    expect(made).toBe(2);
  });

  it.each(['not-asked', 'denied', 'unsupported'] as const)(
    'never asks by itself when it is %s',
    async (state) => {
      now = state;
      await becomes(start(), state);
      expect(made).toBe(0);
    },
  );

  it('asks on a tap, and says what came of it', async () => {
    now = 'not-asked';
    const device = start();
    await becomes(device, 'not-asked');
    await device.turnOn();
    expect(current(device.state)).toEqual({ state: 'reachable' });
    makes = 'denied';
    await device.turnOn();
    expect(current(device.state)).toEqual({ state: 'denied' });
  });

  it('FM-36 says that it failed, and mends itself when the network comes back', async () => {
    now = 'failed';
    makes = 'failed';
    const device = start();
    await becomes(device, 'failed');
    makes = 'reachable';
    wake();
    await becomes(device, 'reachable');
  });

  it('trusts the last word of the server for a week without a network, and not a day longer', async () => {
    await becomes(start(), 'reachable');
    makes = 'failed';
    nowMs += 7 * dayMs - 1;
    await becomes(start(), 'reachable');
    nowMs += 1;
    await becomes(start(), 'failed');
  });

  it('trusts no subscription that the server was never told of', async () => {
    makes = 'failed';
    await becomes(start(), 'failed');
  });

  it('FM-36 renews once a day in an app that stays open, however often it is woken', async () => {
    const device = start();
    await becomes(device, 'reachable');
    wake();
    wake();
    nowMs += dayMs;
    wake();
    await vi.waitFor(() => expect(made).toBe(2));
    wake();
    await device.turnOn();
    expect(made).toBe(3);
  });

  it('FM-37 notices that the permission was withdrawn', async () => {
    const device = start();
    await becomes(device, 'reachable');
    now = 'denied';
    wake();
    await becomes(device, 'denied');
  });

  it('has words for every state, and other ones where the app must be installed first', () => {
    const states = ['reachable', 'not-asked', 'denied', 'failed', 'unsupported'] as const;
    const mends = [
      ...states.map((state) => reachabilityWords(state, false).mend),
      reachabilityWords('unsupported', true).mend,
    ];
    expect(new Set(mends).size).toBe(6);
  });
});

describe('requests of a session', () => {
  const answering = (answer: () => Response) => {
    const asked: Headers[] = [];
    const request = createApiRequest(
      (_url, init) => {
        asked.push(new Headers(init?.headers));
        return Promise.resolve(answer());
      },
      () => 3,
    );
    return { asked, request };
  };

  it('name the slot and keep what the caller says', async () => {
    const { asked, request } = answering(
      () => new Response(null, { status: 204, headers: { 'hc-server': '1' } }),
    );
    await request('/api/alerts/subscription', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
    });
    expect(asked.map((headers) => [headers.get('hc-slot'), headers.get('content-type')])).toEqual([
      ['3', 'application/json'],
    ]);
  });

  it('E-captive: take no Wi-Fi page for an answer', async () => {
    await expect(answering(captivePortal).request('/api/alerts/vapid')).rejects.toThrow(TypeError);
  });

  it('go nowhere when nobody is signed in', async () => {
    const request = createApiRequest(
      () => Promise.reject(new Error('must not be called')),
      () => null,
    );
    await expect(request('/api/alerts/vapid')).rejects.toThrow('nobody is signed in');
  });
});

describe('the number on the icon', () => {
  it('UX-4 is the count that waits on me, and goes at 0', async () => {
    const calls: (number | null)[] = [];
    const on = {
      setAppBadge: (count: number) => Promise.resolve(void calls.push(count)),
      clearAppBadge: () => Promise.resolve(void calls.push(null)),
    };
    await showBadge(3, on);
    await showBadge(0, on);
    expect(calls).toEqual([3, null]);
  });

  it('UX-4 does nothing where icons have no badge or may not have one', async () => {
    await expect(showBadge(3, {})).resolves.toBeUndefined();
    const refuse = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    await expect(showBadge(3, { setAppBadge: refuse })).resolves.toBeUndefined();
  });
});
