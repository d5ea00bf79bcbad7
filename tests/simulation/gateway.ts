import { Hono, type Context } from 'hono';
import pino from 'pino';
import type { Audit } from '#server/audit/audit.ts';
import { openDirectoryCache, type DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv } from '#server/http/context.ts';
import { problem } from '#server/http/problem.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import { openStoreEpoch, type StoreEpoch } from '#server/ops/store-epoch.ts';
import { StoreUnavailable, type DocumentStore } from '#server/store/port.ts';
import { createSync, type Sync } from '#server/sync/sync.ts';
import { addMs } from '#shared/lib/instant.ts';
import { maxPushBytes, nowHeader, serverHeader } from '#shared/sync/protocol.ts';
import { during, type Activity } from './activity.ts';
import type { Bustle } from './bustle.ts';
import type { Weather } from './faults.ts';
import { openGatewayStore } from './gateway-store.ts';
import type { Chance } from './random.ts';
import type { Sessions } from './sessions.ts';
import { createProgramTime, type VirtualTime } from './virtual-time.ts';

export const sessionHeader = 'hc-simulated-session';

export interface GatewayParts {
  readonly name: string;
  readonly store: () => DocumentStore;
  readonly time: VirtualTime;
  readonly weather: Weather;
  readonly chance: Chance;
  readonly activity: Activity;
  readonly bustle: Bustle;
  readonly sessions: Sessions;
  readonly sealer: Sealer;
  readonly snapshotPath: string | null;
  /** Something a server must never do: an answer 500, a rule that threw. */
  onBug(what: string): void;
}

/** One server process: started, stopped and killed many times over one store. */
export interface Gateway {
  readonly name: string;
  isUp(): boolean;
  /** Counts lives: a stream of an earlier one is dead. */
  life(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): void;
  request(path: string, init: RequestInit): Promise<Response>;
}

interface Running {
  readonly app: Hono<AppEnv>;
  readonly sync: Sync;
  readonly directory: DirectoryCache;
  readonly epoch: StoreEpoch;
  readonly store: ReturnType<typeof openGatewayStore>;
  /** Rejects when the process is gone. */
  readonly death: Promise<never>;
  readonly died: () => void;
}

/** What was read by whom is another suite's matter. */
const noAudit: Audit = {
  recordRead: () => Promise.resolve(),
  recordWrite: () => Promise.resolve(),
  recordDenied: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
const sessionLifeMs = 30 * 24 * 60 * 60_000;
const startRetryMs = 1_000;

export function createGateway(parts: GatewayParts): Gateway {
  const { time, sessions, activity } = parts;
  const logger = pino({ level: 'silent' });
  let running: Running | null = null;
  let wanted = false;
  let lives = 0;

  async function open(): Promise<Running> {
    const program = createProgramTime(time, (cause) =>
      parts.onBug(
        `a timer of ${parts.name} threw, which ends the process: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
      ),
    );
    const store = openGatewayStore({ ...parts, store: parts.store(), time: program });
    try {
      const directory = await openDirectoryCache({ database: store.database('directory'), logger });
      const epoch = await openStoreEpoch({ meta: store.database('meta'), clock: time.clock, logger });
      const sync = createSync({
        store,
        directory,
        audit: noAudit,
        sealer: parts.sealer,
        epoch,
        clock: time.clock,
        logger,
        scheduler: program.server,
        snapshotPath: parts.snapshotPath,
        onSessionEnded: (session, ended) => sessions.onEnded(session, ended),
        gateway: parts.name,
      });
      await sync.start();
      // The saved index is real I/O: virtual time stands still meanwhile.
      await sync.settled();
      let died: () => void = () => undefined;
      const death = new Promise<never>((_resolve, reject) => {
        died = () => reject(new TypeError('the connection was reset'));
      });
      death.catch(() => undefined);
      return { app: appOf(sync), sync, directory, epoch, store, death, died };
    } catch (cause) {
      store.kill();
      throw cause;
    }
  }

  function appOf(sync: Sync): Hono<AppEnv> {
    const app = new Hono<AppEnv>();
    app.onError((error, c) => {
      if (error instanceof StoreUnavailable) return problem(c, 'unavailable', { retryAfterSeconds: 2 });
      parts.onBug(`${parts.name} answered 500 at ${c.req.path}: ${error.stack ?? error.message}`);
      return problem(c, 'internal');
    });
    app.use('*', async (c, next) => {
      const at = time.clock.now();
      c.set('requestId', 'simulated');
      c.set('logger', logger);
      c.set('address', '192.0.2.1');
      c.set('at', at);
      c.set('maxBodyBytes', maxPushBytes + 64 * 1024);
      const session = sessions.find(c.req.header(sessionHeader) ?? '');
      if (session === null) {
        c.header(serverHeader, 'simulated');
        c.header(nowHeader, at);
        return problem(c as Context<AppEnv>, 'session-ended');
      }
      const { id, person, device } = session;
      const endsAt = addMs(at, sessionLifeMs);
      const deviceKind = 'ward' as const;
      c.set('session', {
        ...session,
        deviceKind,
        deviceName: '',
        beganAt: session.knownSince,
        mustChangePassword: false,
        idleEndsAt: endsAt,
        endsAt,
      });
      c.set('slot', 0);
      c.set('actor', { person, device, deviceKind, session: id, address: '192.0.2.1', at });
      await next();
      c.header(serverHeader, 'simulated');
      c.header(nowHeader, time.clock.now());
      return undefined;
    });
    app.route('/api/sync', sync.routes);
    return app;
  }

  return {
    name: parts.name,
    isUp: () => running !== null,
    life: () => lives,
    async start() {
      if (wanted) return;
      wanted = true;
      const mine = ++lives;
      const attempt = async (): Promise<void> => {
        try {
          const opened = await during(activity, `${parts.name} starts`, open);
          if (mine !== lives) opened.store.kill();
          else running = opened;
        } catch (cause) {
          if (!(cause instanceof StoreUnavailable))
            parts.onBug(`${parts.name} did not start: ${String(cause)}`);
          else time.after(startRetryMs, () => void (mine === lives && wanted && attempt()));
        }
      };
      await attempt();
    },
    async stop() {
      const old = running;
      wanted = false;
      running = null;
      lives++;
      if (old === null) return;
      await during(activity, `${parts.name} stops`, async () => {
        await old.sync.stop();
        await old.epoch.close();
        await old.directory.close();
      });
      old.died();
      old.store.kill();
    },
    kill() {
      running?.died();
      running?.store.kill();
      wanted = false;
      running = null;
      lives++;
    },
    async request(path, init) {
      if (running === null) throw new TypeError('nobody listens');
      const { app, death } = running;
      return during(activity, `${parts.name} answers ${path}`, () =>
        Promise.race([app.request(path, init), death]),
      );
    },
  };
}
