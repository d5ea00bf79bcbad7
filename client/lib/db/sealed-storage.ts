import type { RxStorage } from 'rxdb';
import { Observable } from 'rxjs';
import type { Storage } from './open-database.ts';
import { isSealed, SealBroken, type Seal, type SealedField } from './seal.ts';

type Instance = Awaited<ReturnType<RxStorage<unknown, unknown>['createStorageInstance']>>;
type Stored = Parameters<Instance['bulkWrite']>[0][number]['document'];
type EventBulk = Parameters<Parameters<ReturnType<Instance['changeStream']>['subscribe']>[0] & object>[0];

/** RxDB's words, fixed. */
const replicationMeta = 'rx-replication-meta-';
const internalStore = '_rxdb_internal';

/** What of a document is sealed. All else is a column (columns.ts), or the engine's own bookkeeping. */
function sealedFieldsOf(collection: string): readonly string[] {
  // Holds the schemas of the collections, nothing of a patient.
  if (collection === internalStore) return [];
  // It keeps a second copy of each document, the one last seen at the server.
  if (collection.startsWith(replicationMeta)) return ['docData', 'checkpointData'];
  return ['record'];
}

/**
 * A storage in which everything but the columns lies sealed, of every collection, the replication's own too. What does not open as what
 * it is reads as an empty record: a damaged one, which every reader knows. A database of another key does not open at all.
 */
export function sealedStorage(storage: Storage, seal: Seal): Storage {
  return {
    ...storage,
    async createStorageInstance(parameters) {
      const instance = await storage.createStorageInstance(parameters);
      const fields = sealedFieldsOf(parameters.collectionName);
      if (fields.length === 0) return instance;
      return sealedInstance(instance as Instance, parameters.collectionName, fields, seal) as typeof instance;
    },
  };
}

function sealedInstance(
  inner: Instance,
  collection: string,
  fields: readonly string[],
  seal: Seal,
): Instance {
  const primary = inner.schema.primaryKey as string;
  const idOf = (document: Stored): string => (document as Record<string, unknown>)[primary] as string;
  /** What was sealed on this page and comes back as an event need not be opened again. */
  const known = new WeakMap<SealedField, unknown>();

  async function sealed(document: Stored): Promise<Stored> {
    const copy: Record<string, unknown> = { ...document };
    for (const field of fields) {
      const value = copy[field];
      if (value === undefined) continue;
      const locked = await seal.seal({ collection, id: idOf(document), field }, value);
      known.set(locked, value);
      copy[field] = locked;
    }
    return copy as Stored;
  }

  async function openField(document: Stored, field: string, value: unknown): Promise<unknown> {
    if (!isSealed(value)) return {};
    const seen = known.get(value);
    if (seen !== undefined) return seen;
    try {
      return await seal.open({ collection, id: idOf(document), field }, value);
    } catch (error) {
      if (error instanceof SealBroken) return {};
      throw error;
    }
  }

  async function opened(document: Stored): Promise<Stored> {
    const copy: Record<string, unknown> = { ...document };
    for (const field of fields) {
      const value = copy[field];
      if (value !== undefined) copy[field] = await openField(document, field, value);
    }
    return copy as Stored;
  }
  const allOpened = (documents: readonly Stored[]): Promise<Stored[]> => Promise.all(documents.map(opened));

  /** The version before is named by its revision alone: what it said is neither written nor broadcast. */
  const named = (document: Stored): Stored => {
    const copy: Record<string, unknown> = { ...document };
    for (const field of fields) if (copy[field] !== undefined) copy[field] = {};
    return copy as Stored;
  };

  async function openedBulk(bulk: EventBulk): Promise<EventBulk> {
    const events = await Promise.all(
      bulk.events.map(async (event) => ({ ...event, documentData: await opened(event.documentData) })),
    );
    return { ...bulk, events };
  }

  /** Events are told in the order they came in, and before the write that caused them resolves: RxDB relies on both. */
  const running = new Set<Promise<void>>();
  const changes = new Observable<EventBulk>((subscriber) => {
    let tail: Promise<void> = Promise.resolve();
    const subscription = inner.changeStream().subscribe({
      next(bulk) {
        const opening = openedBulk(bulk);
        // Looked at below, in its turn.
        opening.catch(() => undefined);
        const told = tail
          .then(() => opening)
          .then(
            (readable) => subscriber.next(readable),
            // Written by a window with another key: this database is not ours any more, and reading says so.
            () => undefined,
          )
          .finally(() => running.delete(told));
        tail = told;
        running.add(told);
      },
      error: (error) => subscriber.error(error),
      complete: () => void tail.then(() => subscriber.complete()),
    });
    return () => subscription.unsubscribe();
  });

  const changedSince = inner.getChangedDocumentsSince?.bind(inner);
  return {
    databaseName: inner.databaseName,
    collectionName: inner.collectionName,
    schema: inner.schema,
    options: inner.options,
    internals: inner.internals,
    async bulkWrite(rows, context) {
      const before = new Map(rows.map((row) => [idOf(row.document), row]));
      const locked = await Promise.all(
        rows.map(async (row) => ({
          document: await sealed(row.document),
          ...(row.previous === undefined ? {} : { previous: named(row.previous) }),
        })),
      );
      const written = await inner.bulkWrite(locked, context);
      const error = await Promise.all(
        written.error.map(async (each) => ({
          ...each,
          writeRow: before.get(each.documentId) ?? each.writeRow,
          ...('documentInDb' in each ? { documentInDb: await opened(each.documentInDb) } : {}),
        })),
      );
      await Promise.all(running);
      return { ...written, error };
    },
    async findDocumentsById(ids, withDeleted) {
      return allOpened(await inner.findDocumentsById(ids, withDeleted));
    },
    async query(prepared) {
      const found = await inner.query(prepared);
      return { ...found, documents: await allOpened(found.documents) };
    },
    count: (prepared) => inner.count(prepared),
    getAttachmentData: (...asked) => inner.getAttachmentData(...asked),
    ...(changedSince === undefined
      ? {}
      : {
          async getChangedDocumentsSince(limit, checkpoint) {
            const changed = await changedSince(limit, checkpoint);
            return { ...changed, documents: await allOpened(changed.documents) };
          },
        }),
    changeStream: () => changes,
    cleanup: (minimumDeletedTime) => inner.cleanup(minimumDeletedTime),
    close: () => inner.close(),
    remove: () => inner.remove(),
  } satisfies Instance as Instance;
}
