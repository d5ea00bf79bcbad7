import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { openRxdbStore } from './rxdb-store.ts';

/** This person's records in the browser's IndexedDB; several windows may have them open. */
export function openBrowserStore(person: string, generation = 0): Promise<TabletStore> {
  return openRxdbStore({ person, generation, storage: getRxStorageDexie(), multiInstance: true });
}
