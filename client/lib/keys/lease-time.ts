import { instantToMs, type Instant } from '#shared/lib/instant.ts';
import { leaseBytes, type Lease } from '#shared/session/lease.ts';
import { bytesOfBase64Url } from './bytes.ts';
import type { KnownTime } from './keyring.ts';

/**
 * The server's time as far as it can be told here. The device's clock only ever adds to it: set back, it adds nothing, and what had
 * passed before stays passed.
 */
export function reckoned(time: KnownTime | null, deviceMs: number): KnownTime | null {
  if (time === null) return null;
  return { serverMs: time.serverMs + Math.max(0, deviceMs - time.deviceMs), deviceMs };
}

/** The server has told its time: from now on that holds, also where this tablet had reckoned too far. */
export const told = (asOf: Instant, deviceMs: number): KnownTime => ({
  serverMs: instantToMs(asOf),
  deviceMs,
});

/** False also where no time was ever told: then nothing can be known to hold. */
export const isRunning = (lease: Lease | null, time: KnownTime | null): boolean =>
  lease !== null && time !== null && time.serverMs < instantToMs(lease.until);

/** Whether the server whose key it names has signed it. */
export async function isSigned(lease: Lease): Promise<boolean> {
  const publicKey = bytesOfBase64Url(lease.publicKey);
  const signature = bytesOfBase64Url(lease.signature);
  if (publicKey === null || signature === null) return false;
  try {
    const curve = { name: 'ECDSA', namedCurve: 'P-256' };
    const key = await crypto.subtle.importKey('raw', publicKey, curve, false, ['verify']);
    const bytes = new TextEncoder().encode(leaseBytes(lease));
    return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, bytes);
  } catch {
    // Not a point of the curve.
    return false;
  }
}
