import { msToInstant, type Clock } from '#shared/lib/instant.ts';
import type { Scheduler } from '$lib/sync/scheduler.ts';

export interface HandClock extends Clock, Scheduler {
  /** Runs everything that falls due on the way. */
  advance(ms: number): Promise<void>;
  /** Sets the device's clock without time passing, as a person in the settings does. */
  setBy(ms: number): void;
  waiting(): number;
}

/** Lets everything that needs no time, storage included, come to rest. */
export async function settle(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock and its timers, moved by the test alone. */
export function createHandClock(start = '2026-11-22T10:00:00.000Z'): HandClock {
  let elapsedMs = 0;
  let offsetMs = Date.parse(start);
  let next = 0;
  const timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  return {
    now: () => msToInstant(offsetMs + elapsedMs),
    after(delayMs, run) {
      const id = next++;
      timers.set(id, { atMs: elapsedMs + delayMs, run });
      return () => void timers.delete(id);
    },
    async advance(ms) {
      const end = elapsedMs + ms;
      for (;;) {
        const due = [...timers]
          .filter(([, { atMs }]) => atMs <= end)
          .sort(([, a], [, b]) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        elapsedMs = due[1].atMs;
        due[1].run();
        await settle(3);
      }
      elapsedMs = end;
      await settle();
    },
    setBy: (ms) => void (offsetMs += ms),
    waiting: () => timers.size,
  };
}
