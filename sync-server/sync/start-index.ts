import type { Logger } from 'pino';
import { SeqUnknown, type DocumentStore, type Seq } from '#server/store/port.ts';
import { collections, type CollectionName } from '#shared/sync/protocol.ts';
import { eventsInVersion } from './document-version.ts';
import { createIndexer, type Indexer } from './feed.ts';
import { loadSnapshot, saveSnapshot, type SnapshotPlaces } from './index-snapshot.ts';
import type { RecentEvents } from './recent-events.ts';
import { ScopeIndex } from './scope-index.ts';

export interface StartedIndex {
  readonly index: ScopeIndex;
  readonly indexer: Indexer;
  readonly places: Readonly<Record<CollectionName, Seq>>;
  /** The store knows less than this gateway's own record of it: it was set back to a backup. */
  readonly storeIsBehind: boolean;
  /** What the saved file says, where it was used; null: the index was built anew. */
  readonly saved: SnapshotPlaces | null;
}

export interface StartOptions {
  readonly store: DocumentStore;
  readonly logger: Logger;
  readonly storeEpoch: string;
  readonly recent: RecentEvents;
  /** null: nothing is saved or read. */
  readonly snapshotPath: string | null;
  /** How far a cold rebuild has come; called after each page. */
  readonly onProgress?: (documents: number) => void;
}

const pageLimit = 1000;
/** A half-built index is saved after so many documents, and then each time it has grown by half: every time it is written whole. */
const firstSaveAfter = 25_000;
/** As many of the last indexed documents are looked up again, to see that the store still has them. */
const probes = 50;

type Places = Partial<Record<CollectionName, Seq>>;

/** True when the store has fewer events in one of the last indexed consults than the index saw there. */
async function isBehind(store: DocumentStore, index: ScopeIndex): Promise<boolean> {
  const last = [...index.consults.all()].slice(-probes);
  const held = await store.database('consults').getMany(last.map((entry) => entry.id));
  return last.some((entry, at) => {
    const events: unknown = held[at]?.body['events'];
    return !Array.isArray(events) || events.length < (eventsInVersion(entry.version) ?? 0);
  });
}

/** Reads the saved index and what came after it; without a usable file, the whole store. */
export async function startIndex(options: StartOptions): Promise<StartedIndex> {
  const { store, logger, snapshotPath } = options;
  let index = new ScopeIndex();
  index.consults.loading = true;
  let saved: SnapshotPlaces | null = snapshotPath === null ? null : await loadSnapshot(snapshotPath, index);
  let storeIsBehind = false;
  if (saved !== null && saved.storeEpoch === options.storeEpoch && (await isBehind(store, index))) {
    logger.error('the store is behind the saved index: it was set back');
    storeIsBehind = true;
  }
  if (saved === null || saved.storeEpoch !== options.storeEpoch || storeIsBehind) saved = null;

  for (;;) {
    if (saved === null) {
      index = new ScopeIndex();
      index.consults.loading = true;
    }
    const indexer = createIndexer({ index, logger, recent: options.recent });
    try {
      const places = await readOn(options, index, indexer, saved?.places ?? {});
      index.consults.loading = false;
      return { index, indexer, places, storeIsBehind, saved };
    } catch (error) {
      if (!(error instanceof SeqUnknown) || saved === null) throw error;
      logger.error('the store does not know the place of the saved index: it was set back');
      storeIsBehind = true;
      saved = null;
    }
  }
}

async function readOn(
  options: StartOptions,
  index: ScopeIndex,
  indexer: Indexer,
  from: Places,
): Promise<Record<CollectionName, Seq>> {
  const { store, logger, snapshotPath, onProgress } = options;
  const places: Places = { ...from };
  let documents = 0;
  let nextSave = firstSaveAfter;
  for (const collection of collections) {
    for (;;) {
      const page = await store
        .database(collection)
        .changes({ since: places[collection] ?? null, limit: pageLimit, includeDocs: true });
      for (const { id, deleted, doc } of page.changes) {
        try {
          indexer.take(collection, id, deleted || doc === undefined ? null : doc);
        } catch (cause) {
          logger.error({ err: cause, document: id }, 'a document cannot be indexed');
        }
      }
      places[collection] = page.lastSeq;
      documents += page.changes.length;
      onProgress?.(documents);
      if (page.caughtUp) break;
      if (snapshotPath !== null && documents >= nextSave) {
        nextSave = documents * 1.5;
        logger.info({ documents }, 'building the index');
        await saveSnapshot(snapshotPath, index, { storeEpoch: options.storeEpoch, places });
      }
    }
  }
  return places as Record<CollectionName, Seq>;
}
