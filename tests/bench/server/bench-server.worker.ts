import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { compose, openStore, type ComposedServer } from '#server/compose.ts';
import { openProduct, type Product } from '#server/compose/product-module.ts';
import { loadStaticFiles } from '#server/http/static-files.ts';
import { openKeys } from '#server/keys/keys.ts';
import { keepHeapSmall } from '#server/ops/heap.ts';
import { listen, type Listener } from '#server/ops/listener.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { StampedEvent } from '#shared/event/envelope.ts';
import type { Person } from '#shared/directory/staff.ts';
import { instant } from '#shared/lib/instant.ts';
import type { PushSubscriptionJson } from '#shared/alert/protocol.ts';
import { createPasswords } from '#server/auth/passwords.ts';
import { createSubscriptions } from '#server/alerts/subscriptions.ts';
import { testPassword, testPasswordCost } from '#tests/server.ts';
import { serveCalls } from '../calls.ts';
import type { CorpusSize } from '../corpus.ts';
import { deviceOf } from '../hospital.ts';
import { buildLargeDirectory } from '../large-directory.ts';
import { couchPrefixOf } from './couch-databases.ts';
import { fillStore } from './fill.ts';
import { createProfiler } from './profile.ts';
import {
  addNotes,
  filterChanges,
  readAndWriteInBulk,
  readInBulk,
  type Filter,
  type RawBatch,
} from './raw-work.ts';
import { secretsOf } from './secrets.ts';

/** The server of the bench: the product's own parts in a process of their own, and the raw limits beside them on the same store. */

const endless = { burst: 1e9, perSecond: 1e9 };
const designFolder = join(import.meta.dirname, '../../../couchdb');
const buildFolder = join(import.meta.dirname, '../../../build/client');

let store: DocumentStore | null = null;
let server: ComposedServer | null = null;
let product: Product | null = null;
let listener: Listener | null = null;
const profiler = createProfiler();

const opened = (): DocumentStore => {
  if (store === null) throw new Error('the store is not open');
  return store;
};

async function open(folder: string): Promise<void> {
  const url = process.env['COUCHDB_URL'];
  store =
    process.env['BENCH_STORE'] === 'couchdb' && url !== undefined
      ? await openStore({ type: 'couchdb', url, prefix: couchPrefixOf(folder) }, designFolder)
      : await openStore({ type: 'embedded', folder: join(folder, 'store') }, designFolder);
}

const cookieOf = (token: string): string => `hc-session-0=${token}`;

