import type { Clock } from '#shared/lib/instant.ts';
import type { Scheduler } from './scheduler.ts';
import type { TabletStore } from './tablet-store.ts';

/** Words that still wait after so long make another window ask whether the leading one is awake. */
export const askAfterMs = 4_000;
/** A leading window that is awake answers in a moment, network or not. */
export const answerWithinMs = 4_000;
/** Asked again as long as something waits. */
const askAgainAfterMs = 30_000;

const askKey = 'lead:ask';
const answerKey = 'lead:answer';

export interface SilentLeaderParts {
  readonly store: TabletStore;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly isLeading: () => boolean;
  /** Sends what waits. Never rejects. */
  readonly push: () => Promise<unknown>;
}

/**
 * A window that the browser has frozen keeps the lead and does nothing. What people write in another window must not wait for it: that window
 * asks through the storage, and sends by itself where no answer comes. The server takes the same act twice without harm, and fetching stays
 * with the leading window: two that fetch would be in each other's way.
 */
export function watchLeader(parts: SilentLeaderParts): () => void {
  const { store, scheduler, clock, isLeading, push } = parts;
  let cancel: (() => void) | null = null;
  let isAnswered = false;
  let isStopped = false;

  const waits = async (): Promise<boolean> =>
    (await store.outbox()).some(({ accepted }) => accepted === null);
  const later = (delayMs: number, run: () => Promise<void>): void => {
    cancel = scheduler.after(delayMs, () => {
      // A storage that fails is told by whoever writes to it.
      void run().catch(() => {
        cancel = null;
      });
    });
  };

  async function ask(): Promise<void> {
    if (isStopped || isLeading() || !(await waits())) {
      cancel = null;
      return;
    }
    isAnswered = false;
    await store.putNote(askKey, clock.now());
    later(answerWithinMs, look);
  }
  async function look(): Promise<void> {
    if (!isStopped && !isLeading() && !isAnswered) await push();
    if (!isStopped) later(askAgainAfterMs, ask);
  }

  const stops = [
    store.watchOutbox(({ saved }) => {
      if (isStopped || isLeading() || cancel !== null) return;
      if (saved.some(({ accepted }) => accepted === null)) later(askAfterMs, ask);
    }),
    store.watchNotes((key) => {
      if (key === askKey && isLeading() && !isStopped) void store.putNote(answerKey, clock.now());
      if (key === answerKey) isAnswered = true;
    }),
  ];
  return () => {
    isStopped = true;
    cancel?.();
    for (const stop of stops) stop();
  };
}
