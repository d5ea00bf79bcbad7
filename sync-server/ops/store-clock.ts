import { msToInstant, type Instant } from '#shared/lib/instant.ts';

/** The time on the store's machine, in whole seconds; null when it does not say. Rejects when it cannot be reached. */
export type StoreClock = () => Promise<Instant | null>;

const timeoutMs = 5_000;

/** CouchDB's, from the Date header that stands on every answer, also on one that refuses; so no name and no password are sent. */
export function couchClock(couchdbUrl: string): StoreClock {
  const url = new URL(couchdbUrl);
  url.username = '';
  url.password = '';
  return async () => {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) });
    const ms = Date.parse(answer.headers.get('date') ?? '');
    return Number.isNaN(ms) ? null : msToInstant(ms);
  };
}
