import { createDecipheriv, createECDH, createHash, hkdfSync, type ECDH } from 'node:crypto';
import { base64urlToBytes } from '#shared/lib/base64url.ts';
import { instantToMs, msToInstant, type Instant } from '#shared/lib/instant.ts';
import {
  hospitalMarkOf,
  parcelHead,
  parcelInfo,
  parcelKeyBytes,
  parcelNonceBytes,
  type Parcel,
} from '#shared/parcel/parcel.ts';
import type { ParcelKey } from '#shared/parcel/protocol.ts';

/** The keys parcels are sealed to: a new pair every 90 days, each made anew from PARCEL_KEY whenever it is needed. */
export interface ParcelKeys {
  current(at: Instant): ParcelKey;
  /** What lies in a parcel of any earlier key of this server, or the next; null: it cannot be opened. */
  open(parcel: Parcel, at: Instant): string | null;
}

const curve = 'prime256v1';
/** Order of P-256 (SEC 2, secp256r1). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const periodMs = 90 * 24 * 60 * 60_000;
const tagBytes = 16;
const mostHeld = 16;
const none = new Uint8Array();

const derived = (secret: Uint8Array, info: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, none, info, bytes));

/** By FIPS 186-5 A.2.1: 16 bytes more than the order has, so that every scalar is as likely as any other. */
function pairOf(secret: Uint8Array, period: number): ECDH {
  const wide = derived(secret, `hospital-consult parcel key pair v1 ${String(period)}`, 48);
  const scalar = (BigInt(`0x${wide.toString('hex')}`) % (order - 1n)) + 1n;
  const pair = createECDH(curve);
  pair.setPrivateKey(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex'));
  return pair;
}

/** Throws where the point is not on the curve, or the box was changed. */
function opened(pair: ECDH, parcel: Parcel, epk: Uint8Array, box: Uint8Array): string {
  const salt = Buffer.concat([epk, pair.getPublicKey()]);
  const made = hkdfSync(
    'sha256',
    pair.computeSecret(epk),
    salt,
    parcelInfo,
    parcelKeyBytes + parcelNonceBytes,
  );
  const key = new Uint8Array(made, 0, parcelKeyBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(made, parcelKeyBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(parcelHead(parcel)));
  decipher.setAuthTag(box.subarray(-tagBytes));
  const bytes = Buffer.concat([decipher.update(box.subarray(0, -tagBytes)), decipher.final()]);
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

export function createParcelKeys(secret: Uint8Array): ParcelKeys {
  const mark = createHash('sha256')
    .update(derived(secret, 'hospital-consult parcel mark v1', 32))
    .digest('hex')
    .slice(0, 16);
  const held = new Map<number, ECDH>();
  const periodAt = (at: Instant): number => Math.floor(instantToMs(at) / periodMs);

  function pairFor(period: number): ECDH {
    const pair = held.get(period) ?? pairOf(secret, period);
    held.delete(period);
    if (held.size >= mostHeld) for (const oldest of held.keys()) if (held.delete(oldest)) break;
    held.set(period, pair);
    return pair;
  }

  return {
    current(at) {
      const period = periodAt(at);
      return {
        id: `${mark}.${String(period)}`,
        publicKey: pairFor(period).getPublicKey('base64url'),
        until: msToInstant((period + 1) * periodMs),
      };
    },
    open(parcel, at) {
      const period = Number(parcel.key.split('.')[1]);
      // Another gateway's clock may be in the next period already.
      if (hospitalMarkOf(parcel.key) !== mark || period > periodAt(at) + 1) return null;
      const [epk, box] = [base64urlToBytes(parcel.epk), base64urlToBytes(parcel.box)];
      if (epk === null || box === null || box.length <= tagBytes) return null;
      // One spelling: 7 and 07 are not two names of one key.
      if (parcel.key !== `${mark}.${String(period)}`) return null;
      try {
        return opened(pairFor(period), parcel, epk, box);
      } catch {
        // Not sealed to this key, or changed on the way: there is nothing else to know.
        return null;
      }
    },
  };
}
