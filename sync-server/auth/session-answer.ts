import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { StoreEpoch } from '#server/ops/store-epoch.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { Session } from '#shared/session/protocol.ts';
import type { Leases } from '#server/recovery/leases.ts';
import type { RecognisedSession } from './sessions.ts';

/** What a tablet is told of a session, at sign-in and whenever it asks. */
export const sessionAnswer = (
  session: RecognisedSession,
  deps: {
    readonly clock: Clock;
    readonly epoch: Pick<StoreEpoch, 'current'>;
    readonly directory: Pick<DirectoryCache, 'current'>;
    readonly leases: Leases;
  },
): Session => ({
  person: session.person,
  device: session.device,
  deviceKind: session.deviceKind,
  mustChangePassword: session.mustChangePassword,
  idleEndsAt: session.idleEndsAt,
  endsAt: session.endsAt,
  asOf: deps.clock.now(),
  storeEpoch: deps.epoch.current(),
  demo: deps.directory.current().organisation?.demo ?? false,
  lease: deps.leases.leaseFor({ person: session.person, device: session.device, at: deps.clock.now() }),
});
