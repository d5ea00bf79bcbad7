import { err, ok } from '#shared/lib/result.ts';
import type { Checkpoint, CollectionName, WireDocument } from '#shared/sync/protocol.ts';
import { alertConsult, consultColumns } from '$lib/db/columns.ts';
import type {
  HeldDocument,
  OutboxChange,
  OutboxEntry,
  Replication,
  ReplicationOptions,
  Saved,
  TabletStore,
} from '$lib/sync/tablet-store.ts';

interface Pulled {
  readonly document: HeldDocument;
  readonly open: boolean;
  readonly latestFirst: number;
  readonly patient: string;
  readonly consult: string;
}

/** What survives the tablet's restart. */
export interface MemoryDisk {
  readonly pulled: Record<CollectionName, Map<string, Pulled>>;
  readonly checkpoints: Map<string, Checkpoint>;
  readonly outbox: Map<string, OutboxEntry>;
  readonly notes: Map<string, unknown>;
  /** The next so many page writes fail. */
  failPages: number;
  /** Nothing more can be written by the person or the program. */
  full: boolean;
}

export function createMemoryDisk(): MemoryDisk {
  return {
    pulled: { consults: new Map(), patients: new Map(), directory: new Map(), alerts: new Map() },
    checkpoints: new Map(),
    outbox: new Map(),
    notes: new Map(),
    failPages: 0,
    full: false,
  };
}

const full = err({ type: 'storage-full' } as const);
/** What is on the disk nobody changes: neither who wrote it nor who reads it. */
const kept = <T>(value: T): T => frozen(structuredClone(value));

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/**
 * The tablet store without RxDB, with RxDB's semantics and its traps: a page shorter than the batch ends a pull, pages are
 * written while the next is asked for, the checkpoint of a later page is saved although an earlier one failed, and an empty page
 * saves nothing.
 */
