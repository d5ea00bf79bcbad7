import { databaseName } from '$lib/db/database-name.ts';
import { damagedEntries, outboxEntries } from '$lib/db/outbox-entry.ts';
import { isHeldRecord, outboxRecord, type SealedRecord, type StoredOutboxEntry } from '$lib/db/schemas.ts';
import { isSealed, SealBroken, type Seal } from '$lib/db/seal.ts';
import type { OutboxEntry, Saved, TabletStore } from '$lib/sync/tablet-store.ts';
import { err } from '#shared/lib/result.ts';
import { collections, type WireDocument } from '#shared/sync/protocol.ts';
import { createMemoryDisk, openMemoryStore } from '../tablet-memory/memory-store.ts';
import type { Life } from './life.ts';

/** What can be wrong with the storage of one tablet. */
export interface Disk {
  readonly factory: IDBFactory;
  /** The person's and the program's writes find no room. */
  full: boolean;
  /** Databases (of the app's own names) that the engine cannot open; read record by record they still give what they hold. */
  readonly refused: Set<string>;
}

export interface EngineStoreParts {
  readonly disk: Disk;
  readonly person: string;
  readonly generation: number;
  /** null: as a build that sealed nothing. */
  readonly seal: Seal | null;
  readonly life: Life;
  /** `tried`: the storage is asked; it may have it from then on. `saved`: it has said so, and it must have it. */
  readonly onWrite: (entry: OutboxEntry, step: 'tried' | 'saved') => void;
}

const all = [...collections, 'outbox', 'workspace'] as const;
type Name = (typeof all)[number];
interface Row {
  readonly id: string;
  readonly order?: number;
  readonly record: SealedRecord;
}

/** As the engine names the database of one collection, and the store of its documents. */
export const engineName = (database: string, collection: string): string =>
  `rxdb-dexie-${database}--0--${collection}`;
export const documentStore = 'docs';

function opened(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(name, 1);
    opening.onupgradeneeded = () => void opening.result.createObjectStore(documentStore, { keyPath: 'id' });
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
    opening.onerror = () => reject(opening.error ?? new Error('no reason given'));
  });
}

function inOneStep(database: IDBDatabase, work: (store: IDBObjectStore) => void): Promise<void> {
  const transaction = database.transaction(documentStore, 'readwrite');
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('no reason given'));
    work(transaction.objectStore(documentStore));
  });
}

function readRows(database: IDBDatabase): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const reading = database.transaction(documentStore).objectStore(documentStore).getAll();
    reading.onsuccess = () => resolve(reading.result as Row[]);
    reading.onerror = () => reject(reading.error ?? new Error('no reason given'));
  });
}

/** What opens reads as it is; what is broken reads as an empty record, and another key's database does not open at all. */
async function openedRecord(seal: Seal | null, collection: string, row: Row): Promise<SealedRecord> {
  if (seal === null) return row.record;
  if (!isSealed(row.record)) return {};
  try {
    return (await seal.open({ collection, id: row.id, field: 'record' }, row.record)) as SealedRecord;
  } catch (error) {
    if (error instanceof SealBroken) return {};
    throw error;
  }
}

/**
 * One person's database, in IndexedDB under the engine's own names and in its own form, without the engine: everything but ids, order and
 * nothing else lies sealed. It dies with its page in the middle of whatever it did; what the storage had confirmed is there afterwards.
 */
