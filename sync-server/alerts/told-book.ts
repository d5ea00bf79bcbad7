import type { StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';

/**
 * What a consult holds that was not told yet: `unknown` in this process, the events `later` than an `n`, or some `between` those told, because two gateways gave one
 * `n` to two events.
 */
export type NewsOf =
  | { readonly type: 'unknown' }
  | { readonly type: 'later'; readonly than: number }
  | { readonly type: 'between' };

/** Which events of which consults were told: one number per consult, for there may be a hundred thousand open ones. */
export interface ToldBook {
  has(consult: ConsultId): boolean;
  compare(consult: ConsultId, events: readonly StampedEvent[]): NewsOf;
  note(consult: ConsultId, events: readonly StampedEvent[]): void;
}

/** A consult holds at most 1,000 events, and closing ones after that. */
const countBase = 4096;

export function createToldBook(): ToldBook {
  /** Highest `n` and number of events told, in one small integer. */
  const marks = new Map<ConsultId, number>();
  return {
    has: (consult) => marks.has(consult),
    compare(consult, events) {
      const mark = marks.get(consult);
      if (mark === undefined) return { type: 'unknown' };
      const upTo = Math.floor(mark / countBase);
      const known = events.reduce((count, { n }) => count + (n <= upTo ? 1 : 0), 0);
      return known > mark % countBase ? { type: 'between' } : { type: 'later', than: upTo };
    },
    note(consult, events) {
      const upTo = events.reduce((most, { n }) => Math.max(most, n), 0);
      marks.set(consult, upTo * countBase + Math.min(events.length, countBase - 1));
    },
  };
}
