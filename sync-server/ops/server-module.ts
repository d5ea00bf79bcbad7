import type { Logger } from 'pino';
import type { Accounts } from '#server/auth/accounts.ts';
import type { Links } from '#server/auth/links.ts';
import type { OpenIdConfig } from '#server/auth/openid/openid-config.ts';
import type { Sessions } from '#server/auth/sessions.ts';
import type { OutsideConfig } from '#server/alerts/outside-config.ts';
import type { AuditTrail } from '#server/audit/audit.ts';
import type { Devices } from '#server/devices/devices.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { Feature } from '#server/http/context.ts';
import type { Keys } from '#server/keys/keys.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import type { Leases } from '#server/recovery/leases.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { ReadinessCheck } from './health.ts';
import type { Metrics } from './metrics.ts';
import type { StoreEpoch } from './store-epoch.ts';

/** What every part of the server may ask for. Made by compose.ts, never imported as a value. */
export interface ServerParts {
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly audit: AuditTrail;
  readonly directory: DirectoryCache;
  readonly epoch: StoreEpoch;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly leases: Leases;
  readonly devices: Devices;
  readonly keys: Keys;
  readonly sealer: Sealer;
  readonly publicOrigin: string;
  readonly vapidSubject: string;
  /** Hosts pushes may be sent to (`alerts/push-endpoints.ts`); null: any public one and this machine. */
  readonly pushServices: readonly string[] | null;
  /** Channels for alerts besides web push. */
  readonly outside: OutsideConfig;
  /** The hospital's own sign-in; null: by password alone. */
  readonly openId: OpenIdConfig | null;
  /** Asked after each good audit of escalation, so that somebody outside hears when there is none; null: nobody. */
  readonly heartbeatUrl: string | null;
  /** Private files of this gateway that may be lost, such as index snapshots; null: keep nothing. */
  readonly cacheFolder: string | null;
  readonly isDemo: boolean;
  /** Aborts when shutdown begins: streams end on it. */
  readonly closing: AbortSignal;
}

/** A part of the server that is fitted by compose.ts: what it answers, what it needs to be ready, how it ends. */
export interface ServerModule {
  readonly features?: readonly Feature[];
  readonly checks?: readonly ReadinessCheck[];
  /** After `closing` was aborted and before the store is closed. */
  close?(): Promise<void>;
}

export type OpenModule = (parts: ServerParts) => ServerModule | Promise<ServerModule>;
