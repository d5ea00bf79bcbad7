import { createECDH, createPrivateKey, hkdfSync, sign } from 'node:crypto';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import { offlineLeaseHoursOf } from '#shared/directory/organisation.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import { leaseBytes, type Lease } from '#shared/session/lease.ts';

const hourMs = 60 * 60_000;

/** Signs how long a tablet may go on reading without the server. Stateless: every gateway of a hospital signs alike. */
export interface Leases {
  leaseFor(who: { readonly person: PersonId; readonly device: DeviceId; readonly at: Instant }): Lease;
}

function signingPair(sealKey: Uint8Array) {
  const curve = createECDH('prime256v1');
  for (let turn = 0; ; turn++) {
    const scalar = Buffer.from(
      hkdfSync('sha256', sealKey, new Uint8Array(), `lease signing ${String(turn)}`, 32),
    );
    try {
      curve.setPrivateKey(scalar);
    } catch {
      // One of the few numbers that are not below the order of the curve.
      continue;
    }
    const point = curve.getPublicKey();
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      d: scalar.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    };
    return {
      privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
      publicKey: point.toString('base64url'),
    };
  }
}

export function createLeases(deps: {
  readonly sealKey: Uint8Array;
  readonly directory: Pick<DirectoryCache, 'current'>;
}): Leases {
  const { privateKey, publicKey } = signingPair(deps.sealKey);
  return {
    leaseFor({ person, device, at }) {
      const hours = offlineLeaseHoursOf(deps.directory.current().organisation);
      const lease = { person, device, from: at, until: addMs(at, hours * hourMs) };
      const signature = sign('sha256', Buffer.from(leaseBytes(lease)), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      return { ...lease, signature: signature.toString('base64url'), publicKey };
    },
  };
}
