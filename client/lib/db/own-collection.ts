import type { RxCollection } from 'rxdb';
import { err, ok } from '#shared/lib/result.ts';
import type { Saved } from '$lib/sync/tablet-store.ts';
import { inKeptRoom, type KeptRoom } from './kept-room.ts';
import { saveFailure } from './save-failure.ts';
import type { StoredDocument } from './schemas.ts';

export interface OwnChange<T> {
  readonly saved: readonly T[];
  readonly removed: readonly string[];
}

/** A collection the app itself writes: the outbox and the workspace. */
export interface OwnCollection<T extends StoredDocument> {
  get(id: string): Promise<T | null>;
  all(): Promise<readonly T[]>;
  save(documents: readonly T[]): Saved;
  remove(ids: readonly string[]): Saved;
  watch(run: (change: OwnChange<T>) => void): () => void;
  close(): void;
}

/** `room`: given up when a save finds none. */
export function createOwnCollection<T extends StoredDocument>(
  collection: RxCollection<T>,
  room?: Pick<KeptRoom, 'giveUp'>,
): OwnCollection<T> {
  const watchers = new Set<(change: OwnChange<T>) => void>();
  const subscription = collection.eventBulks$.subscribe((bulk) => {
    const saved: T[] = [];
    const removed: string[] = [];
    for (const { documentData, documentId } of bulk.events) {
      const stored = documentData as T & { _deleted: boolean };
      if (stored._deleted) removed.push(documentId);
      else saved.push(stored);
    }
    for (const run of [...watchers]) run({ saved, removed });
  });

  /** One write after the other: two quick saves of one key must not race. */
  let queue: Promise<unknown> = Promise.resolve();
  function inTurn(write: () => Promise<void>): Saved {
    const done = queue
      .then(() => inKeptRoom(room, write))
      .then(
        () => ok(undefined),
        (error: unknown) => err(saveFailure(error)),
      );
    queue = done;
    return done;
  }

  return {
    async get(id) {
      const [stored] = await collection.storageInstance.findDocumentsById([id], false);
      return stored ?? null;
    },
    async all() {
      const documents = await collection.find().exec();
      return documents.map((document) => document.toJSON() as T);
    },
    save: (documents) =>
      inTurn(async () => {
        const { error } = await collection.bulkUpsert([...documents]);
        if (error[0] !== undefined) throw new Error(`write refused with status ${error[0].status}`);
      }),
    remove: (ids) =>
      inTurn(async () => {
        const found = await collection.findByIds([...ids]).exec();
        // Not `remove()`: that would leave the words in the tombstone.
        await Promise.all(
          [...found.values()].map((document) =>
            document.incrementalModify((data) => ({ ...data, record: {}, _deleted: true })),
          ),
        );
      }),
    watch(run) {
      watchers.add(run);
      return () => void watchers.delete(run);
    },
    close: () => subscription.unsubscribe(),
  };
}
