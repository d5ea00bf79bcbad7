import type { Tablet } from '$lib/tablet/tablet.ts';
import type { ApiRequest } from './api-request.ts';
import { changeReceipts, heldReceipts, receiptsOf, receiptsSetting, withoutKnown } from './receipt-queue.ts';

export interface ReceiptSenderParts {
  readonly tablet: Pick<Tablet, 'setting' | 'saveSetting' | 'alerts' | 'connection'>;
  readonly request: ApiRequest;
  /** Calls `run` whenever it is worth trying again; the answer ends that. */
  readonly onWaking: (run: () => void) => () => void;
  /** Calls once after so long; the answer calls it off. */
  readonly later: (delayMs: number, run: () => void) => () => void;
}

/** One request names so many alerts at most. */
const batchSize = 50;
const firstDelayMs = 5_000;
/** Also for a server that has no such route yet: it is asked again now and then. */
const longestDelayMs = 5 * 60_000;

/**
 * Sends what was looked at (`POST /api/alerts/receipts`) in the order it was looked at, again and again until the server takes it, and forgets a
 * receipt only when the alert itself says it.
 */
export function startReceiptSender(parts: ReceiptSenderParts): () => void {
  const { tablet, request } = parts;
  let isClosed = false;
  /** Asked anew: it may have been closed while something was awaited. */
  const goesOn = (): boolean => !isClosed;
  let isRunning = false;
  let delayMs = firstDelayMs;
  let cancelLater: () => void = () => undefined;
  let waiting = receiptsOf(null);

  async function sendBatch(): Promise<'done' | 'again' | 'failed'> {
    const batch = Object.entries(heldReceipts(tablet))
      .filter(([, { isSent }]) => !isSent)
      .sort(([, a], [, b]) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .slice(0, batchSize);
    if (batch.length === 0) return 'done';
    let response: Response;
    try {
      response = await request('/api/alerts/receipts', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ alerts: batch.map(([id, { fact }]) => ({ id, fact })) }),
      });
    } catch (cause) {
      // No network, nobody signed in, or not our server: it waits.
      if (cause instanceof TypeError) return 'failed';
      throw cause;
    }
    if (!response.ok) return 'failed';
    await changeReceipts(tablet, (held) => {
      const taken = batch.filter(([id, sent]) => held[id]?.fact === sent.fact);
      if (taken.length === 0) return held;
      return {
        ...held,
        ...Object.fromEntries(taken.map(([id, sent]) => [id, { ...sent, isSent: true }])),
      };
    });
    // A disk that takes nothing would have the same sent for ever.
    const isNoted = batch.some(([id, sent]) => heldReceipts(tablet)[id]?.isSent !== sent.isSent);
    return isNoted ? 'again' : 'failed';
  }

  async function run(): Promise<void> {
    if (isRunning || !goesOn()) return;
    isRunning = true;
    cancelLater();
    try {
      let outcome = await sendBatch();
      while (outcome === 'again' && goesOn()) {
        delayMs = firstDelayMs;
        outcome = await sendBatch();
      }
      if (outcome === 'failed' && goesOn()) {
        cancelLater = parts.later(delayMs, () => void run());
        delayMs = Math.min(2 * delayMs, longestDelayMs);
      }
    } finally {
      isRunning = false;
    }
  }

  const stops = [
    tablet.setting<unknown>(receiptsSetting).subscribe((value) => {
      const before = waiting;
      waiting = receiptsOf(value);
      const isNew = Object.entries(waiting).some(
        ([id, { isSent, fact }]) => !isSent && before[id]?.fact !== fact,
      );
      if (isNew) void run();
    }),
    tablet.alerts.subscribe((alerts) => {
      if (Object.keys(waiting).length === 0) return;
      let isWhole = false;
      tablet.connection.subscribe(({ perCollection }) => (isWhole = perCollection.alerts.caughtUp))();
      void changeReceipts(tablet, (held) => withoutKnown(held, alerts, isWhole));
    }),
    parts.onWaking(() => void run()),
  ];
  return () => {
    isClosed = true;
    cancelLater();
    for (const stop of stops) stop();
  };
}
