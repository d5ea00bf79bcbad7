import type { RxCollection } from 'rxdb';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { Subject } from 'rxjs';
import type { Checkpoint } from '#shared/sync/protocol.ts';
import type { Replication, ReplicationOptions } from '$lib/sync/tablet-store.ts';
import { storedForm } from './pulled-collection.ts';
import type { StoredDocument } from './schemas.ts';

/**
 * RxDB's generic replication, pull only. Our handler never throws, so whatever RxDB reports is a page it could not write.
 * The stream carries pokes alone: documents of the stream take the same way as pulled ones, one page at a time.
 */
export function replicate<T extends StoredDocument>(
  collection: RxCollection<T>,
  options: ReplicationOptions,
): Replication {
  const pokes = new Subject<'RESYNC'>();
  const state = replicateRxCollection<T, Checkpoint>({
    replicationIdentifier: options.identifier,
    collection,
    live: true,
    // The sync core waits for leadership itself, once for everything.
    waitForLeadership: false,
    pull: {
      batchSize: options.batchSize,
      initialCheckpoint: options.initialCheckpoint ?? undefined,
      stream$: pokes,
      async handler(checkpoint, batchSize) {
        const page = await options.pull(checkpoint ?? null, batchSize);
        return {
          checkpoint: page.checkpoint ?? undefined,
          documents: page.documents.map((document) => storedForm(options.collection, document) as never),
        };
      },
    },
  });
  const errors = state.error$.subscribe((error) => options.onWriteError(error.name));
  return {
    poke: () => pokes.next('RESYNC'),
    async stop() {
      errors.unsubscribe();
      await state.cancel();
    },
    async forget() {
      errors.unsubscribe();
      // What cannot be removed from a failing storage is only a few bytes left behind.
      await state.remove().catch(() => state.cancel());
    },
  };
}
