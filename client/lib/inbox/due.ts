import { isPausedAt, nextDue, type Due } from '#shared/consult/clocks.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { CardDue } from './card-time.ts';

const known = new WeakMap<Consult, Due | null>();
/** `nextDue`, found once per projection: a sort asks for it again and again. */
export function firstDue(consult: Consult): Due | null {
  let due = known.get(consult);
  if (due === undefined) {
    due = nextDue(consult);
    known.set(consult, due);
  }
  return due;
}

/** null: nothing runs. */
export function dueOf(consult: Consult, now: Instant): CardDue | null {
  const due = firstDue(consult);
  // A declined one is not on its way to anybody: minutes to its being taken would promise somebody.
  if (due === null || consult.status === 'declined') return null;
  const { clock, dueAt: at } = due;
  if (clock === 'promise') return { clock, at, startsAt: null, pausedUntil: null };
  if (clock === 'info') return { clock, at, startsAt: consult.infoWait?.since ?? null, pausedUntil: null };
  return {
    clock,
    at,
    startsAt: consult.clocks?.[clock].startsAt ?? null,
    pausedUntil: isPausedAt(consult, clock, now) ? (consult.infoWait?.dueAt ?? null) : null,
  };
}
