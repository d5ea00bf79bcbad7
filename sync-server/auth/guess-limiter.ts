import { createHash } from 'node:crypto';
import { instantToMs, type Instant } from '#shared/lib/instant.ts';

/** Failures that cost nothing: people mistype. */
const freeFailures = 5;
const firstDelaySeconds = 1;
/** Nobody waits longer than this: a doctor must get in. */
const mostDelaySeconds = 60;
/** From strangers' devices, all addresses together: guessing from many places at once. */
const freeFailuresEverywhere = 30;
const mostDelayEverywhereSeconds = 20;
/** From a known device, all addresses together. */
const freeFailuresOfDevice = 100;
const mostDelayOfDeviceSeconds = 5;
const forgottenAfterMs = 60 * 60_000;
const maxKeys = 100_000;

export interface Attempt {
  readonly email: string;
  readonly address: string;
  readonly device: string;
  /**
   * The person signed in on this device before: it has counts of its own, which strangers cannot drive up. Device ids stand in every event, so
   * that a colleague knows them: from other addresses they can slow it down by seconds only.
   */
  readonly isKnownDevice: boolean;
  readonly at: Instant;
}

/** Slows guessing; locks nobody out. Counts by e-mail whether an account has it or not, so that both look alike. */
export interface GuessLimiter {
  /** Seconds to wait before this attempt may be looked at; 0: go ahead. */
  delaySeconds(attempt: Attempt): number;
  failed(attempt: Attempt): void;
  succeeded(attempt: Attempt): void;
}

interface Count {
  failures: number;
  lastAtMs: number;
}

interface Rule {
  key: string;
  free: number;
  mostSeconds: number;
}

function rulesFor({ email, address, device, isKnownDevice }: Attempt): Rule[] {
  // Hashed: the map must not become a list of who works here.
  const person = createHash('sha256').update(email).digest('base64url');
  if (isKnownDevice)
    return [
      { key: `device ${person} ${device} ${address}`, free: freeFailures, mostSeconds: mostDelaySeconds },
      {
        key: `device ${person} ${device}`,
        free: freeFailuresOfDevice,
        mostSeconds: mostDelayOfDeviceSeconds,
      },
    ];
  return [
    { key: `address ${person} ${address}`, free: freeFailures, mostSeconds: mostDelaySeconds },
    { key: `everywhere ${person}`, free: freeFailuresEverywhere, mostSeconds: mostDelayEverywhereSeconds },
  ];
}

/** In this gateway's memory: with several gateways a guesser gets as many tries more. */
export function createGuessLimiter(): GuessLimiter {
  const counts = new Map<string, Count>();

  const heldAt = (key: string, atMs: number): Count | undefined => {
    const held = counts.get(key);
    // A clock that was set back must keep nobody out for as long as it was wrong.
    if (held !== undefined) held.lastAtMs = Math.min(held.lastAtMs, atMs);
    return held === undefined || atMs - held.lastAtMs > forgottenAfterMs ? undefined : held;
  };

  return {
    delaySeconds(attempt) {
      const atMs = instantToMs(attempt.at);
      const waits = rulesFor(attempt).map(({ key, free, mostSeconds }) => {
        const held = heldAt(key, atMs);
        if (held === undefined || held.failures < free) return 0;
        const delay = Math.min(firstDelaySeconds * 2 ** Math.min(held.failures - free, 20), mostSeconds);
        return Math.ceil(delay - (atMs - held.lastAtMs) / 1000);
      });
      return Math.max(0, ...waits);
    },
    failed(attempt) {
      const atMs = instantToMs(attempt.at);
      for (const { key } of rulesFor(attempt)) {
        const failures = (heldAt(key, atMs)?.failures ?? 0) + 1;
        counts.delete(key);
        if (counts.size >= maxKeys) for (const oldest of counts.keys()) if (counts.delete(oldest)) break;
        counts.set(key, { failures, lastAtMs: atMs });
      }
    },
    succeeded(attempt) {
      for (const { key } of rulesFor(attempt)) if (!key.startsWith('everywhere')) counts.delete(key);
    },
  };
}
