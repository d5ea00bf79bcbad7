import { z } from 'zod';

const isoPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * A moment in time: ISO 8601, UTC, always milliseconds and `Z`, so that text order is time order.
 * Years 0000 to 9999.
 */
export const instantSchema = z
  .string()
  .regex(isoPattern)
  .refine((text) => {
    const ms = Date.parse(text);
    // Date.parse takes 30 February and 24:00 for later moments; then text order would not be time order.
    return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
  }, 'not a moment that exists')
  .brand<'Instant'>();
export type Instant = z.infer<typeof instantSchema>;

/** The only way a program learns the time: handed in by the composition root, moved by tests. */
export interface Clock {
  now(): Instant;
}

/** Milliseconds since 1970; throws RangeError for text that is not an instant. */
export function instantToMs(instant: Instant): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw new RangeError('not an instant');
  return ms;
}

export function msToInstant(ms: number): Instant {
  return new Date(ms).toISOString() as Instant;
}

/** Parses text that is known to be an instant, such as a literal in a test; throws otherwise. */
export function instant(text: string): Instant {
  return instantSchema.parse(text);
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
