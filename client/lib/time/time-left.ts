import { instantToMs, type Instant } from '#shared/lib/instant-arithmetic.ts';

/**
 * How long there is until something runs out, in whole minutes. `late` counts up from 0.
 * `paused`: the clock stands still while information is awaited. `none`: nothing runs.
 */
export type TimeLeft =
  | { readonly state: 'plenty' | 'soon' | 'late'; readonly minutes: number }
  | { readonly state: 'paused' }
  | { readonly state: 'none' };

/** From this share of the whole time on, what is left is called soon (the same 75 % that alerts use, ALE-1). */
const soonShare = 0.75;
/** When nobody knows how long the whole time was. */
const soonMinutes = 10;

/** `startsAt` null: not known. Minutes left are rounded up and minutes late down, so that "0 min late" is never early. */
export function timeLeft(now: Instant, dueAt: Instant, startsAt: Instant | null): TimeLeft {
  const leftMs = instantToMs(dueAt) - instantToMs(now);
  if (leftMs <= 0)
    return { state: 'late', minutes: Math.floor((instantToMs(now) - instantToMs(dueAt)) / 60_000) };
  const minutes = Math.ceil(leftMs / 60_000);
  const wholeMs = startsAt === null ? 0 : instantToMs(dueAt) - instantToMs(startsAt);
  const isSoon = wholeMs > 0 ? leftMs <= wholeMs * (1 - soonShare) : minutes <= soonMinutes;
  return { state: isSoon ? 'soon' : 'plenty', minutes };
}
