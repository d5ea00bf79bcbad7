/** 0 ≤ value < 1. */
export type Random = () => number;

export interface BackOff {
  /** How long to wait before the next try; grows until `reset`. `atLeastMs` is the server's own wish (Retry-After). */
  nextDelayMs(atLeastMs?: number | null): number;
  reset(): void;
}

const firstDelayMs = 1_000;
export const longestDelayMs = 60_000;

/** Exponential with jitter over the upper half, so that a ward full of tablets does not come back in step. */
export function createBackOff(random: Random): BackOff {
  let tries = 0;
  return {
    nextDelayMs(atLeastMs) {
      const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries, 16));
      tries++;
      return Math.max(Math.round(full * (0.5 + random() / 2)), atLeastMs ?? 0);
    },
    reset() {
      tries = 0;
    },
  };
}
