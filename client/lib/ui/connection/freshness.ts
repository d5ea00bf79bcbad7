import { minutesBetween, type Instant } from '#shared/lib/instant-arithmetic.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Connection } from '$lib/tablet/tablet.ts';
import type { Times } from '$lib/time/times.ts';
import { minutesWords } from '$lib/time/words.ts';

/** After so many minutes without an answer the fact is drawn in amber, and from the second on in red. */
const amberAfterMinutes = 2;
/** An emergency is to be acknowledged within ten minutes: a list older than that cannot be trusted to hold them all. */
const redAfterMinutes = 10;

export type Freshness =
  | { readonly level: 'never' }
  | { readonly level: 'fresh' | 'amber' | 'red'; readonly at: Instant; readonly minutes: number };

/** How old what this tablet shows may be. */
export function freshness(connection: Pick<Connection, 'confirmedAt'>, now: Instant): Freshness {
  if (connection.confirmedAt === null) return { level: 'never' };
  const minutes = Math.max(0, Math.floor(minutesBetween(connection.confirmedAt, now)));
  const level = minutes < amberAfterMinutes ? 'fresh' : minutes < redAfterMinutes ? 'amber' : 'red';
  return { level, at: connection.confirmedAt, minutes };
}

/** As the header says it. */
export function freshnessWords(fresh: Freshness, times: Times): string {
  if (fresh.level === 'never') return m.common_never_confirmed();
  return fresh.level === 'fresh'
    ? m.common_confirmed_at({ time: times.clock(fresh.at) })
    : m.common_last_heard({ time: minutesWords(fresh.minutes) });
}
