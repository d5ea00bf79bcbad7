import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { Clock } from '#shared/lib/instant.ts';
import { noOutsideChannels, type OutsideConfig } from './alerts/outside-config.ts';
import { createApp } from './app.ts';
import { createAudit } from './audit/audit.ts';
import { auditModule } from './audit/audit-module.ts';
import { auditKeyOf } from './audit/entry-hash.ts';
import { productModule } from './compose/product-module.ts';
import { createAccounts } from './auth/accounts.ts';
import { createGuessLimiter } from './auth/guess-limiter.ts';
import { createLinkRedeemer } from './auth/link-redeemer.ts';
import { createLinks } from './auth/links.ts';
import type { OpenIdConfig } from './auth/openid/openid-config.ts';
import { openIdModule } from './auth/openid/openid-module.ts';
import { createPasswords, type PasswordCost } from './auth/passwords.ts';
import { sessionFeature, type DemoSignIns } from './auth/session-routes.ts';
import { openSessions } from './auth/sessions.ts';
import type { StoreConfig } from './config.ts';
import { deviceFeatures } from './devices/device-routes.ts';
import { openDevices } from './devices/devices.ts';
import { openDirectoryCache } from './directory/directory-cache.ts';
import type { AppEnv } from './http/context.ts';
import { createRateLimiter, type RateLimits } from './http/rate-limit.ts';
import type { StaticFiles } from './http/static-files.ts';
import type { Keys } from './keys/keys.ts';
import { createSealer } from './keys/sealer.ts';
import { createLeases } from './recovery/leases.ts';
import { recoveryModule } from './recovery/recovery-module.ts';
import { rotaModule } from './rota/rota-module.ts';
import type { ReadinessCheck } from './ops/health.ts';
import { healthFeature } from './ops/health-routes.ts';
import { createMetrics } from './ops/metrics.ts';
import type { OpenModule, ServerModule, ServerParts } from './ops/server-module.ts';
import { openStoreEpoch } from './ops/store-epoch.ts';
import { openCouchStore } from './store/couchdb.ts';
import { loadDesignDocuments } from './store/design-documents.ts';
import { openEmbeddedStore } from './store/embedded.ts';
import type { DocumentStore } from './store/port.ts';

/** Parts beside accounts and operations, in the order they are opened; closed the other way round. */
export const productModules: readonly OpenModule[] = [
  productModule(),
  auditModule(),
  rotaModule(),
  openIdModule(),
  recoveryModule(),
];

export interface ComposeOptions {
  readonly store: DocumentStore;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publicOrigin: string;
  readonly vapidSubject: string;
  readonly pushServices: readonly string[] | null;
  /** Absent: web push alone. */
  readonly outside?: OutsideConfig;
  /** Absent: by password alone. */
  readonly openId?: OpenIdConfig | null;
  readonly trustedProxyHops: number;
  /** Absent: nobody outside is told that escalation is watched. */
  readonly heartbeatUrl?: string | null;
  readonly showsMetrics: boolean;
  readonly cacheFolder: string | null;
  readonly passwordCost: PasswordCost;
  readonly rateLimits: RateLimits;
  readonly staticFiles: StaticFiles;
  /** null in production. */
  readonly demoSignIns: DemoSignIns | null;
  readonly modules: readonly OpenModule[];
}

export interface ComposedServer {
  readonly app: Hono<AppEnv>;
  readonly parts: ServerParts;
  readonly checks: readonly ReadinessCheck[];
  /** From here on streams end and `/api/health/ready` says no. */
  beginClosing(): void;
  /** Ends everything, and closes the store it was given. */
  close(): Promise<void>;
}

/** Opens the store a configuration names. `designFolder` is the folder couchdb/ of this build. */
export async function openStore(config: StoreConfig, designFolder: string): Promise<DocumentStore> {
  const designDocuments = await loadDesignDocuments(designFolder);
  return config.type === 'embedded'
    ? openEmbeddedStore({ folder: config.folder, designDocuments })
    : openCouchStore({ url: config.url, prefix: config.prefix, designDocuments });
}

