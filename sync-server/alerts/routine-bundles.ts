import type { PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';

/** Routine alerts that come within this after one was sent go out together when it is over. */
export const bundleMs = 60_000;
/** As many as one message stands for, so that its receipt token fits a push; what is left goes into the next. */
export const maxInBundle = 6;
const manyPeople = 5_000;

/** Keeps a stream of routine alerts from becoming a stream of notifications. In memory: after a restart there is one notification more. */
export interface RoutineBundles {
  /** When to ask again; null: send now, with what `takeOthers` gives. */
  hold(person: PersonId, alert: string, now: Instant): Instant | null;
  /** Ids of alerts held for the person, without this one; they are held no longer. */
  takeOthers(person: PersonId, alert: string): string[];
}

export function createRoutineBundles(): RoutineBundles {
  const lastAt = new Map<PersonId, Instant>();
  const held = new Map<PersonId, Set<string>>();
  return {
    hold(person, alert, now) {
      const last = lastAt.get(person);
      const until = last === undefined ? now : addMs(last, bundleMs);
      if (until > now) {
        const others = held.get(person);
        if (others === undefined) held.set(person, new Set([alert]));
        else others.add(alert);
        return until;
      }
      if (lastAt.size > manyPeople)
        for (const [who, at] of lastAt) if (addMs(at, bundleMs) <= now) lastAt.delete(who);
      lastAt.set(person, now);
      return null;
    },
    takeOthers(person, alert) {
      const own = held.get(person);
      if (own === undefined) return [];
      own.delete(alert);
      const taken = [...own].slice(0, maxInBundle - 1);
      for (const id of taken) own.delete(id);
      if (own.size === 0) held.delete(person);
      return taken;
    },
  };
}
