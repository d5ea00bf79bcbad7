import type { Tries } from './keyring.ts';

/** After so many wrong tries only a sign-in at the server opens. */
export const mostTries = 10;

const freeTries = 3;
const waitsMs = [5_000, 15_000, 60_000, 300_000] as const;

/** The wait before the next try after so many wrong ones. */
export function waitAfterMs(wrongTries: number): number {
  if (wrongTries < freeTries) return 0;
  return waitsMs[Math.min(wrongTries - freeTries, waitsMs.length - 1)] ?? 0;
}

/**
 * How long the next try must wait. A clock that was set back before the last try begins the wait anew, and the answered tries say so:
 * they are to be stored.
 */
export function waitOf(tries: Tries, nowMs: number): { readonly waitMs: number; readonly tries: Tries } {
  const wholeMs = waitAfterMs(tries.count);
  if (tries.lastAtMs === null || wholeMs === 0) return { waitMs: 0, tries };
  if (nowMs < tries.lastAtMs) return { waitMs: wholeMs, tries: { ...tries, lastAtMs: nowMs } };
  return { waitMs: Math.max(0, wholeMs - (nowMs - tries.lastAtMs)), tries };
}
