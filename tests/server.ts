import type { Hono } from 'hono';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import type { OutsideConfig } from '#server/alerts/outside-config.ts';
import type { OpenIdConfig } from '#server/auth/openid/openid-config.ts';
import { createPasswords, type PasswordCost } from '#server/auth/passwords.ts';
import { sessionTokenText } from '#server/auth/session-token.ts';
import type { DemoSignIns } from '#server/auth/session-routes.ts';
import { compose, openStore, productModules } from '#server/compose.ts';
import type { AppEnv } from '#server/http/context.ts';
import { loadStaticFiles, type StaticFiles } from '#server/http/static-files.ts';
import type { RateLimits } from '#server/http/rate-limit.ts';
import { keysFrom, makeSecret, openKeys, type Keys } from '#server/keys/keys.ts';
import type { OpenModule, ServerParts } from '#server/ops/server-module.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import { addMs, instant, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { DeviceDescription } from '#shared/session/protocol.ts';
import { slotHeader } from '#shared/sync/protocol.ts';

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  advance(ms: number): void;
  set(at: Instant): void;
}

export function createTestClock(from: Instant = instant('2026-03-02T08:00:00.000Z')): TestClock {
  let at = from;
  return {
    now: () => at,
    advance: (ms) => void (at = addMs(at, ms)),
    set: (to) => void (at = to),
  };
}

/** Cheap on purpose: tests are not guessed at. */
export const testPasswordCost: PasswordCost = { memoryKiB: 8, passes: 1 };
export const testPassword = 'ferry-lamp-quilt-92';
/** Far above what any test sends; tests of the limits bring their own. */
const noRateLimits: RateLimits = {
  session: { burst: 1e9, perSecond: 1e9 },
  signIn: { burst: 1e9, perSecond: 1e9 },
};

export const testOrigin = 'https://consult.test';

/** A signed-in person on a device: sends its cookie and slot, keeps renewed cookies, and speaks JSON. */
export interface TestSession {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly slot: number;
  /** The present cookie, `name=value`. */
  cookie(): string;
  request(path: string, init?: RequestInit): Promise<Response>;
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
  put(path: string, body?: unknown): Promise<Response>;
  patch(path: string, body?: unknown): Promise<Response>;
  delete(path: string): Promise<Response>;
}

export interface TestServerOptions {
  clock?: TestClock;
  /** An open store, for two servers on one; it is closed by the server that made it alone. Absent: embedded, in a folder of its own. */
  store?: DocumentStore;
  /** Two servers on one store need the same. */
  keys?: Keys;
  directory?: readonly DirectoryDocument[];
  modules?: readonly OpenModule[];
  rateLimits?: Partial<RateLimits>;
  staticFiles?: StaticFiles;
  demoSignIns?: DemoSignIns;
  publicOrigin?: string;
  showsMetrics?: boolean;
  /** E-mail and the SMS gateway; absent: web push alone. */
  outside?: OutsideConfig;
  /** The hospital's own sign-in; absent: by password alone. */
  openId?: OpenIdConfig;
  logger?: Logger;
}

export interface TestServer {
  readonly app: Hono<AppEnv>;
  readonly parts: ServerParts;
  readonly clock: TestClock;
  readonly keys: Keys;
  readonly store: DocumentStore;
  /** An account with `testPassword` for a person of the directory. */
  addAccount(person: PersonId, email: string): Promise<void>;
  putDirectory(documents: readonly DirectoryDocument[]): Promise<void>;
  /** Signs in with `testPassword` through the API; throws when refused. */
  signIn(
    email: string,
    options?: { device?: Partial<DeviceDescription>; slot?: number; password?: string },
  ): Promise<TestSession>;
  beginClosing(): void;
  close(): Promise<void>;
}

export const testKeys = (): Keys =>
  keysFrom({
    SESSION_KEY: makeSecret('SESSION_KEY'),
    SEAL_KEY: makeSecret('SEAL_KEY'),
    PARCEL_KEY: makeSecret('PARCEL_KEY'),
    VAPID_PRIVATE_KEY: makeSecret('VAPID_PRIVATE_KEY'),
  });

/** Closing is left to whoever opened the store. */
const borrowed = (store: DocumentStore): DocumentStore => ({
  database: (name) => store.database(name),
  close: () => Promise.resolve(),
});

export const testDevice = (device: Partial<DeviceDescription> = {}): DeviceDescription => ({
  id: deviceIdSchema.parse(randomUUID()),
  kind: 'ward',
  name: 'Ward 4 tablet 2',
  ...device,
});

/** Cookies set by an answer, `name=value`. */
export const cookiesOf = (response: Response): string[] =>
  response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');

