import { instantToMs, type Instant } from '#shared/lib/instant.ts';

/** `burst` at once, then `perSecond` on average. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimits {
  /** Per session: a tablet that comes back after a day sends and fetches a lot at once. */
  readonly session: RateLimit;
  /** Signing in, per address: at shift change a whole hospital behind one address does it within minutes. */
  readonly signIn: RateLimit;
}

export const defaultRateLimits: RateLimits = {
  session: { burst: 600, perSecond: 20 },
  signIn: { burst: 300, perSecond: 5 },
};

export interface RateLimiter {
  /** Seconds to wait, at least 1; 0: go ahead, and it was counted. */
  take(key: string, at: Instant): number;
}

const maxKeys = 50_000;

/** Token buckets in this gateway's memory. When there are too many keys the ones used longest ago are forgotten. */
export function createRateLimiter(limit: RateLimit): RateLimiter {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(key, at) {
      const atMs = instantToMs(at);
      const held = buckets.get(key) ?? { tokens: limit.burst, atMs };
      const passedMs = Math.max(0, atMs - held.atMs);
      const tokens = Math.min(limit.burst, held.tokens + (passedMs / 1000) * limit.perSecond);
      buckets.delete(key);
      if (buckets.size >= maxKeys) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
      buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, atMs });
      return tokens < 1 ? Math.max(1, Math.ceil((1 - tokens) / limit.perSecond)) : 0;
    },
  };
}
