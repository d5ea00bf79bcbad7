import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { Storage } from '$lib/db/open-database.ts';
import { openRxdbStore } from '$lib/db/rxdb-store.ts';
import { createSeal, type Seal } from '$lib/db/seal.ts';
import { sealedStorage } from '$lib/db/sealed-storage.ts';
import { keysOf, newDataKey } from '$lib/keys/data-key.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { people } from '#tests/builders.ts';
import { createMemoryDisk, openMemoryStore } from '#tests/simulation/tablet-memory/memory-store.ts';

/** One tablet's storage, which outlives the stores opened on it, and which can fail on demand. */
export interface Place {
  open(): Promise<TabletStore>;
  /** The next so many writes to a pulled collection fail. */
  failPages(count: number): void;
  setFull(full: boolean): void;
}

interface Faults {
  pages: number;
  full: boolean;
}

export function quotaExceeded(): Error {
  const error = new Error('The transaction was aborted');
  error.name = 'AbortError';
  return Object.assign(error, { inner: new DOMException('no room', 'QuotaExceededError') });
}

const pulled = new Set(['consults', 'patients', 'directory', 'alerts']);

/** Any RxDB storage, made to fail as a full or broken disk does: the whole bulk write rejects. */
function withFaults(storage: Storage, faults: Faults): Storage {
  return {
    ...storage,
    async createStorageInstance(parameters) {
      const instance = await storage.createStorageInstance(parameters);
      const write = instance.bulkWrite.bind(instance);
      instance.bulkWrite = (rows, context) => {
        if (pulled.has(parameters.collectionName) && faults.pages > 0) {
          faults.pages--;
          return Promise.reject(quotaExceeded());
        }
        if (faults.full && !parameters.collectionName.startsWith('_')) return Promise.reject(quotaExceeded());
        return write(rows, context);
      };
      return instance;
    },
  };
}

let places = 0;
const nextPerson = (): string => `00000000-0000-4000-8000-${String(++places).padStart(12, '0')}`;

function rxdbPlace(storage: Storage, over: (storage: Storage) => Storage = (each) => each): Place {
  const faults: Faults = { pages: 0, full: false };
  const faulty = over(withFaults(storage, faults));
  const person = nextPerson();
  return {
    open: () => openRxdbStore({ person, storage: faulty, multiInstance: false }),
    failPages: (count) => (faults.pages = count),
    setFull: (full) => (faults.full = full),
  };
}

/** RxDB's memory storage forgets on close: only for what needs no restart. */
export const memoryRxdbPlace = (): Place => rxdbPlace(getRxStorageMemory() as Storage);

export function dexiePlace(): Place {
  return rxdbPlace(getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange }));
}

export const newSeal = async (): Promise<Seal> => createSeal(await keysOf(people.requester.id, newDataKey()));

/** As the app opens it: everything but the columns lies sealed, and what fails is what is beneath. */
export const sealedPlace = (seal: Seal): Place =>
  rxdbPlace(getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange }), (storage) =>
    sealedStorage(storage, seal),
  );

export function twinPlace(): Place {
  const disk = createMemoryDisk();
  return {
    open: () => Promise.resolve(openMemoryStore(disk)),
    failPages: (count) => (disk.failPages = count),
    setFull: (full) => (disk.full = full),
  };
}
