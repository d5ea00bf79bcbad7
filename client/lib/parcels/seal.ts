import { canonicalJson } from '#shared/event/canonical.ts';
import { base64urlToBytes, bytesToBase64url } from '#shared/lib/base64url.ts';
import {
  parcelHead,
  parcelInfo,
  parcelKeyBytes,
  parcelNonceBytes,
  type Parcel,
  type ParcelContent,
} from '#shared/parcel/parcel.ts';
import type { ParcelKey } from '#shared/parcel/protocol.ts';

const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;

/**
 * Seals a signed event to the server: not even this tablet can open it again. Throws where `key` is no point of the curve.
 * Format: shared/parcel/parcel.ts.
 */
export async function sealParcel(
  content: ParcelContent & { event: { id: string } },
  key: Pick<ParcelKey, 'id' | 'publicKey'>,
): Promise<Parcel> {
  const serverPoint = base64urlToBytes(key.publicKey);
  if (serverPoint === null) throw new TypeError('not a public key');
  const server = await crypto.subtle.importKey('raw', serverPoint, curve, false, []);
  const own = await crypto.subtle.generateKey(curve, false, ['deriveBits']);
  const ownPoint = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: server }, own.privateKey, 256);

  const salt = new Uint8Array([...ownPoint, ...serverPoint]);
  const made = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt, info: new TextEncoder().encode(parcelInfo) },
    await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveBits']),
    (parcelKeyBytes + parcelNonceBytes) * 8,
  );
  const head = { v: 1 as const, id: content.event.id, key: key.id, epk: bytesToBase64url(ownPoint) };
  const box = await crypto.subtle.encrypt(
    {
      name: 'AES-GCM',
      iv: made.slice(parcelKeyBytes),
      additionalData: new TextEncoder().encode(parcelHead(head)),
    },
    await crypto.subtle.importKey('raw', made.slice(0, parcelKeyBytes), 'AES-GCM', false, ['encrypt']),
    new TextEncoder().encode(canonicalJson(content)),
  );
  return { ...head, box: bytesToBase64url(new Uint8Array(box)) };
}