/** Fits the server together around an open store; nothing listens yet. Throws `StoreUnavailable`. */
export async function compose(options: ComposeOptions): Promise<ComposedServer> {
  const { clock, keys, logger, publicOrigin, store } = options;
  const closing = new AbortController();
  const [accountsDatabase, directoryDatabase, meta] = [
    store.database('accounts'),
    store.database('directory'),
    store.database('meta'),
  ];

  const accountsSince = await accountsDatabase.position();
  const directory = await openDirectoryCache({ database: directoryDatabase, logger });
  const epoch = await openStoreEpoch({ meta, clock, logger });
  const audit = createAudit({ database: store.database('audit'), key: auditKeyOf(keys.seal), logger });
  const metrics = createMetrics();
  const accounts = createAccounts(accountsDatabase);
  const links = createLinks(accountsDatabase);
  const devices = await openDevices({ database: accountsDatabase, clock, logger });
  const sessions = openSessions({
    database: accountsDatabase,
    directory,
    key: keys.session,
    logger,
    since: accountsSince,
    onBegun: (session, at) => devices.signedIn(session, at),
  });
  const passwords = createPasswords(options.passwordCost);

  const leases = createLeases({ sealKey: keys.seal, directory });

  const parts: ServerParts = {
    store,
    clock,
    logger,
    metrics,
    audit,
    directory,
    epoch,
    accounts,
    sessions,
    links,
    leases,
    devices,
    keys,
    sealer: createSealer(keys.seal),
    publicOrigin,
    vapidSubject: options.vapidSubject,
    pushServices: options.pushServices,
    outside: options.outside ?? noOutsideChannels,
    openId: options.openId ?? null,
    heartbeatUrl: options.heartbeatUrl ?? null,
    cacheFolder: options.cacheFolder,
    isDemo: options.demoSignIns !== null,
    closing: closing.signal,
  };

  const modules: ServerModule[] = [];
  for (const open of options.modules) modules.push(await open(parts));
  await devices.start();

  const sessionDeps = {
    sessions,
    devices,
    limiter: createRateLimiter(options.rateLimits.session),
    isSecure: publicOrigin.startsWith('https:'),
  };
  const checks: ReadinessCheck[] = [
    { name: 'store', isReady: async () => (await meta.get('store-epoch')) !== null },
    { name: 'directory', isReady: () => directory.isLoaded() },
    ...modules.flatMap((module) => module.checks ?? []),
  ];
  const app = createApp({
    ...sessionDeps,
    clock,
    logger,
    metrics,
    publicOrigin,
    trustedProxyHops: options.trustedProxyHops,
    showsMetrics: options.showsMetrics,
    staticFiles: options.staticFiles,
    features: [
      sessionFeature({
        ...sessionDeps,
        accounts,
        passwords,
        guesses: createGuessLimiter(),
        links: createLinkRedeemer({ accounts, links, passwords, directory, directoryDatabase }),
        directory,
        audit,
        epoch,
        clock,
        leases,
        signInLimiter: createRateLimiter(options.rateLimits.signIn),
        demoSignIns: options.demoSignIns,
      }),
      ...deviceFeatures({
        devices,
        sessions,
        audit,
        directory: () => directory.current(),
        clock,
        isSecure: sessionDeps.isSecure,
      }),
      healthFeature({ checks, closing: closing.signal }),
      ...modules.flatMap((module) => module.features ?? []),
    ],
  });

  return {
    app,
    parts,
    checks,
    beginClosing: () => closing.abort(),
    async close() {
      closing.abort();
      for (const module of modules.toReversed()) await module.close?.();
      await sessions.close();
      await devices.close();
      await epoch.close();
      await directory.close();
      await audit.close();
      await store.close();
    },
  };
}
