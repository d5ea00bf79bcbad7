import type { PersonId } from '#shared/lib/id.ts';
import type { ParcelKey } from '#shared/parcel/protocol.ts';
import {
  keptParcelSchema,
  keptServerKeySchema,
  keptSigningKeySchema,
  type KeptParcel,
  type KeptSigningKey,
} from './kept.ts';

const databaseName = 'hc-parcels';
/** Never raised: another build finds the same stores, and leaves alone what it does not know. */
const databaseVersion = 1;
const parcelsName = 'parcels';
const keysName = 'keys';
const serverName = 'server';

/**
 * The outbox of this device: what everybody who writes here has not delivered, sealed to the server, and the wrapped keys they sign with. A
 * database of its own, without an engine, that no migration touches. Every method rejects when the storage does not answer.
 */
export interface ParcelStore {
  /** Everything this build can read. */
  parcels(): Promise<readonly KeptParcel[]>;
  /** All of them, or none; on the disk when it resolves. One of the same id is replaced. */
  put(parcels: readonly KeptParcel[]): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** In one step with reading it: `change` answers what it becomes; null: it goes, undefined: it stays. */
  change(ids: readonly string[], change: (held: KeptParcel) => KeptParcel | null | undefined): Promise<void>;

  signingKey(person: PersonId): Promise<KeptSigningKey | null>;
  keepSigningKey(key: KeptSigningKey): Promise<void>;
  serverKey(): Promise<ParcelKey | null>;
  keepServerKey(key: ParcelKey): Promise<void>;
  close(): void;
}

/** null: there is none, and only reading was asked for. A tablet that was emptied stays empty. */
function open(factory: Pick<IDBFactory, 'open'>, mode: IDBTransactionMode): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(databaseName, databaseVersion);
    let isNone = false;
    opening.onupgradeneeded = () => {
      if (mode === 'readonly') {
        isNone = true;
        opening.transaction?.abort();
        return;
      }
      opening.result.createObjectStore(parcelsName, { keyPath: 'id' });
      opening.result.createObjectStore(keysName, { keyPath: 'person' });
      opening.result.createObjectStore(serverName, { keyPath: 'id' });
    };
    opening.onsuccess = () => {
      const database = opening.result;
      // Whoever deletes everything of this tablet does not wait for us.
      database.onversionchange = () => database.close();
      resolve(database);
    };
    opening.onerror = () => {
      if (isNone) resolve(null);
      else reject(errorOf(opening.error));
    };
    opening.onblocked = () => reject(new Error('another window holds the parcels'));
  });
}

const errorOf = (cause: DOMException | null): Error => cause ?? new Error('the storage gave no reason');

export function createParcelStore(factory: Pick<IDBFactory, 'open'>): ParcelStore {
  let opened: IDBDatabase | null = null;

  async function database(mode: IDBTransactionMode): Promise<IDBDatabase | null> {
    opened ??= await open(factory, mode);
    return opened;
  }

  async function once<T>(
    mode: IDBTransactionMode,
    name: string,
    work: (store: IDBObjectStore, give: (value: T) => void) => void,
  ): Promise<T | undefined> {
    const held = await database(mode);
    if (held === null) return undefined;
    const transaction = held.transaction(name, mode, { durability: 'strict' });
    return new Promise((resolve, reject) => {
      let given: T | undefined;
      transaction.oncomplete = () => resolve(given);
      transaction.onabort = () => reject(errorOf(transaction.error));
      transaction.onerror = () => reject(errorOf(transaction.error));
      work(transaction.objectStore(name), (value) => (given = value));
    });
  }
  const inOneStep: typeof once = async (mode, name, work) => {
    try {
      return await once(mode, name, work);
    } catch (error) {
      // A connection that the browser closed is opened once more.
      if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
      opened = null;
      return once(mode, name, work);
    }
  };

  async function read(name: string, key: IDBValidKey): Promise<unknown> {
    return inOneStep<unknown>('readonly', name, (store, give) => {
      const reading = store.get(key);
      reading.onsuccess = () => give(reading.result);
    });
  }

  return {
    async parcels() {
      const all = await inOneStep<unknown[]>('readonly', parcelsName, (store, give) => {
        const reading = store.getAll();
        reading.onsuccess = () => give(reading.result as unknown[]);
      });
      return (all ?? []).flatMap((one) => keptParcelSchema.safeParse(one).data ?? []);
    },
    async put(parcels) {
      if (parcels.length === 0) return;
      await inOneStep('readwrite', parcelsName, (store) => {
        for (const parcel of parcels) store.put(parcel);
      });
    },
    async remove(ids) {
      if (ids.length === 0) return;
      await inOneStep('readwrite', parcelsName, (store) => {
        for (const id of ids) store.delete(id);
      });
    },
    async change(ids, change) {
      if (ids.length === 0) return;
      await inOneStep('readwrite', parcelsName, (store) => {
        for (const id of ids) {
          const reading = store.get(id);
          reading.onsuccess = () => {
            const held = keptParcelSchema.safeParse(reading.result).data;
            const next = held === undefined ? undefined : change(held);
            if (next === null) store.delete(id);
            else if (next !== undefined) store.put(next);
          };
        }
      });
    },

    signingKey: async (person) => keptSigningKeySchema.safeParse(await read(keysName, person)).data ?? null,
    async keepSigningKey(key) {
      await inOneStep('readwrite', keysName, (store) => void store.put(key));
    },
    serverKey: async () => keptServerKeySchema.safeParse(await read(serverName, 'server')).data?.key ?? null,
    async keepServerKey(key) {
      await inOneStep('readwrite', serverName, (store) => void store.put({ v: 1, id: 'server', key }));
    },
    close() {
      opened?.close();
      opened = null;
    },
  };
}
