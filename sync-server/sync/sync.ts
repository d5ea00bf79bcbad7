import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv } from '#server/http/context.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import type { StoreEpoch } from '#server/ops/store-epoch.ts';
import type { Signatures } from '#server/parcels/signing-keys.ts';
import { StoreUnavailable, type DocumentStore } from '#server/store/port.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { offlineLeaseHoursOf } from '#shared/directory/organisation.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Patient } from '#shared/patient/patient.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import { collections } from '#shared/sync/protocol.ts';
import { createAcceptor, type Acceptor } from './accept.ts';
import { createAssignmentBook, type AssignmentBook } from './assignment-book.ts';
import { isLive } from './consult-index.ts';
import { createFeed, type Feed } from './feed.ts';
import { createHeldBack } from './held-back.ts';
import { heldScopeOf } from './held-scope.ts';
import { saveSnapshot, type SnapshotPlaces } from './index-snapshot.ts';
import { watchMrns, type MrnWatch } from './mrn-watch.ts';
import { createOfferTaker } from './offer.ts';
import { createOutboxRecord, type OutboxOwner } from './outbox-record.ts';
import { createPuller } from './pull.ts';
import { createQuarantineDesk } from './quarantine-desk.ts';
import { RecentEvents } from './recent-events.ts';
import { createReceipts } from './receipts.ts';
import { createReferences } from './references.ts';
import { createReader } from './reader.ts';
import type { Scheduler } from './scheduler.ts';
import type { ScopeIndex } from './scope-index.ts';
import { createSharedIds } from './shared-ids.ts';
import { startIndex } from './start-index.ts';
import { createStateChecker } from './state.ts';
import { createStreams } from './stream.ts';
import { createSyncRoutes } from './sync-routes.ts';
import { WireCache } from './wire-cache.ts';
import { eventsOf, wireText } from './wire-document.ts';

export interface SyncDeps {
  readonly store: DocumentStore;
  readonly directory: DirectoryCache;
  readonly audit: Audit;
  readonly sealer: Sealer;
  readonly epoch: StoreEpoch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
  /** Where the index is saved between starts; null: nowhere. */
  readonly snapshotPath: string | null;
  /** Calls back once when the session was ended. Returns the way to stop. */
  readonly onSessionEnded: (session: string, ended: () => void) => () => void;
  /** Marks this process in claims. */
  readonly gateway?: string;
  /** Seconds the escalation watcher is late, for the beat; 0 when absent. */
  readonly watcherLateSeconds?: () => number;
  /** Devices that were withdrawn, and who used which; absent: there are none. */
  readonly isDeviceRevoked?: (device: DeviceId) => boolean;
  readonly onDeviceRevoked?: (device: DeviceId, told: () => void) => () => void;
  readonly isDeviceUsedBy?: (device: DeviceId, person: PersonId) => boolean;
  /** What a tablet says still waits on it. */
  readonly onUnsent?: (owner: OutboxOwner, unsent: number, at: Instant) => void;
  /** Whose signatures are believed; nobody's when absent. */
  readonly signatures?: Signatures;
  /** Aborts when shutdown begins: streams end, so that tablets go to another gateway while requests under way still end. */
  readonly closing?: AbortSignal;
}

export type SyncState =
  | { readonly phase: 'stopped' }
  | { readonly phase: 'loading'; readonly documents: number }
  | { readonly phase: 'ready'; readonly consults: number; readonly streams: number };

export interface Sync extends Pick<Acceptor, 'acceptOwn' | 'appendSystemEvents' | 'carried' | 'onAccepted'> {
  /** Reads the index and begins to follow the store. Routes answer 503 before. */
  start(): Promise<void>;
  /** Ends streams and feeds and saves the index, also where that had begun in the background. */
  stop(): Promise<void>;
  state(): SyncState;
  /** Every consult as the feed of any gateway brings it, and every live one once at the start. */
  onConsult(listener: (consult: Consult) => void): () => void;
  /** Every patient as the feed brings it; not those that were there at the start. */
  onPatient(listener: (patient: Patient) => void): () => void;
  /** Who may have what. Throws StoreUnavailable while it is not ready. */
  index(): ScopeIndex;
  /** Open consults per person and whose turn it was last, as the assignment rules see them. */
  readonly loads: Pick<AssignmentBook, 'openConsults' | 'lastRoundRobin'>;
  /** Resolves when what was stored before the call has gone through this gateway's feed. */
  caughtUp(): Promise<void>;
  /** Resolves when nothing waits to be written, neither to the store nor to the saved index. */
  settled(): Promise<void>;
  /** Everything under /api/sync. */
  readonly routes: Hono<AppEnv>;
}

