import { msToInstant, type Clock } from '#shared/lib/instant.ts';
import type { Scheduler as ServerScheduler } from '#server/sync/scheduler.ts';
import type { Scheduler as TabletScheduler } from '$lib/sync/scheduler.ts';
import { NoRest } from './activity.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** All time of one history. Nothing moves between two events but what the first of them set off. */
export interface VirtualTime {
  nowMs(): number;
  readonly clock: Clock;
  after(delayMs: number, run: () => void): () => void;
  sleep(delayMs: number): Promise<void>;
  /** Runs what falls due, one by one, each followed by `settle`, until that moment. Throws `NoRest` when it would never get there. */
  runUntil(atMs: number): Promise<void>;
}

/** A wild minute has some thousand. */
const mostTimersAMinute = 100_000;
const minuteMs = 60_000;

/** `settle` resolves when everything that needs no time has come to rest. */
export function createVirtualTime(startMs: number, settle: () => Promise<void>): VirtualTime {
  let now = startMs;
  let count = 0;
  let minute = 0;
  let inMinute = 0;
  const heap: Due[] = [];
  const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const at = (index: number): Due => {
    const due = heap[index];
    if (due === undefined) throw new Error('the heap is broken');
    return due;
  };

  function put(due: Due): void {
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(due, at(parent))) break;
      heap[index] = at(parent);
      index = parent;
    }
    heap[index] = due;
  }

  function take(): Due {
    const first = at(0);
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(at(child + 1), at(child))) child++;
      if (!before(at(child), last)) break;
      heap[index] = at(child);
      index = child;
    }
    heap[index] = last;
    return first;
  }

  const time: VirtualTime = {
    nowMs: () => now,
    clock: { now: () => msToInstant(now) },
    after(delayMs, run) {
      const due: Due = { atMs: now + Math.max(0, delayMs), order: count++, run, cancelled: false };
      put(due);
      return () => {
        due.cancelled = true;
      };
    },
    sleep: (delayMs) => new Promise((resolve) => time.after(delayMs, resolve)),
    async runUntil(atMs) {
      while (heap.length > 0 && at(0).atMs <= atMs) {
        const due = take();
        if (due.cancelled) continue;
        now = Math.max(now, due.atMs);
        if (Math.floor(now / minuteMs) !== minute) [minute, inMinute] = [Math.floor(now / minuteMs), 0];
        if (++inMinute > mostTimersAMinute)
          throw new NoRest(`does not come to rest: over ${String(mostTimersAMinute)} timers in one minute`);
        due.run();
        await settle();
      }
      now = Math.max(now, atMs);
    },
  };
  return time;
}

/** Timers of one program; when it dies none of them fires any more. */
export interface ProgramTime {
  readonly tablet: TabletScheduler;
  readonly server: ServerScheduler;
  sleep(delayMs: number): Promise<void>;
  isDead(): boolean;
  kill(): void;
}

/** `onThrow`: what a timer's callback threw; in a real process that is the end of it. */
export function createProgramTime(time: VirtualTime, onThrow: (cause: unknown) => void): ProgramTime {
  let dead = false;
  const after = (delayMs: number, run: () => void): (() => void) =>
    time.after(delayMs, () => {
      if (!dead) run();
    });
  return {
    tablet: { after },
    server: {
      every(ms, run) {
        let stopped = false;
        const again = (): void => {
          if (stopped) return;
          try {
            run();
          } catch (cause) {
            onThrow(cause);
          }
          after(ms, again);
        };
        after(ms, again);
        return () => {
          stopped = true;
        };
      },
    },
    sleep: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    isDead: () => dead,
    kill() {
      dead = true;
    },
  };
}
