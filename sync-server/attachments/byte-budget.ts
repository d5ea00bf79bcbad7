import { instantToMs, type Instant } from '#shared/lib/instant.ts';

/** `burst` bytes at once, then `perSecond` on average. */
export interface ByteLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** How much one person may send or fetch at this gateway. Forgets whoever was here longest ago when there are too many. */
export interface ByteBudget {
  /** False: over the limit, and nothing was counted. */
  take(key: string, bytes: number, at: Instant): boolean;
}

const mebi = 1024 * 1024;
const maxKeys = 20_000;

/** A tablet that was offline for a day brings dozens of photos; nobody brings gigabytes. */
export const uploadLimit: ByteLimit = { burst: 512 * mebi, perSecond: 2 * mebi };
export const downloadLimit: ByteLimit = { burst: 2048 * mebi, perSecond: 8 * mebi };

export function createByteBudget(limit: ByteLimit): ByteBudget {
  const buckets = new Map<string, { bytes: number; atMs: number }>();
  return {
    take(key, bytes, at) {
      const atMs = instantToMs(at);
      const held = buckets.get(key) ?? { bytes: limit.burst, atMs };
      const passedMs = Math.max(0, atMs - held.atMs);
      const left = Math.min(limit.burst, held.bytes + (passedMs / 1000) * limit.perSecond);
      const fits = bytes <= left;
      buckets.delete(key);
      if (buckets.size >= maxKeys) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
      buckets.set(key, { bytes: fits ? left - bytes : left, atMs });
      return fits;
    },
  };
}
