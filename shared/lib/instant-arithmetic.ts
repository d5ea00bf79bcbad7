import type { z } from 'zod';

/** See instant.ts, which says what one is; here is what needs no schema, for a first screen that waits for none. */
export type Instant = string & z.core.$brand<'Instant'>;

/** Milliseconds since 1970; throws RangeError for text that is not an instant. */
export function instantToMs(instant: Instant): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw new RangeError('not an instant');
  return ms;
}

export function msToInstant(ms: number): Instant {
  return new Date(ms).toISOString() as Instant;
}

export const addMs = (from: Instant, ms: number): Instant => msToInstant(instantToMs(from) + ms);
export const addMinutes = (from: Instant, minutes: number): Instant => addMs(from, minutes * 60_000);

/** Milliseconds from `from` to `to`; negative when `to` lies before `from`. */
export const msBetween = (from: Instant, to: Instant): number => instantToMs(to) - instantToMs(from);
/** Minutes from `from` to `to`, not rounded; negative when `to` lies before `from`. */
export const minutesBetween = (from: Instant, to: Instant): number => msBetween(from, to) / 60_000;

export const isBefore = (a: Instant, b: Instant): boolean => a < b;
export const earliest = (a: Instant, b: Instant): Instant => (a <= b ? a : b);
export const latest = (a: Instant, b: Instant): Instant => (a >= b ? a : b);
