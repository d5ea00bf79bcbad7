import type { ChangesPage, Following, FollowOptions, Seq } from './port.ts';

/** Doubles after each failure in a row, from `firstMs` up to `mostMs`. */
export interface BackOff {
  firstMs: number;
  mostMs: number;
}

/** Waits for the next page after `since`; may also resolve with no changes and only a new place. Rejects when `signal` aborts. */
export type NextPage = (since: Seq | null, signal: AbortSignal) => Promise<ChangesPage>;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/**
 * The loop behind every `follow`: the place moves on only after `onChange` resolved, so whatever fails, the same changes come again.
 */
export function followFeed(options: FollowOptions, nextPage: NextPage, backOff: BackOff): Following {
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Asked again after each wait. */
  const isStopped = (): boolean => signal.aborted;

  async function run(): Promise<void> {
    let since = options.since;
    let delayMs = backOff.firstMs;
    while (!isStopped()) {
      try {
        const page = await nextPage(since, signal);
        if (isStopped()) return;
        if (page.changes.length > 0) await options.onChange(page);
        since = page.lastSeq;
        delayMs = backOff.firstMs;
      } catch (error) {
        if (isStopped()) return;
        options.onError?.(error);
        await pause(delayMs, signal);
        delayMs = Math.min(delayMs * 2, backOff.mostMs);
      }
    }
  }

  const ended = run();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
