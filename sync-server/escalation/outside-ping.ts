import type { Logger } from 'pino';
import { msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';

/** Tells somebody outside the house that the watcher lives: when the pings stop, they ring. */
export interface OutsidePing {
  /** After a good audit; asks at most once a minute and never throws. */
  ping(): Promise<void>;
  /** Pings that were not answered with 2xx, since the start. */
  failures(): number;
}

const everyMs = 60_000;
const timeoutMs = 10_000;

export function createOutsidePing(deps: {
  /** Often holds a secret: it stands in no log line. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch?: typeof fetch;
}): OutsidePing {
  const { url, clock, logger } = deps;
  const get = deps.fetch ?? fetch;
  let lastAt: Instant | null = null;
  let failures = 0;
  return {
    failures: () => failures,
    async ping() {
      const now = clock.now();
      // A few seconds early is on time: audits do not come to the millisecond.
      if (lastAt !== null && msBetween(lastAt, now) < everyMs - 5_000) return;
      lastAt = now;
      try {
        const answer = await get(url, {
          method: 'GET',
          redirect: 'follow',
          signal: AbortSignal.timeout(timeoutMs),
        });
        await answer.body?.cancel();
        if (answer.ok) return;
        failures++;
        logger.warn({ status: answer.status }, 'the outside ping was not taken');
      } catch (cause) {
        failures++;
        const reason = cause instanceof Error ? cause.name : 'unknown';
        logger.warn({ reason }, 'the outside ping found nobody');
      }
    },
  };
}
