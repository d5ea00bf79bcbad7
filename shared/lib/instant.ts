import { z } from 'zod';
import type { Instant } from './instant-arithmetic.ts';

export * from './instant-arithmetic.ts';

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

/** The only way a program learns the time: handed in by the composition root, moved by tests. */
export interface Clock {
  now(): Instant;
}

/** Parses text that is known to be an instant, such as a literal in a test; throws otherwise. */
export function instant(text: string): Instant {
  return instantSchema.parse(text);
}
