import type { Alert } from '#shared/alert/alert.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMs, msBetween, type Instant } from '#shared/lib/instant.ts';

/** Routine alerts that come within this after one was sent go out together when it is over. */
export const bundleMs = 60_000;
/** As many as one message stands for, so that its receipt token fits a push; what is left goes into the next. */
export const maxInBundle = 6;
const manyPeople = 5_000;

type Waiting = Pick<Alert, 'id' | 'recipient' | 'plannedAt'>;

/**
 * Keeps a stream of routine alerts from becoming a stream of notifications. In memory: after a restart there is one notification more, and each gateway
 * counts its own minute; whichever sends first takes along what the others hold.
 */
export interface RoutineBundles {
  /** Another gateway created it, and may be holding it. */
  note(alert: Waiting): void;
  /** It is looked at anew: held no longer unless `hold` says so again. True: it was created by this gateway, and was held. */
  forget(alert: Waiting): boolean;
  /**
   * When to ask again; null: send now, with what `takeOthers` gives. `isOwn`: created by this gateway. Another's that waited a minute has waited enough:
   * its gateway died while it held it.
   */
  hold(alert: Waiting, isOwn: boolean, now: Instant): Instant | null;
  /** Ids of alerts held for the person, without this one; they are held no longer. */
  takeOthers(person: PersonId, alert: string): string[];
}

export function createRoutineBundles(): RoutineBundles {
  const lastAt = new Map<PersonId, Instant>();
  /** Of each person, by whether this gateway created them. */
  const held = new Map<PersonId, Map<string, boolean>>();

  function put({ id, recipient }: Waiting, isOwn: boolean): void {
    const others = held.get(recipient);
    if (others === undefined) held.set(recipient, new Map([[id, isOwn]]));
    else others.set(id, isOwn);
  }
  /** Not what is older, from before an outage or a quiet night: else all of it would come at once. */
  function hasWaited({ plannedAt }: Waiting, now: Instant): boolean {
    const waitedMs = msBetween(plannedAt, now);
    return waitedMs >= bundleMs && waitedMs < 2 * bundleMs;
  }

  return {
    note: (alert) => put(alert, false),
    forget({ id, recipient }) {
      const own = held.get(recipient);
      const isOwn = own?.get(id) === true;
      if (own?.delete(id) === true && own.size === 0) held.delete(recipient);
      return isOwn;
    },
    hold(alert, isOwn, now) {
      const person = alert.recipient;
      const last = lastAt.get(person);
      const until = last === undefined ? now : addMs(last, bundleMs);
      if (until > now && (isOwn || !hasWaited(alert, now))) {
        put(alert, isOwn);
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
      const taken = [...own.keys()].slice(0, maxInBundle - 1);
      for (const id of taken) own.delete(id);
      if (own.size === 0) held.delete(person);
      return taken;
    },
  };
}
