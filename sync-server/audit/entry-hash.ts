import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '#shared/event/canonical.ts';

declare const auditKeyBrand: unique symbol;
/** Derived from the seal key, so that a seal can never be taken for a hash of the audit or the other way round. */
export type AuditKey = Uint8Array & { readonly [auditKeyBrand]: true };

export const auditKeyOf = (sealKey: Uint8Array): AuditKey =>
  new Uint8Array(hkdfSync('sha256', sealKey, new Uint8Array(), 'audit chain', 32)) as AuditKey;

/** HMAC-SHA-256 over the canonical bytes of everything but `hash` itself: nobody makes one with the store alone. */
export function hashOf(key: AuditKey, { hash: _hash, ...body }: Readonly<Record<string, unknown>>): string {
  return createHmac('sha256', key).update(canonicalJson(body)).digest('base64url');
}

/** True where the body carries the hash it should have. */
export function hasRightHash(key: AuditKey, body: Readonly<Record<string, unknown>>): boolean {
  const given = body['hash'];
  if (typeof given !== 'string') return false;
  const [left, right] = [Buffer.from(given), Buffer.from(hashOf(key, body))];
  return left.length === right.length && timingSafeEqual(left, right);
}
