import { saveFailure } from './save-failure.ts';

/** So much is held back for what a person writes: dozens of the largest acts. */
export const keptRoomBytes = 1024 * 1024;
/** Only where the browser has far more than that left. */
const plentyBytes = 20 * keptRoomBytes;

/** Where the room lies; one value, of no meaning. */
export interface RoomStore {
  has(): Promise<boolean>;
  put(bytes: number): Promise<void>;
  remove(): Promise<void>;
}

/** Room that is taken while there is plenty, to be given up for a person's own words when there is none left. */
export interface KeptRoom {
  /** Takes it, once. Never rejects. */
  keep(): Promise<void>;
  /** Never rejects. */
  isKept(): Promise<boolean>;
  /** true: there is room now, and the write that found none is worth another try. Never rejects. */
  giveUp(): Promise<boolean>;
}

export function createKeptRoom(parts: {
  readonly store: RoomStore;
  /** Bytes the browser still has for this app; null where it does not tell. */
  readonly freeBytes: () => Promise<number | null>;
}): KeptRoom {
  const { store, freeBytes } = parts;
  return {
    async keep() {
      try {
        const free = await freeBytes();
        if (free !== null && free >= plentyBytes && !(await store.has())) await store.put(keptRoomBytes);
      } catch {
        // A browser that refuses it leaves things as they were without it.
      }
    },
    isKept: () => store.has().catch(() => false),
    async giveUp() {
      try {
        if (!(await store.has())) return false;
        await store.remove();
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Writes a person's own words; where they find no room, once more in the room that was kept. Rejects as the write does. */
export async function inKeptRoom<T>(
  room: Pick<KeptRoom, 'giveUp'> | undefined,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (saveFailure(error).type !== 'storage-full' || (await room?.giveUp()) !== true) throw error;
    return write();
  }
}

const databaseName = 'hc-room';
const storeName = 'room';
const key = 'kept';

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no reason given'));
  });
}

/** In a database of its own, so that nothing else waits for it. */
function browserStore(factory: IDBFactory): RoomStore {
  async function within<T>(
    mode: IDBTransactionMode,
    run: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    const opening = factory.open(databaseName, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
    const database = await answered(opening);
    try {
      const transaction = database.transaction(storeName, mode);
      const ended = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('no reason given'));
      });
      const result = await answered(run(transaction.objectStore(storeName)));
      await ended;
      return result;
    } finally {
      database.close();
    }
  }
  return {
    has: async () => (await within('readonly', (store) => store.count(key))) > 0,
    // A blob is a file of its own: it is gone at once when it is removed, where a value would wait to be tidied up.
    put: async (bytes) => {
      await within('readwrite', (store) => store.put(new Blob([new Uint8Array(bytes)]), key));
    },
    remove: () => within('readwrite', (store) => store.delete(key)),
  };
}

/** In this browser. */
export const browserRoom = (): KeptRoom =>
  createKeptRoom({
    store: browserStore(indexedDB),
    async freeBytes() {
      if (!('storage' in navigator) || typeof navigator.storage.estimate !== 'function') return null;
      const { usage, quota } = await navigator.storage.estimate();
      return usage === undefined || quota === undefined ? null : quota - usage;
    },
  });
