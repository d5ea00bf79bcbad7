import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { watchedRoom } from '$lib/storage/browser-space.ts';
import { openRxdbStore } from './rxdb-store.ts';
import { createSeal } from './seal.ts';
import { sealedStorage } from './sealed-storage.ts';

/** Behind everything that a start has to do. */
const keepRoomAfterMs = 20_000;

/** This person's records in the browser's IndexedDB, sealed; several windows may have them open. */
export async function openBrowserStore(keys: UnlockedKeys, generation = 0): Promise<TabletStore> {
  const room = watchedRoom();
  const storage = sealedStorage(getRxStorageDexie(), createSeal(keys));
  const store = await openRxdbStore({ person: keys.person, generation, storage, multiInstance: true, room });
  const keeping = setTimeout(() => void room.keep(), keepRoomAfterMs);
  return {
    ...store,
    async close() {
      clearTimeout(keeping);
      await store.close();
    },
  };
}
