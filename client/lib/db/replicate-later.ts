import type { RxCollection } from 'rxdb';
import type { Replication, ReplicationOptions } from '$lib/sync/tablet-store.ts';
import type { StoredDocument } from './schemas.ts';

/** RxDB's replication, fetched when it is first wanted: the first screen shows what lies on the tablet and needs none. */
export function replicateLater<T extends StoredDocument>(
  collection: RxCollection<T>,
  options: ReplicationOptions,
): Replication {
  let isEnded = false;
  const running: Promise<Replication | null> = import('./replicate.ts').then(
    ({ replicate }) => (isEnded ? null : replicate(collection, options)),
    () => {
      // Not to be had from the network nor from the app's own cache: tried again like a page that could not be written.
      if (!isEnded) options.onWriteError('replication could not be loaded');
      return null;
    },
  );
  return {
    // It runs by itself at its start, so nothing asked before that is missed.
    poke: () => void running.then((replication) => replication?.poke()),
    async stop() {
      isEnded = true;
      await (await running)?.stop();
    },
    async forget() {
      await (await running)?.forget();
    },
  };
}
