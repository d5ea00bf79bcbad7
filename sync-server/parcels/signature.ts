import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { base64urlToBytes, bytesToBase64url } from '#shared/lib/base64url.ts';

/** null: no point of the curve. */
export function signingKeyFrom(publicKey: string): KeyObject | null {
  const point = base64urlToBytes(publicKey);
  if (point?.length !== 65) return null;
  const [x, y] = [bytesToBase64url(point.subarray(1, 33)), bytesToBase64url(point.subarray(33))];
  try {
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  } catch {
    // OpenSSL refuses what does not lie on the curve.
    return null;
  }
}

/** True for a signature as WebCrypto makes it, in its one spelling. */
export function isSignedBy(key: KeyObject, text: string, signature: string): boolean {
  const bytes = base64urlToBytes(signature);
  if (bytes?.length !== 64) return false;
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, bytes);
}
