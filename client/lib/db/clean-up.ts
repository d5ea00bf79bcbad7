import { startCleanupForRxCollection } from 'rxdb/plugins/cleanup';

/**
 * RxDB's cleanup by the database's own policy, begun behind the first screen: as a plugin it would bring the whole replication with it
 * before anything is drawn. Ends by itself when the database is closed.
 */
export function startCleanUp(
  collections: readonly Parameters<typeof startCleanupForRxCollection>[0][],
): void {
  for (const collection of collections) void startCleanupForRxCollection(collection);
}
