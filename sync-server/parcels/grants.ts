import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { grantText, type Grant } from '#shared/parcel/signing.ts';

/** Says of a signing key, in a form that comes back with what it signed, whose it is. */
export interface Grants {
  sign(grant: Omit<Grant, 'mac'>): Grant;
  isOurs(grant: Grant): boolean;
}

/** `key` never lies in the store: a grant proves what a store that was set back has forgotten. */
export function createGrants(key: Uint8Array): Grants {
  const own = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), 'hospital-consult grants v1', 32));
  const macOf = (grant: Omit<Grant, 'mac'>): string =>
    createHmac('sha256', own).update(grantText(grant)).digest('base64url');
  return {
    sign: (grant) => ({ ...grant, mac: macOf(grant) }),
    isOurs(grant) {
      const [given, right] = [Buffer.from(grant.mac), Buffer.from(macOf(grant))];
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
