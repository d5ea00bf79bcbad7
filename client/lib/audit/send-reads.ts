import type { ApiRequest } from '$lib/alerts/api-request.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import { forgetReads, heldReads, readsSetting, waitingReads } from './read-queue.ts';

export interface ReadSenderParts {
  readonly tablet: Pick<Tablet, 'setting' | 'saveSetting'>;
  readonly request: ApiRequest;
  /** Calls `run` whenever it is worth trying again; the answer ends that. */
  readonly onWaking: (run: () => void) => () => void;
  /** Calls once after so long; the answer calls it off. */
  readonly later: (delayMs: number, run: () => void) => () => void;
}

const batchSize = 100;
/** Several pages opened one after the other go in one request. */
const gatherMs = 3_000;
const firstDelayMs = 10_000;
const longestDelayMs = 10 * 60_000;

/** Sends what was opened on this tablet (`POST /api/audit/reads`) until the server has it, and forgets it only then. */
export function startReadSender(parts: ReadSenderParts): () => void {
  const { tablet, request } = parts;
  let isClosed = false;
  let isRunning = false;
  let delayMs = firstDelayMs;
  let cancelLater: (() => void) | null = null;

  async function sendBatch(): Promise<'done' | 'again' | 'failed'> {
    const reads = heldReads(tablet).reads.slice(0, batchSize);
    if (reads.length === 0) return 'done';
    let response: Response;
    try {
      response = await request('/api/audit/reads', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reads }),
      });
    } catch (cause) {
      // No network, nobody signed in, or not our server: it waits.
      if (cause instanceof TypeError) return 'failed';
      throw cause;
    }
    if (!response.ok) return 'failed';
    await forgetReads(tablet, new Set(reads.map(({ id }) => id)));
    // A disk that takes nothing would have the same sent for ever.
    return heldReads(tablet).reads[0]?.id === reads[0]?.id ? 'failed' : 'again';
  }

  function plan(afterMs: number): void {
    cancelLater?.();
    cancelLater = parts.later(afterMs, () => {
      cancelLater = null;
      void run();
    });
  }

  /** Asked anew: it may have been closed while something was awaited. */
  const goesOn = (): boolean => !isClosed;

  async function run(): Promise<void> {
    if (isRunning || !goesOn()) return;
    isRunning = true;
    try {
      let outcome = await sendBatch();
      while (outcome === 'again' && goesOn()) {
        delayMs = firstDelayMs;
        outcome = await sendBatch();
      }
      if (outcome === 'failed' && goesOn()) {
        plan(delayMs);
        delayMs = Math.min(2 * delayMs, longestDelayMs);
      }
    } finally {
      isRunning = false;
    }
  }

  let count = 0;
  const stops = [
    tablet.setting<unknown>(readsSetting).subscribe((value) => {
      const before = count;
      count = waitingReads(value).reads.length;
      if (count > before && cancelLater === null) plan(gatherMs);
    }),
    parts.onWaking(() => void run()),
  ];
  return () => {
    isClosed = true;
    cancelLater?.();
    for (const stop of stops) stop();
  };
}