export async function openEngineStore(parts: EngineStoreParts): Promise<TabletStore> {
  const { disk, seal, life } = parts;
  const name = databaseName(parts.person, parts.generation);
  if (disk.refused.has(name)) throw new DOMException('Internal error', 'UnknownError');
  const databases = new Map<Name, IDBDatabase>();
  const of = (collection: Name): IDBDatabase => {
    const database = databases.get(collection);
    if (database === undefined) throw new Error('not open');
    return database;
  };
  const closeAll = (): void => {
    for (const database of databases.values()) database.close();
  };
  life.onEnd(closeAll);
  const memory = createMemoryDisk();
  const inner = openMemoryStore(memory);
  let stored: StoredOutboxEntry[] = [];
  for (const collection of all)
    databases.set(collection, await life.ask(() => opened(disk.factory, engineName(name, collection))));
  for (const collection of all) {
    const rows = await life.ask(() => readRows(of(collection)));
    const records = await Promise.all(
      rows.map(async (row) => ({ ...row, record: await openedRecord(seal, collection, row) })),
    );
    if (collection === 'outbox') {
      stored = records.map((row) => ({ ...row, order: row.order ?? 0 }));
      await inner.saveToOutbox(outboxEntries(stored));
    } else if (collection === 'workspace') {
      for (const { id, record } of records) if ('value' in record) await inner.putNote(id, record['value']);
    } else await fill(inner, collection, records);
  }

  async function sealedRow(collection: Name, row: Row): Promise<Row> {
    if (seal === null) return row;
    const record = await seal.seal({ collection, id: row.id, field: 'record' }, row.record);
    return { ...row, record: { ...record } };
  }
  let queue: Promise<unknown> = Promise.resolve();
  /** One after the other, so that what is confirmed is never ahead of what came before it. */
  function write(collection: Name, saved: readonly Row[], removed: readonly string[] = []): Promise<void> {
    const turn = queue.then(() =>
      life.ask(async () => {
        const rows = await Promise.all(saved.map((row) => sealedRow(collection, row)));
        await inOneStep(of(collection), (store) => {
          for (const row of rows) store.put(row);
          for (const id of removed) store.delete(id);
        });
      }),
    );
    queue = turn.catch(() => undefined);
    return turn;
  }
  const isClosed = { now: false };
  for (const collection of collections)
    inner.watch(collection, (changes) => {
      const rows = changes.flatMap((change) =>
        'gone' in change ? [] : [{ id: change.id, record: recordOf(change) }],
      );
      const gone = changes.flatMap((change) => ('gone' in change ? [change.id] : []));
      // What is not on the disk when the page ends is pulled again: its checkpoint stands behind it in the queue.
      void write(collection, rows, gone).catch(() => undefined);
    });

  const isFull = (): Saved | null =>
    disk.full ? Promise.resolve(err({ type: 'storage-full' as const })) : null;

  return {
    ...inner,
    damaged: () => Promise.resolve(damagedEntries(stored)),
    async saveToOutbox(entries) {
      const refused = isFull();
      if (refused !== null) return refused;
      for (const entry of entries) parts.onWrite(entry, 'tried');
      await write(
        'outbox',
        entries.map((entry) => ({ id: entry.id, order: entry.order, record: outboxRecord(entry) })),
      );
      for (const entry of entries) parts.onWrite(entry, 'saved');
      return inner.saveToOutbox(entries);
    },
    async removeFromOutbox(ids) {
      await write('outbox', [], ids);
      return inner.removeFromOutbox(ids);
    },
    async putNote(key, value) {
      const refused = isFull();
      if (refused !== null) return refused;
      await write('workspace', [{ id: key, record: { value } }]);
      return inner.putNote(key, value);
    },
    async removeNote(key) {
      await write('workspace', [], [key]);
      return inner.removeNote(key);
    },
    async close() {
      if (isClosed.now) return;
      isClosed.now = true;
      await inner.close();
      await queue;
      closeAll();
    },
  };
}

const recordOf = ({ version, content }: Exclude<WireDocument, { gone: true }>): SealedRecord => ({
  version,
  content,
});

/** Puts back what was pulled before, through the store's own door. */
async function fill(
  store: TabletStore,
  collection: (typeof collections)[number],
  rows: readonly Row[],
): Promise<void> {
  const documents = rows.flatMap(({ id, record }): WireDocument[] =>
    isHeldRecord(record) ? [{ id, version: record.version, content: record.content }] : [],
  );
  if (documents.length === 0) return;
  let isGiven = false;
  await new Promise<void>((resolve) => {
    const replication = store.replicate({
      collection,
      identifier: 'from the disk',
      initialCheckpoint: null,
      batchSize: documents.length + 1,
      pull() {
        const page = isGiven ? [] : documents;
        isGiven = true;
        return Promise.resolve({ documents: page, checkpoint: null });
      },
      onWriteError: () => undefined,
    });
    const stop = store.watch(collection, () => {
      stop();
      void replication.stop().then(resolve);
    });
  });
}
