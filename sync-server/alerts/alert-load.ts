import type { PersonId } from '#shared/lib/id.ts';
import { instantToMs, type Clock } from '#shared/lib/instant.ts';
import type { AlertBook } from './alert-book.ts';

/** How many alerts people get: whoever is called too often stops listening. Counted by the gateway that made them, without saying who it is. */
interface AlertLoad {
  /** Alerts of the last 60 minutes. */
  lastHour(): number;
  /** Of one person, whoever got most. */
  mostOfOnePerson(): number;
}

const minuteMs = 60_000;
const minutesKept = 60;

/** The book as it is, with every alert counted that it really created. */
export function countedBook(
  book: AlertBook,
  clock: Clock,
): { readonly book: AlertBook; readonly load: AlertLoad } {
  const byMinute = new Map<number, Map<PersonId, number>>();
  const thisMinute = (): number => Math.floor(instantToMs(clock.now()) / minuteMs);

  function note(person: PersonId): void {
    const minute = thisMinute();
    for (const old of byMinute.keys()) if (old <= minute - minutesKept) byMinute.delete(old);
    const counts = byMinute.get(minute) ?? new Map<PersonId, number>();
    counts.set(person, (counts.get(person) ?? 0) + 1);
    byMinute.set(minute, counts);
  }

  function byPerson(): ReadonlyMap<PersonId, number> {
    const since = thisMinute() - minutesKept;
    const sums = new Map<PersonId, number>();
    for (const [minute, counts] of byMinute)
      if (minute > since)
        for (const [person, count] of counts) sums.set(person, (sums.get(person) ?? 0) + count);
    return sums;
  }

  return {
    book: {
      ...book,
      async create(alerts) {
        const created = await book.create(alerts);
        for (const { recipient } of created) note(recipient);
        return created;
      },
    },
    load: {
      lastHour: () => [...byPerson().values()].reduce((sum, count) => sum + count, 0),
      mostOfOnePerson: () => Math.max(0, ...byPerson().values()),
    },
  };
}
