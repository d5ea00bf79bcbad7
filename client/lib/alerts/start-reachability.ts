import { z } from 'zod';
import type { SmallStore } from '$lib/session/people-here.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Live } from '$lib/tablet/tablet.ts';
import type { ApiRequest } from './api-request.ts';
import { makeReachable, reachabilityNow, type Reachability } from './push-subscription.ts';

/** Whether this device can be woken for the signed-in person, kept true for as long as the app is open. */
export interface DeviceReachability {
  /** null: not known yet. */
  readonly state: Live<Reachability | null>;
  /** From a tap: asks for the permission where it was never asked, subscribes, and tells the server. */
  turnOn(): Promise<void>;
  close(): void;
}

export interface ReachabilityParts {
  readonly person: string;
  readonly request: ApiRequest;
  /** Calls `run` whenever it is worth trying again, such as a network or a screen coming back; the answer ends that. */
  readonly onWaking: (run: () => void) => () => void;
  readonly store: SmallStore;
  readonly nowMs: () => number;
  /** The browser's push, as in push-subscription.ts; tests bring their own. */
  readonly browser?: {
    now(): Promise<Reachability>;
    make(request: ApiRequest): Promise<Reachability>;
  };
}

const dayMs = 24 * 60 * 60_000;
/** A subscription that the server was told of so long ago may have died unheard. */
const trustedForMs = 7 * dayMs;

const postedSchema = z.record(z.string(), z.number());
const postedKey = 'hc-alerts-posted';

function readPosted(store: SmallStore): Readonly<Record<string, number>> {
  try {
    return postedSchema.safeParse(JSON.parse(store.getItem(postedKey) ?? '{}')).data ?? {};
  } catch {
    // Not JSON: as good as not there.
    return {};
  }
}

/**
 * Subscribes anew and tells the server at each start once the permission is there, and once a day in an app that stays open: a subscription
 * dies quietly. Without a network the last word of the server counts for a week.
 */
export function startReachability(parts: ReachabilityParts): DeviceReachability {
  const { person, request, store, nowMs } = parts;
  const browser = parts.browser ?? { now: reachabilityNow, make: makeReachable };
  const state = createLive<Reachability | null>(null);
  let renewedAtMs: number | null = null;
  let isClosed = false;

  function show(next: Reachability): void {
    if (!isClosed) state.set(next);
  }

  async function renew(before: Reachability): Promise<void> {
    const made = await browser.make(request);
    if (made.state === 'reachable') {
      renewedAtMs = nowMs();
      store.setItem(postedKey, JSON.stringify({ ...readPosted(store), [person]: renewedAtMs }));
      show(made);
      return;
    }
    const postedAtMs = readPosted(store)[person] ?? -Infinity;
    const isTrusted = before.state === 'reachable' && nowMs() - postedAtMs < trustedForMs;
    show(made.state === 'failed' && isTrusted ? before : made);
  }

  async function look(): Promise<void> {
    const now = await browser.now();
    const isPermitted = now.state === 'reachable' || now.state === 'failed';
    const isFresh = renewedAtMs !== null && nowMs() - renewedAtMs < dayMs && now.state === 'reachable';
    if (!isPermitted) show(now);
    else if (!isFresh) await renew(now);
  }

  /** One at a time: two at once would subscribe twice. */
  let running: Promise<void> = Promise.resolve();
  function inTurn(run: () => Promise<void>): Promise<void> {
    const done = running.then(() => (isClosed ? undefined : run()));
    running = done.catch(() => show({ state: 'failed' }));
    return done;
  }

  const stopWaking = parts.onWaking(() => void inTurn(look));
  void inTurn(look);

  return {
    state,
    turnOn: () => inTurn(() => renew({ state: 'not-asked' })),
    close() {
      isClosed = true;
      stopWaking();
    },
  };
}