const methods = {
  async fill({ folder, size, now }: { folder: string; size: CorpusSize; now: string }) {
    await open(folder);
    const filled = await fillStore(opened(), instant(now), size);
    await opened().close();
    return filled;
  },

  /** The directory of a large hospital, and nothing else. */
  async fillDirectory({ folder, now }: { folder: string; now: string }) {
    await open(folder);
    const documents = buildLargeDirectory(instant(now)).documents.map((body) => ({
      id: body.id,
      body: { ...body },
    }));
    await opened().database('directory').write(documents);
    await opened().close();
  },

  async addTail({ folder, ids, pattern }: { folder: string; ids: string[]; pattern: StampedEvent }) {
    await open(folder);
    await addNotes(opened(), ids, pattern);
    await opened().close();
  },

  /** Resolves when it listens. */
  async start({ folder, port, logPath }: { folder: string; port: number; logPath: string | null }) {
    await open(folder);
    const logger =
      logPath === null ? pino({ level: 'silent' }) : pino({ level: 'warn' }, pino.destination(logPath));
    const keys = await openKeys({
      meta: opened().database('meta'),
      given: await secretsOf(folder),
      mayMake: false,
      folder: join(folder, 'unused'),
    });
    if (!keys.ok) throw new Error(keys.error.type);
    server = await compose({
      store: opened(),
      keys: keys.value,
      clock: systemClock,
      logger,
      publicOrigin: `http://localhost:${port}`,
      vapidSubject: 'mailto:it@hospital.test',
      pushServices: null,
      trustedProxyHops: 0,
      showsMetrics: false,
      cacheFolder: join(folder, 'cache'),
      passwordCost: testPasswordCost,
      rateLimits: { session: endless, signIn: endless },
      staticFiles: loadStaticFiles(existsSync(buildFolder) ? buildFolder : '/nowhere'),
      demoSignIns: null,
      // The product's one module; kept, so that its work behind the answers can be waited for.
      modules: [async (parts) => (product = await openProduct(parts))],
    });
    listener = await listen(server.app, { host: '127.0.0.1', port }, { tls: null, logger });
  },

  /** Real sessions without the cost of a password. One cookie for each, in order. */
  async signIn({ people }: { people: Pick<Person, 'id' | 'name'>[] }): Promise<string[]> {
    const { accounts, sessions, clock } = server!.parts;
    const cookies: string[] = [];
    for (const one of people) {
      const at = clock.now();
      const account = await accounts.create({ person: one.id, email: `${one.name}@bench.test`, at });
      if (!account.ok) throw new Error(account.error.type);
      const device = { id: deviceOf(one), kind: 'personal' as const, name: one.name };
      const { token } = await sessions.begin({ account: account.value, device, at });
      cookies.push(cookieOf(token));
    }
    return cookies;
  },

  /** For signing in through the screen, with `testPassword`. */
  async givePassword({ person }: { person: Pick<Person, 'id' | 'name'> }) {
    const { accounts, clock } = server!.parts;
    const email = `${person.name}@bench.test`;
    const account = await accounts.create({ person: person.id, email, at: clock.now() });
    if (!account.ok) throw new Error(account.error.type);
    const hash = await createPasswords(testPasswordCost).hash(testPassword);
    await accounts.setPassword(person.id, hash, clock.now());
    return { email, password: testPassword };
  },

  async subscribe({
    subscribers,
  }: {
    subscribers: { person: Pick<Person, 'id' | 'name'>; subscription: PushSubscriptionJson }[];
  }) {
    const subscriptions = createSubscriptions(opened().database('accounts'));
    for (const { person, subscription } of subscribers) {
      await subscriptions.put({
        person: person.id,
        device: deviceOf(person),
        deviceKind: 'personal',
        subscription,
        at: systemClock.now(),
      });
    }
  },

  /** Resolves when nothing is under way behind the answers any more. */
  async settled() {
    await product!.sync.caughtUp();
    await product!.planner.idle();
    await product!.sync.caughtUp();
  },

  /** A change that concerns everybody. Resolves with the moment before it was written, in milliseconds since 1970. */
  async changeDirectory({ id, times }: { id: string; times: number }) {
    const directory = opened().database('directory');
    const held = await directory.get(id);
    if (held === null) throw new Error('nobody has this id');
    const begun = performance.timeOrigin + performance.now();
    await directory.write([
      { id, rev: held.rev, body: { ...held.body, phone: `4${String(times).padStart(3, '0')}` } },
    ]);
    return begun;
  },

  memory() {
    globalThis.gc?.();
    globalThis.gc?.();
    return process.memoryUsage();
  },
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },

  readInBulk: ({ ids, pageSize }: { ids: string[]; pageSize: number }) =>
    readInBulk(opened().database('consults'), ids, pageSize),
  filterChanges: (filter: Filter) => filterChanges(opened().database('consults'), filter),
  readAndWriteInBulk: ({
    batches,
    lanes,
    pattern,
    createLike,
  }: {
    batches: RawBatch[];
    lanes: number;
    pattern: StampedEvent;
    createLike: string | null;
  }) =>
    (async () => {
      const like = createLike === null ? null : await opened().database('consults').get(createLike);
      return readAndWriteInBulk(opened(), batches, { lanes, pattern, createLike: like?.body ?? null });
    })(),

  profileStart: () => profiler.start(),
  profileStop: ({ path }: { path: string }) => profiler.stop(path),

  async stop() {
    server?.beginClosing();
    await listener?.close(1000);
    await server?.close();
    server = null;
  },
};
export type BenchServerMethods = typeof methods;

// As the server's own program does.
keepHeapSmall();
// Without the bench there is nobody to serve.
process.on('disconnect', () => process.exit());
serveCalls(methods);
