import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { browserRoom } from './kept-room.ts';
import { openRxdbStore } from './rxdb-store.ts';

/** Behind everything that a start has to do. */
const keepRoomAfterMs = 20_000;

/** This person's records in the browser's IndexedDB; several windows may have them open. */
export async function openBrowserStore(person: string, generation = 0): Promise<TabletStore> {
  const room = browserRoom();
  const store = await openRxdbStore({
    person,
    generation,
    storage: getRxStorageDexie(),
    multiInstance: true,
    room,
  });
  const keeping = setTimeout(() => void room.keep(), keepRoomAfterMs);
  return {
    ...store,
    async close() {
      clearTimeout(keeping);
      await store.close();
    },
  };
}
