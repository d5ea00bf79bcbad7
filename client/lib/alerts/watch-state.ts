import { minutesBetween, msBetween, type Instant } from '#shared/lib/instant.ts';
import type { Connection } from '$lib/tablet/tablet.ts';

/** After so long without a word from the server a person must know, even one who does not look at the header. */
export const silentAfterMs = 2 * 60_000;
/** A tablet that was just taken up has slept, not the server. */
export const wakingMs = 10_000;

/** Whether somebody other than this person watches over what is late. */
export type WatchState =
  | { readonly kind: 'watched' }
  /** The server answers, and says that escalation has stood still. */
  | { readonly kind: 'escalation-stopped'; readonly minutes: number }
  /** The server has not answered; nothing new comes here, and nothing from here reaches anybody. */
  | { readonly kind: 'server-silent'; readonly minutes: number };

/** `awakeSince`: since when this screen has been looked at without a break. */
export function watchState(
  {
    confirmedAt,
    watcherLateSeconds,
    signInNeeded,
  }: Pick<Connection, 'confirmedAt' | 'watcherLateSeconds' | 'signInNeeded'>,
  awakeSince: Instant,
  now: Instant,
): WatchState {
  // Never heard of: the very first screen says so itself.
  if (confirmedAt === null) return { kind: 'watched' };
  if (msBetween(confirmedAt, now) > silentAfterMs) {
    // Being signed out is said by its own bar.
    if (signInNeeded || msBetween(awakeSince, now) < wakingMs) return { kind: 'watched' };
    return { kind: 'server-silent', minutes: Math.floor(minutesBetween(confirmedAt, now)) };
  }
  return watcherLateSeconds > 0
    ? { kind: 'escalation-stopped', minutes: Math.max(1, Math.ceil(watcherLateSeconds / 60)) }
    : { kind: 'watched' };
}
