import {
  normalizeMangoQuery,
  prepareQuery,
  type MangoQuery,
  type RxCollection,
  type RxDocumentData,
  type WithDeleted,
} from 'rxdb';
import type { CollectionName, WireDocument } from '#shared/sync/protocol.ts';
import { wholeVersion } from '$lib/storage/thin.ts';
import type { HeldDocument } from '$lib/sync/tablet-store.ts';
import { alertConsult, consultColumns, goneConsult, recordChangedAt } from './columns.ts';
import { isHeldRecord, type SealedRecord, type StoredDocument } from './schemas.ts';

/** What is stored for a document as it came; a gone one keeps nothing but its id. */
export function storedForm(collection: CollectionName, document: WireDocument): WithDeleted<StoredDocument> {
  const gone = 'gone' in document;
  const record: SealedRecord = gone ? {} : { version: document.version, content: document.content };
  const base = { id: document.id, record, _deleted: gone };
  switch (collection) {
    case 'consults':
      return {
        ...base,
        ...(gone ? goneConsult : consultColumns(document.content)),
      };
    case 'alerts':
      return { ...base, consult: gone ? '' : alertConsult(document.content) } as WithDeleted<StoredDocument>;
    case 'patients':
      return {
        ...base,
        changedAt: gone ? '' : recordChangedAt(collection, document.content),
      } as WithDeleted<StoredDocument>;
    case 'directory':
      return base;
  }
}

/** null for a record that the storage has damaged: it counts as not here, and the state check fetches it again. */
function heldForm(stored: StoredDocument): HeldDocument | null {
  const told: unknown = stored.record;
  if (typeof told !== 'object' || told === null || !isHeldRecord(stored.record)) return null;
  return { id: stored.id, version: stored.record.version, content: stored.record.content };
}
const heldForms = (stored: readonly StoredDocument[]): HeldDocument[] =>
  stored.map(heldForm).filter((held) => held !== null);

export interface PulledCollection {
  read(ids: readonly string[]): Promise<ReadonlyMap<string, HeldDocument>>;
  query(query: MangoQuery<StoredDocument>): Promise<readonly HeldDocument[]>;
  versions(): Promise<ReadonlyMap<string, string>>;
  count(): Promise<number>;
  watch(run: (changes: readonly WireDocument[]) => void): () => void;
  close(): void;
}

/**
 * Reads a pulled collection. It goes round RxDB's document objects and query cache, which cost more than the read itself on a slow
 * tablet; what changes is learned from the collection's own events, those of other windows too.
 */
export function createPulledCollection<T extends StoredDocument>(
  collection: RxCollection<T>,
): PulledCollection {
  const watchers = new Set<(changes: readonly WireDocument[]) => void>();
  let versions: Promise<Map<string, string>> | null = null;
  let latest: WireDocument[] = [];

  const subscription = collection.eventBulks$.subscribe((bulk) => {
    const changes = bulk.events.map(({ documentData }): WireDocument => {
      const stored = documentData as RxDocumentData<StoredDocument>;
      const held = stored._deleted ? null : heldForm(stored);
      return held === null ? { id: stored.id, gone: true } : held;
    });
    if (versions !== null) {
      latest.push(...changes);
      void versions.then(applyLatest, () => undefined);
    }
    for (const run of [...watchers]) run(changes);
  });

  function applyLatest(known: Map<string, string>): void {
    for (const change of latest) {
      if ('gone' in change) known.delete(change.id);
      else known.set(change.id, wholeVersion(change.version));
    }
    latest = [];
  }

  async function query(asked: MangoQuery<T>): Promise<readonly HeldDocument[]> {
    const { jsonSchema } = collection.schema;
    const filled = normalizeMangoQuery<T>(jsonSchema, asked, false);
    // What RxDB itself adds to every query: each of its indexes begins with the tombstone flag.
    const living = {
      ...filled,
      selector: { ...filled.selector, _deleted: { $eq: false } },
      ...(filled.index === undefined ? {} : { index: ['_deleted', ...filled.index] }),
    } as typeof filled;
    const prepared = prepareQuery<T>(jsonSchema, living);
    const { documents } = await collection.storageInstance.query(prepared);
    return heldForms(documents);
  }

  async function loadVersions(): Promise<Map<string, string>> {
    const all = await query({});
    return new Map(all.map((held) => [held.id, wholeVersion(held.version)]));
  }

  return {
    async read(ids) {
      if (ids.length === 0) return new Map();
      const stored = await collection.storageInstance.findDocumentsById([...ids], false);
      return new Map(heldForms(stored).map((held) => [held.id, held]));
    },
    query: (asked) => query(asked as MangoQuery<T>),
    async versions() {
      versions ??= loadVersions().catch((error: unknown) => {
        versions = null;
        throw error;
      });
      const known = await versions;
      applyLatest(known);
      return known;
    },
    async count() {
      return collection.count().exec();
    },
    watch(run) {
      watchers.add(run);
      return () => void watchers.delete(run);
    },
    close: () => subscription.unsubscribe(),
  };
}