/** A changed index is saved this often. */
const saveEveryMs = 5 * 60_000;
/** What could not be merged is tried again this often. */
const tidyEveryMs = 60_000;
/** At the start, so few that most of what is parsed is forgotten again before it counts as old: the heap stays small. */
const readAtOnce = 100;
/** Changes behind a saved index that take longer to read again than the index takes to write. */
const longTail = 5_000;

export function createSync(deps: SyncDeps): Sync {
  const { store, directory, audit, sealer, epoch, clock, logger, scheduler } = deps;
  const cache = new WireCache();
  const consultListeners = new Set<(consult: Consult) => void>();
  const patientListeners = new Set<(patient: Patient) => void>();
  const recent = new RecentEvents();
  const book = createAssignmentBook();
  consultListeners.add((consult) => book.take(consult));
  const withSharedIds = createSharedIds();
  function tellOf(consult: Consult, { index }: Pick<Feed, 'index'>): void {
    const told = withSharedIds(consult, index.consults.get(consult.id)?.id);
    for (const listener of consultListeners) listener(told);
  }
  let running: Feed | null = null;
  let mrns: MrnWatch | null = null;
  let loaded = 0;
  let isLoading = false;
  let stops: (() => void)[] = [];

  const feed = (): Feed => {
    if (running === null) throw new StoreUnavailable('the index is not ready');
    return running;
  };
  const heldBack = createHeldBack(store.database('quarantine'));
  const outboxes = createOutboxRecord({ meta: store.database('meta'), logger });
  const acceptor = createAcceptor({
    store,
    sealer,
    clock,
    logger,
    directory: () => directory.current(),
    directoryCaughtUp: () => directory.caughtUp(),
    feed,
    claimReferences: createReferences({
      claims: store.database('claims'),
      gateway: deps.gateway ?? randomUUID(),
    }),
    book,
    recent,
    outboxes,
    heldBack,
    setBackAt: () => epoch.setBackAt(),
    offlineLeaseHours: () => offlineLeaseHoursOf(directory.current().organisation),
    isDeviceRevoked: deps.isDeviceRevoked ?? (() => false),
    isDeviceUsedBy: deps.isDeviceUsedBy ?? (() => false),
    onUnsent: deps.onUnsent ?? (() => undefined),
    signatures: deps.signatures ?? { proven: () => Promise.resolve(new Set()) },
  });
  const streams = createStreams({
    feed,
    clock,
    logger,
    audit,
    scheduler,
    storeEpoch: () => epoch.current(),
    scopeOf: (person, asOf) => heldScopeOf(person, directory.current(), asOf),
    watcherLateSeconds: deps.watcherLateSeconds ?? (() => 0),
    onSessionEnded: deps.onSessionEnded,
    onDeviceRevoked: deps.onDeviceRevoked,
  });
  deps.closing?.addEventListener('abort', () => streams.stop());
  const reader = createReader({ store, cache, index: () => feed().index });
  const shared = { store, reader, feed, storeEpoch: () => epoch.current() };
  const routes = createSyncRoutes({
    isReady: () => running !== null,
    clock,
    audit,
    scopeOf: (person, asOf) => heldScopeOf(person, directory.current(), asOf),
    acceptor,
    streams,
    puller: createPuller(shared),
    states: createStateChecker(shared),
    offers: createOfferTaker({
      sealer,
      writerOf: (kind) => acceptor.writerOf(kind),
      epoch,
      meta: store.database('meta'),
      databaseOf: (kind) => store.database(kind === 'consult' ? 'consults' : 'patients'),
      heldBack,
      logger,
    }),
    receipts: createReceipts({ store, heldBack, recent }),
    desk: createQuarantineDesk({ heldBack, acceptor, directory: () => directory.current() }),
    heldBack,
    standing: (collection, id, scope) => feed().index.standing(collection, id, scope),
    reader,
  });

  /**
   * Live consults are read once at the start: due times, loads and rounds are kept in memory by those who listen. The last changed come first: tablets
   * ask for them, and texts are only made while the cache has room for them.
   */
  async function replayLive(opened: Feed): Promise<void> {
    const live = Array.from(opened.index.consults.all())
      .flatMap((entry) => (isLive(entry) ? [entry.id] : []))
      .reverse();
    for (let from = 0; from < live.length; from += readAtOnce) {
      for (const document of await store.database('consults').getMany(live.slice(from, from + readAtOnce))) {
        if (document === null) continue;
        if (cache.hasRoom) wireText(cache, 'consults', document);
        const consult = projectConsult(eventsOf(document.body));
        if (consult !== null) tellOf(consult, opened);
      }
    }
  }

  /** What the file says now; null: nothing that could be read. */
  let inFile: SnapshotPlaces | null = null;
  async function saveNow(path: string, opened: Feed): Promise<void> {
    const places = Object.fromEntries(collections.map((name) => [name, opened.logOf(name).current]));
    const at: SnapshotPlaces = { storeEpoch: epoch.current(), places };
    const isInFile =
      inFile?.storeEpoch === at.storeEpoch &&
      collections.every((name) => inFile?.places[name] === at.places[name]);
    if (isInFile) return;
    try {
      await saveSnapshot(path, opened.index, at);
      inFile = at;
    } catch (cause) {
      logger.error({ err: cause }, 'the index could not be saved; the next start takes longer');
    }
  }
  let saving: Promise<void> = Promise.resolve();
  /** One after the other, for they share a file. Never rejects. */
  function save(opened: Feed): Promise<void> {
    const path = deps.snapshotPath;
    if (path !== null) saving = saving.then(() => saveNow(path, opened));
    return saving;
  }

  async function open(): Promise<Feed> {
    isLoading = true;
    const started = await startIndex({
      store,
      logger,
      recent,
      storeEpoch: epoch.current(),
      snapshotPath: deps.snapshotPath,
      onProgress: (documents) => (loaded = documents),
    });
    inFile = started.saved;
    logger.info({ documents: loaded, fromFile: inFile !== null }, 'the index is ready');
    if (started.storeIsBehind) await epoch.mint('store-behind');
    const opened = createFeed({
      store,
      logger,
      cache,
      index: started.index,
      indexer: started.indexer,
      startAt: started.places,
      onStoreBehind: () => void reopen(),
    });
    opened.onNews((items) => streams.take(items));
    opened.onConsult((consult) => {
      tellOf(consult, opened);
    });
    opened.onPatient((patient) => {
      for (const listener of patientListeners) listener(patient);
    });
    mrns = watchMrns({ feed: opened, store, logger, append: acceptor.appendSystemEvents });
    await replayLive(opened);
    isLoading = false;
    return opened;
  }

  let reopening: Promise<void> | null = null;
  /** Followed the store as it was before; when a new index cannot be built, its feed asks for one again. */
  let outdated: Feed | null = null;
  /** The store was set back under a running gateway: a new epoch and a new index, then all tablets begin again. */
  function reopen(): Promise<void> {
    reopening ??= (async () => {
      outdated = running ?? outdated;
      running = null;
      logger.error('the store was set back while this gateway ran; the index is built anew');
      await epoch.mint('store-behind');
      await directory.reread();
      running = await open();
      streams.restarted();
      // Last, and not awaited by the feed that called: it cannot end while it waits for this.
      void outdated?.stop();
      outdated = null;
    })()
      .catch((cause: unknown) => logger.error({ err: cause }, 'the index could not be built anew'))
      .finally(() => (reopening = null));
    return reopening;
  }

  return {
    routes,
    acceptOwn: (act) => acceptor.acceptOwn(act),
    carried: (...args) => acceptor.carried(...args),
    appendSystemEvents: acceptor.appendSystemEvents,
    onAccepted: (listener) => acceptor.onAccepted(listener),
    loads: book,
    onConsult(listener) {
      consultListeners.add(listener);
      return () => consultListeners.delete(listener);
    },
    onPatient(listener) {
      patientListeners.add(listener);
      return () => patientListeners.delete(listener);
    },
    index: () => feed().index,
    state: () =>
      running !== null
        ? { phase: 'ready', consults: running.index.consults.size, streams: streams.count }
        : isLoading
          ? { phase: 'loading', documents: loaded }
          : { phase: 'stopped' },
    async caughtUp() {
      for (const name of collections) await feed().catchUp(name);
    },
    async settled() {
      await mrns?.idle();
      await acceptor.idle();
      await saving;
    },
    async start() {
      const opened = await open();
      running = opened;
      // A rebuilt index is saved at once, though not waited for. One that came from a file is saved by the clock or at the end: writing it
      // takes the processor from the tablets that all come back now, and spares the next start no more than this one's tail.
      if (inFile === null || loaded > longTail) void save(opened);
      stops = [
        directory.onChange(() => streams.checkScopes()),
        epoch.onChange(() => streams.restarted()),
        // While a new index is built after the store was set back there is no feed: then the next turn does it.
        scheduler.every(saveEveryMs, () => {
          if (running !== null) void save(running);
        }),
        scheduler.every(tidyEveryMs, () => {
          running
            ?.tidy()
            .catch((cause: unknown) => logger.error({ err: cause }, 'conflicts could not be looked at'));
        }),
      ];
    },
    async stop() {
      for (const stop of stops) stop();
      streams.stop();
      await reopening;
      await acceptor.idle();
      const opened = running;
      running = null;
      await outdated?.stop();
      if (opened === null) return saving;
      await opened.stop();
      await save(opened);
    },
  };
}
