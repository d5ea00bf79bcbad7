import {
  keyringSchema,
  knownTimeSchema,
  type Changed,
  type Keyring,
  type KeyringStore,
  type KnownTime,
} from './keyring.ts';

const databaseName = 'hc-keys';
const keyringsName = 'keyrings';
const tabletName = 'tablet';
const damagedName = 'damaged';
const timeKey = 'time';

function open(factory: Pick<IDBFactory, 'open'>): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(databaseName, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(keyringsName, { keyPath: 'person' });
      opening.result.createObjectStore(tabletName);
      opening.result.createObjectStore(damagedName, { autoIncrement: true });
    };
    opening.onsuccess = () => {
      const database = opening.result;
      // Never in the way of a later build that wants another shape.
      database.onversionchange = () => database.close();
      resolve(database);
    };
    opening.onerror = () => reject(opening.error ?? new Error('no reason given'));
    opening.onblocked = () => reject(new Error('another window holds the keyrings'));
  });
}

/** null: there is none, or none that this build can read. */
function keyringOf(value: unknown): Keyring | null {
  const parsed = keyringSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
function timeOf(value: unknown): KnownTime | null {
  const parsed = knownTimeSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** Keyrings in an IndexedDB of their own: no engine, no migration, and on the disk before anything is answered. */
export function createKeyringStore(factory: Pick<IDBFactory, 'open'>): KeyringStore {
  let opened: Promise<IDBDatabase> | null = null;
  async function database(): Promise<IDBDatabase> {
    opened ??= open(factory);
    try {
      return await opened;
    } catch (error) {
      opened = null;
      throw error;
    }
  }

  async function inOneStep<R>(
    person: string,
    change: (held: Keyring | null, time: KnownTime | null) => Changed<R>,
  ): Promise<R> {
    const transaction = (await database()).transaction([keyringsName, tabletName, damagedName], 'readwrite', {
      durability: 'strict',
    });
    return new Promise((resolve, reject) => {
      const keyrings = transaction.objectStore(keyringsName);
      const tablet = transaction.objectStore(tabletName);
      let answer: { readonly value: R } | null = null;
      let thrown: unknown = null;
      const reading = keyrings.get(person);
      const readingTime = tablet.get(timeKey);
      readingTime.onsuccess = () => {
        try {
          const held = keyringOf(reading.result);
          const changed = change(held, timeOf(readingTime.result));
          // What could not be read is put aside, never written over: somebody may still make sense of it.
          if (held === null && reading.result !== undefined && changed.keyring !== undefined)
            transaction.objectStore(damagedName).add(reading.result);
          if (changed.keyring === null) keyrings.delete(person);
          else if (changed.keyring !== undefined) keyrings.put(changed.keyring);
          if (changed.time !== undefined) tablet.put(changed.time, timeKey);
          answer = { value: changed.answer };
        } catch (error) {
          thrown = error;
          transaction.abort();
        }
      };
      transaction.oncomplete = () => {
        if (answer === null) reject(new Error('the keyring was not read'));
        else resolve(answer.value);
      };
      transaction.onabort = () => reject(asError(thrown ?? transaction.error));
    });
  }

  return {
    async change(person, change) {
      try {
        return await inOneStep(person, change);
      } catch (error) {
        // A connection that the browser closed (storage pressure, another build's window) is opened once more.
        if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
        opened = null;
        return inOneStep(person, change);
      }
    },
  };
}

const asError = (cause: unknown): Error =>
  cause instanceof Error ? cause : new Error('the keyring could not be written', { cause });
