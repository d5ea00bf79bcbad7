import type { Alert } from '#shared/alert/alert.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMs, earliest, type Instant } from '#shared/lib/instant.ts';

/** Routine alerts that come within this after one was sent go out together when it is over. */
export const bundleMs = 60_000;
/** As many as one message stands for, so that its receipt token fits a push; what is left goes into the next. */
export const maxInBundle = 6;
const manyPeople = 5_000;

/** Keeps a stream of routine alerts from becoming a stream of notifications. In memory: after a restart there is one notification more. */
export interface RoutineBundles {
  /**
   * When to ask again; null: send now, with what `takeOthers` gives. `isOthers`: another gateway created it and may have held it before it died, so
   * that it waits no longer than a minute in all.
   */
  hold(alert: Pick<Alert, 'id' | 'recipient' | 'plannedAt'>, isOthers: boolean, now: Instant): Instant | null;
  /** Ids of alerts held for the person, without this one; they are held no longer. */
  takeOthers(person: PersonId, alert: string): string[];
}

export function createRoutineBundles(): RoutineBundles {
  const lastAt = new Map<PersonId, Instant>();
  /** Of each person the alerts held, with when they go at the latest; null: when their turn comes. */
  const held = new Map<PersonId, Map<string, Instant | null>>();

  /** What is older, of before an outage or a quiet night, comes in its turn: else all of it would come at once. */
  function latestFor(plannedAt: Instant, isOthers: boolean, now: Instant): Instant | null {
    const at = addMs(plannedAt, bundleMs);
    return isOthers && at > now ? at : null;
  }

  return {
    hold({ id, recipient: person, plannedAt }, isOthers, now) {
      const last = lastAt.get(person);
      const until = last === undefined ? now : addMs(last, bundleMs);
      const own = held.get(person) ?? new Map<string, Instant | null>();
      const known = own.get(id);
      const atLatest = known === undefined ? latestFor(plannedAt, isOthers, now) : known;
      if (until > now && (atLatest === null || atLatest > now)) {
        own.set(id, atLatest);
        held.set(person, own);
        return atLatest === null ? until : earliest(until, atLatest);
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
      const taken = [...own.keys()].slice(0, maxInBundle - 1);
      for (const id of taken) own.delete(id);
      if (own.size === 0) held.delete(person);
      return taken;
    },
  };
}
