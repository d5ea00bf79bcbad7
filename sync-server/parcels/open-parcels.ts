import type { Feature } from '#server/http/context.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import { createParcelKeys } from '#server/keys/parcel-keys.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import type { Sync } from '#server/sync/sync.ts';
import { createGrants } from './grants.ts';
import { parcelFeature } from './parcel-routes.ts';
import { signingKeyFeature } from './signing-key-routes.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createParcelTaker } from './take-parcels.ts';

/** When the Wi-Fi of a hospital behind one address comes back, every tablet of it has parcels. */
const bundlesOfOneAddress: RateLimit = { burst: 120, perSecond: 2 };
const unprovenOfOneTablet: RateLimit = { burst: 100, perSecond: 1 / 60 };

export interface Parcels {
  /** Needed by what takes events in, before it can be opened. */
  readonly signingKeys: SigningKeys;
  features(sync: Pick<Sync, 'carried' | 'state'>): readonly Feature[];
}

export function openParcels(parts: ServerParts): Parcels {
  const { clock, audit, sessions } = parts;
  const keys = createParcelKeys(parts.keys.parcel);
  const signingKeys = createSigningKeys({
    accounts: parts.store.database('accounts'),
    grants: createGrants(parts.keys.seal),
  });
  return {
    signingKeys,
    features: (sync) => [
      signingKeyFeature({ keys, signingKeys, clock }),
      parcelFeature({
        keys,
        audit,
        clock,
        isReady: () => sync.state().phase === 'ready',
        limiter: createRateLimiter(bundlesOfOneAddress),
        taker: createParcelTaker({
          keys,
          sessions,
          signatures: signingKeys,
          acceptor: sync,
          unprovenLimiter: createRateLimiter(unprovenOfOneTablet),
        }),
      }),
    ],
  };
}
