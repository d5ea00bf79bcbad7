import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPasswordCost } from './auth/passwords.ts';
import type { DemoSignIns } from './auth/session-routes.ts';
import { compose, openStore, productModules } from './compose.ts';
import { loadConfig, type Config, type Mode } from './config.ts';
import { defaultRateLimits } from './http/rate-limit.ts';
import { loadStaticFiles } from './http/static-files.ts';
import { openKeys, type KeyFault } from './keys/keys.ts';
import { createSealer } from './keys/sealer.ts';
import { clockModule } from './ops/clock-module.ts';
import { keepHeapSmall } from './ops/heap.ts';
import { createLogger, type Logger } from './ops/logger.ts';
import { createOperatorApp } from './ops/operator-app.ts';
import { openOperatorSocket } from './ops/operator-socket.ts';
import { listen } from './ops/listener.ts';
import { makeAdminLink, storeState } from './ops/operator.ts';
import { isDemoSeeded, seedDemo, storedDemoSignIns } from './ops/seed-demo.ts';
import { welcomeLines } from './ops/welcome.ts';
import { couchClock } from './ops/store-clock.ts';
import { systemClock } from './ops/system-clock.ts';
import { StoreUnavailable, type DocumentStore } from './store/port.ts';

const exitBadConfiguration = 78;
/** For what is under way; then it is cut. */
const shutdownGraceMs = 10_000;
const storeAttempts = 30;
const storeRetryMs = 2_000;

/** For the person at the terminal. Log lines go to standard output, so that they stay JSON. */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** A CouchDB that starts together with us may need a while. */
async function openStoreWhenThere(config: Config, logger: Logger): Promise<DocumentStore> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openStore(config.store, join(process.cwd(), 'couchdb'));
    } catch (error) {
      const mayCome = error instanceof StoreUnavailable && error.retryable && config.store.type === 'couchdb';
      if (!mayCome || attempt === storeAttempts) throw error;
      logger.warn({ err: error, attempt }, 'the store is not there yet');
      await new Promise((resolve) => setTimeout(resolve, storeRetryMs));
    }
  }
}

function sayKeyFault(fault: KeyFault, instanceFolder: string): void {
  const names = fault.names.join(', ');
  if (fault.type === 'secrets-missing')
    say(
      `Missing: ${names}. The store was made with them; without them its seals and sessions are worth nothing.`,
    );
  else say(`Not the keys this store was made with: ${names}.`);
  say(
    `Put the right ones into ${join(instanceFolder, 'secrets')}, or name them in the environment (.env.example).`,
  );
}

async function prepareDemo(store: DocumentStore, seal: Uint8Array): Promise<DemoSignIns> {
  const meta = store.database('meta');
  if (!(await isDemoSeeded(meta))) {
    say('First start: making the demo hospital …');
    await seedDemo({
      store,
      sealer: createSealer(seal),
      clock: systemClock,
      passwordCost: defaultPasswordCost,
      progress: (line) => say(`  ${line}`),
    });
  }
  return storedDemoSignIns(meta);
}

async function start(mode: Mode): Promise<void> {
  const loaded = loadConfig(mode);
  if (!loaded.ok) {
    say('The server cannot start. Please mend these variables (.env.example explains them):');
    for (const { variable, fault } of loaded.error) say(`  ${variable} ${fault}`);
    process.exitCode = exitBadConfiguration;
    return;
  }
  const config = loaded.value;
  const logger = createLogger(config.logLevel);
  await mkdir(config.instanceFolder, { recursive: true, mode: 0o700 });

  const store = await openStoreWhenThere(config, logger);
  const keys = await openKeys({
    meta: store.database('meta'),
    given: config.secrets,
    mayMake: config.mayMakeSecrets,
    folder: join(config.instanceFolder, 'secrets'),
  });
  if (!keys.ok) {
    sayKeyFault(keys.error, config.instanceFolder);
    await store.close();
    process.exitCode = exitBadConfiguration;
    return;
  }
  const demoSignIns = mode === 'demo' ? await prepareDemo(store, keys.value.seal) : null;

  const server = await compose({
    store,
    keys: keys.value,
    clock: systemClock,
    logger,
    publicOrigin: config.publicOrigin,
    vapidSubject: config.vapidSubject,
    pushServices: config.pushServices,
    outside: config.outside,
    openId: config.openId,
    trustedProxyHops: config.trustedProxyHops,
    heartbeatUrl: config.heartbeatUrl,
    showsMetrics: config.metrics,
    cacheFolder: join(config.instanceFolder, 'cache'),
    passwordCost: defaultPasswordCost,
    rateLimits: defaultRateLimits,
    staticFiles: loadStaticFiles(join(process.cwd(), 'build', 'client'), {
      standsDownWorker: config.standsDownWorker,
    }),
    demoSignIns,
    modules: [
      ...productModules,
      clockModule({
        monotonic: () => performance.now(),
        storeClock: config.store.type === 'couchdb' ? couchClock(config.store.url) : null,
      }),
    ],
  });
  const listener = await listen(
    server.app,
    { host: config.host, port: config.port },
    { tls: config.tls, logger },
  );
  const operatorApp = createOperatorApp(server.parts, server.checks);
  const operator = await openOperatorSocket(operatorApp, config.instanceFolder, logger);

  let isEnding = false;
  const end = (signal: string): void => {
    if (isEnding) return;
    isEnding = true;
    logger.info({ signal }, 'shutting down');
    const work = async (): Promise<void> => {
      server.beginClosing();
      await Promise.all([listener.close(shutdownGraceMs), operator?.close(shutdownGraceMs)]);
      await server.close();
      logger.info('closed');
    };
    work().then(
      // By itself the process would wait for whatever a library left running.
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, 'shutting down failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);

  logger.info({ mode, port: listener.port, store: config.store.type }, 'listening');
  const needsAdministrator =
    demoSignIns === null && (await storeState(store, systemClock)).administrators === 0;
  const link = needsAdministrator
    ? await makeAdminLink({ store, clock: systemClock, publicOrigin: config.publicOrigin })
    : null;
  for (const line of welcomeLines(config, demoSignIns, link)) say(line);
}

/** Reasons that need words and not a stack. */
function reasonOf(error: unknown): string | null {
  if (error instanceof StoreUnavailable) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return 'The port is taken by another program. Set PORT to another one.';
  if (code === 'EACCES') return 'The port or the data folder is not open to this user.';
  return null;
}

keepHeapSmall();
try {
  await start(process.argv.includes('--demo') ? 'demo' : 'production');
} catch (error) {
  const reason = reasonOf(error);
  if (reason === null) throw error;
  say(`The server cannot start. ${reason}`);
  process.exit(1);
}