export function openMemoryStore(disk: MemoryDisk): TabletStore {
  const watchers = new Map<CollectionName, Set<(changes: readonly WireDocument[]) => void>>();
  const outboxWatchers = new Set<(change: OutboxChange) => void>();
  const noteWatchers = new Set<(key: string, value: unknown) => void>();
  const replications = new Set<Replication>();
  let closed = false;

  function watching<F>(set: Set<F>, run: F): () => void {
    set.add(run);
    return () => void set.delete(run);
  }

  function write(collection: CollectionName, documents: readonly WireDocument[]): void {
    for (const document of documents) {
      if ('gone' in document) disk.pulled[collection].delete(document.id);
      else {
        const columns = collection === 'consults' ? consultColumns(document.content) : null;
        disk.pulled[collection].set(document.id, {
          document: kept(document),
          open: columns?.open === '1',
          latestFirst: columns?.latestFirst ?? 0,
          patient: columns?.patient ?? '',
          consult: collection === 'alerts' ? alertConsult(document.content) : '',
        });
      }
    }
    for (const run of [...(watchers.get(collection) ?? [])]) run(documents);
  }

  function replicate(options: ReplicationOptions): Replication {
    let cancelled = false;
    let running = false;
    let asked = false;

    async function run(): Promise<void> {
      let checkpoint = disk.checkpoints.get(options.identifier) ?? options.initialCheckpoint;
      const writing: Promise<void>[] = [];
      let queue = Promise.resolve();
      while (!isCancelled()) {
        const page = await options.pull(checkpoint, options.batchSize);
        if (isCancelled() || page.documents.length === 0) break;
        const reached = page.checkpoint;
        checkpoint = reached;
        queue = queue.then(() => {
          if (isCancelled()) return;
          if (disk.failPages > 0 || disk.full) {
            if (disk.failPages > 0) disk.failPages--;
            options.onWriteError('the page could not be written');
            return;
          }
          write(options.collection, page.documents);
          if (reached !== null) disk.checkpoints.set(options.identifier, kept(reached));
        });
        writing.push(queue);
        if (page.documents.length < options.batchSize) break;
      }
      await Promise.all(writing);
    }
    const isCancelled = (): boolean => cancelled || closed;

    async function keepRunning(): Promise<void> {
      running = true;
      while (asked && !isCancelled()) {
        asked = false;
        await run();
      }
      running = false;
    }

    const replication: Replication = {
      poke() {
        if (isCancelled()) return;
        asked = true;
        if (!running) void keepRunning();
      },
      stop() {
        cancelled = true;
        replications.delete(replication);
        return Promise.resolve();
      },
      forget() {
        disk.checkpoints.delete(options.identifier);
        return replication.stop();
      },
    };
    replications.add(replication);
    // Like RxDB, it begins by itself but not before the caller has its handle.
    void Promise.resolve().then(() => replication.poke());
    return replication;
  }

  const documents = (collection: CollectionName, keep: (pulled: Pulled) => boolean): HeldDocument[] =>
    [...disk.pulled[collection].values()].filter(keep).map((pulled) => pulled.document);

  function save(change: () => void): Saved {
    if (disk.full) return Promise.resolve(full);
    change();
    return Promise.resolve(ok(undefined));
  }

  return {
    replicate,
    read(collection, ids) {
      const found = new Map<string, HeldDocument>();
      for (const id of ids) {
        const pulled = disk.pulled[collection].get(id);
        if (pulled !== undefined) found.set(id, pulled.document);
      }
      return Promise.resolve(found);
    },
    readAll: (collection) => Promise.resolve(documents(collection, () => true)),
    readOpenConsults: () => Promise.resolve(documents('consults', (pulled) => pulled.open)),
    readEndedConsults(limit) {
      const ended = [...disk.pulled.consults.values()].filter((pulled) => !pulled.open);
      ended.sort((a, b) => a.latestFirst - b.latestFirst);
      return Promise.resolve(ended.slice(0, limit).map((pulled) => pulled.document));
    },
    readConsultsOfPatient: (patient) =>
      Promise.resolve(documents('consults', (pulled) => pulled.patient === patient)),
    readAlertsOfConsult: (consult) =>
      Promise.resolve(documents('alerts', (pulled) => pulled.consult === consult)),
    count: (collection) => Promise.resolve(disk.pulled[collection].size),
    versions: (collection) =>
      Promise.resolve(
        new Map([...disk.pulled[collection]].map(([id, pulled]) => [id, pulled.document.version])),
      ),
    watch(collection, run) {
      const set = watchers.get(collection) ?? new Set();
      watchers.set(collection, set);
      return watching(set, run);
    },

    outbox: () => Promise.resolve([...disk.outbox.values()]),
    saveToOutbox: (entries) =>
      save(() => {
        for (const entry of entries) disk.outbox.set(entry.id, kept(entry));
        for (const run of [...outboxWatchers]) run({ saved: entries, removed: [] });
      }),
    removeFromOutbox(ids) {
      for (const id of ids) disk.outbox.delete(id);
      for (const run of [...outboxWatchers]) run({ saved: [], removed: ids });
      return Promise.resolve(ok(undefined));
    },
    watchOutbox: (run) => watching(outboxWatchers, run),

    note: (key) => Promise.resolve(disk.notes.get(key)),
    notes: (prefix) => Promise.resolve(new Map([...disk.notes].filter(([key]) => key.startsWith(prefix)))),
    putNote: (key, value) =>
      save(() => {
        disk.notes.set(key, kept(value));
        for (const run of [...noteWatchers]) run(key, value);
      }),
    removeNote(key) {
      disk.notes.delete(key);
      for (const run of [...noteWatchers]) run(key, undefined);
      return Promise.resolve(ok(undefined));
    },
    watchNotes: (run) => watching(noteWatchers, run),

    alone: true,
    whenLeading: () => Promise.resolve(),
    close() {
      closed = true;
      replications.clear();
      return Promise.resolve();
    },
  };
}
