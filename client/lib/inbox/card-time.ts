import type { DueName } from '#shared/consult/clocks.ts';
import type { Instant } from '#shared/lib/instant-arithmetic.ts';
import { timeLeft, type TimeLeft } from '$lib/time/time-left.ts';

/** What runs out first, and when: plain data. */
export interface CardDue {
  readonly clock: DueName;
  readonly at: Instant;
  /** null: not known. */
  readonly startsAt: Instant | null;
  /** It stands still until then, while information is awaited; null: it runs. */
  readonly pausedUntil: Instant | null;
}

export function leftOf(due: CardDue | null, now: Instant): TimeLeft {
  if (due === null) return { state: 'none' };
  if (due.pausedUntil !== null && now < due.pausedUntil) return { state: 'paused' };
  // The screen's own minute may be older than the clock: never more is left than there was to begin with.
  return timeLeft(due.startsAt !== null && now < due.startsAt ? due.startsAt : now, due.at, due.startsAt);
}