/** A cookie that looks right and is nobody's. */
export const strangersCookie = (slot: number): string =>
  `hc-session-${slot}=${sessionTokenText({
    person: personIdSchema.parse(randomUUID()),
    device: deviceIdSchema.parse(randomUUID()),
    secret: randomBytes(32),
  })}`;

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = options.clock ?? createTestClock();
  const logger = options.logger ?? pino({ level: 'silent' });
  const folder = options.store === undefined ? await mkdtemp(join(tmpdir(), 'hc-server-')) : null;
  const designFolder = new URL('../couchdb/', import.meta.url).pathname;
  const store =
    options.store === undefined
      ? await openStore({ type: 'embedded', folder: join(folder ?? '', 'store') }, designFolder)
      : borrowed(options.store);

  let keys = options.keys;
  if (keys === undefined) {
    const opened = await openKeys({
      meta: store.database('meta'),
      given: {},
      mayMake: true,
      folder: join(folder ?? tmpdir(), `secrets-${randomUUID()}`),
    });
    if (!opened.ok) throw new Error(opened.error.type);
    keys = opened.value;
  }
  if (options.directory !== undefined) {
    await store
      .database('directory')
      .write(options.directory.map((document) => ({ id: document.id, body: { ...document } })));
  }
  const server = await compose({
    store,
    keys,
    clock,
    logger,
    publicOrigin: options.publicOrigin ?? testOrigin,
    vapidSubject: 'mailto:it@hospital.test',
    pushServices: null,
    ...(options.outside === undefined ? {} : { outside: options.outside }),
    ...(options.openId === undefined ? {} : { openId: options.openId }),
    trustedProxyHops: 0,
    showsMetrics: options.showsMetrics ?? false,
    cacheFolder: folder === null ? null : join(folder, 'cache'),
    passwordCost: testPasswordCost,
    rateLimits: { ...noRateLimits, ...options.rateLimits },
    staticFiles: options.staticFiles ?? loadStaticFiles('/nowhere'),
    demoSignIns: options.demoSignIns ?? null,
    modules: options.modules ?? productModules,
  });
  const { app, parts } = server;
  const passwords = createPasswords(testPasswordCost);

  function sessionOf(entry: {
    person: PersonId;
    device: DeviceId;
    slot: number;
    cookie: string;
  }): TestSession {
    let cookie = entry.cookie;
    const name = cookie.split('=')[0] ?? '';
    async function request(path: string, init: RequestInit = {}): Promise<Response> {
      const headers = new Headers(init.headers);
      headers.set('cookie', cookie);
      headers.set(slotHeader, String(entry.slot));
      if (init.method !== undefined && init.method !== 'GET') headers.set('origin', parts.publicOrigin);
      const response = await app.request(path, { ...init, headers });
      cookie = cookiesOf(response).find((set) => set.startsWith(`${name}=`) && set !== `${name}=`) ?? cookie;
      return response;
    }
    const send = (method: string) => (path: string, body?: unknown) =>
      request(path, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    return {
      person: entry.person,
      device: entry.device,
      slot: entry.slot,
      cookie: () => cookie,
      request,
      get: (path) => request(path),
      post: send('POST'),
      put: send('PUT'),
      patch: send('PATCH'),
      delete: (path) => request(path, { method: 'DELETE' }),
    };
  }

  return {
    app,
    parts,
    clock,
    keys,
    store: parts.store,
    async addAccount(person, email) {
      const created = await parts.accounts.create({ person, email, at: clock.now() });
      if (!created.ok) throw new Error(created.error.type);
      await parts.accounts.setPassword(person, await passwords.hash(testPassword), clock.now());
    },
    async putDirectory(documents) {
      const database = store.database('directory');
      for (const document of documents) {
        const held = await database.get(document.id);
        await database.write([{ id: document.id, rev: held?.rev, body: { ...document } }]);
      }
      await parts.directory.caughtUp();
    },
    async signIn(email, { device, slot = 0, password = testPassword } = {}) {
      const described = testDevice(device);
      const response = await app.request('/api/session', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [slotHeader]: String(slot),
          origin: parts.publicOrigin,
        },
        body: JSON.stringify({ email, password, device: described }),
      });
      const cookie = cookiesOf(response)[0];
      if (response.status !== 200 || cookie === undefined)
        throw new Error(`sign-in refused: ${response.status}`);
      const account = await parts.accounts.byEmail(email);
      if (account === null) throw new Error('no account');
      return sessionOf({ person: account.person, device: described.id, slot, cookie });
    },
    beginClosing: () => server.beginClosing(),
    async close() {
      await server.close();
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}
