import type { RxDatabase } from 'rxdb';
import { startCleanupForRxCollection } from 'rxdb/plugins/cleanup';

/**
 * RxDB's cleanup by the database's own policy, begun behind the first screen: as a plugin it would bring the whole replication with it
 * before anything is drawn. Ends by itself when the database is closed.
 */
export function startCleanUp(database: Pick<RxDatabase, 'collections'>): void {
  for (const collection of Object.values(database.collections)) void startCleanupForRxCollection(collection);
}
