import { randomUUID } from 'node:crypto';
import leveldown, { type LevelDown, type LevelRange } from 'leveldown';
import { StoreLocked, StoreUnavailable } from './port.ts';

const viewMark = '-mrview-';

/** LevelDB opened by PouchDB, and the handles it opened. */
export interface LevelFactory {
  open: (location: string) => LevelDown;
  handle(location: string): LevelDown | undefined;
  /** Closes what PouchDB leaves open: it forgets its view databases. */
  closeAll(): Promise<void>;
}

const low = (operation: (callback: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    operation((error) => (error ? reject(error) : resolve()));
  });

/**
 * LevelDB maps each table file it has open into this process's memory, and of its own accord keeps a thousand of 2 MB: a gateway that had read its store
 * once held all of it. These are the fewest it keeps open (64 tables) and the smallest it writes; a read of another table opens it again, 20 µs more.
 */
const tables = { maxOpenFiles: 74, maxFileSize: 1024 * 1024 };
/** Of each of twelve databases; what was read lately is also in the system's own cache. */
const cacheSize = 2 * 1024 * 1024;

function withFewTables(database: LevelDown): LevelDown {
  const original = database._open;
  database._open = (...args: unknown[]) => {
    const [options, callback] = args as [object, unknown];
    original.call(database, { ...options, ...tables, cacheSize }, callback);
  };
  return database;
}

/** Makes every commit wait for the disk: plain LevelDB loses the last seconds in a power cut. */
function synchronous(database: LevelDown): LevelDown {
  for (const method of ['_batch', '_put', '_del'] as const) {
    const original = database[method];
    database[method] = function (this: unknown, ...args: unknown[]) {
      const callback = args.pop();
      const options = args.pop() as object | undefined;
      return original.call(this, ...args, { ...options, sync: true }, callback);
    };
  }
  return database;
}

/**
 * PouchDB asks for one record after the other, fifty for a write of fifty documents. Those asked for in one turn go to LevelDB as one call:
 * a trip to its threads costs more than the reading.
 */
function gathered(database: LevelDown): LevelDown {
  type Callback = (error: Error | null, value?: unknown) => void;
  interface Asked {
    readonly key: unknown;
    readonly callback: Callback;
  }
  const single = database._get;
  /** By whether the value is wanted as bytes. */
  const waiting = new Map<boolean, Asked[]>();

  function read(asBuffer: boolean): void {
    const asked = waiting.get(asBuffer) ?? [];
    waiting.delete(asBuffer);
    const [only, ...others] = asked;
    if (only !== undefined && others.length === 0) {
      single.call(database, only.key, { asBuffer }, only.callback);
      return;
    }
    const answer = (error: Error | null, values: readonly unknown[] = []): void => {
      for (const [at, { callback }] of asked.entries()) {
        const value = values[at];
        if (error instanceof Error) callback(error);
        // In the words by which level knows that there is none.
        else if (value === undefined) callback(new Error('NotFound'));
        else callback(null, value);
      }
    };
    const keys = asked.map(({ key }) => key);
    database._getMany(keys, { asBuffer }, answer);
  }

  database._get = (...args: unknown[]) => {
    const [key, options, callback] = args as [unknown, { asBuffer?: boolean }, Callback];
    const asBuffer = options.asBuffer !== false;
    const asked = waiting.get(asBuffer);
    if (asked === undefined) {
      waiting.set(asBuffer, [{ key, callback }]);
      queueMicrotask(() => read(asBuffer));
    } else asked.push({ key, callback });
  };
  return database;
}

/** Views are left without fsync: LevelDB keeps a prefix of what was written, and an index catches up from any prefix. */
export function createLevelFactory(): LevelFactory {
  const handles = new Map<string, LevelDown>();
  const open = (location: string): LevelDown => {
    const sparing = withFewTables(leveldown(location));
    const database = location.includes(viewMark) ? sparing : gathered(synchronous(sparing));
    handles.set(location, database);
    return database;
  };
  // PouchDB shares open databases between factories of one name; two stores in one process must not share.
  Object.defineProperty(open, 'name', { value: `durable-${randomUUID()}` });
  return {
    open,
    handle: (location) => handles.get(location),
    async closeAll() {
      for (const database of handles.values()) {
        if (database.status === 'open') await low((callback) => database.close(callback));
      }
      handles.clear();
    },
  };
}

/** Takes the folder for this process alone; released by the operating system if the process dies. Returns the release. */
export async function lockFolder(folder: string, location: string): Promise<() => Promise<void>> {
  const lock = leveldown(location);
  try {
    await low((callback) => lock.open({}, callback));
  } catch (cause) {
    if (cause instanceof Error && /lock/i.test(cause.message)) throw new StoreLocked(folder, cause);
    throw new StoreUnavailable('the store folder cannot be opened', { cause, retryable: false });
  }
  return () => low((callback) => lock.close(callback));
}

/** Values in the order of the keys, undefined where there is none. */
export function readMany(database: LevelDown, keys: string[]): Promise<(string | undefined)[]> {
  if (keys.length === 0) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    database.getMany(keys, { asBuffer: false }, (error, values) => (error ? reject(error) : resolve(values)));
  });
}

/**
 * So much is fetched in one trip to LevelDB's threads when many records are wanted. Of its own accord LevelDB fetches 16 KB, one larger document, and while
 * others wait for the disk each trip takes long: the feed of five hundred consults took seconds.
 */
const bytesPerTrip = 1024 * 1024;

/**
 * Reads on until `take` says false or the range ends; true when the range ended. Sees the database as it was when it began. `wanted`: so many records
 * will be taken, absent: few.
 */
export async function readRange(
  database: LevelDown,
  range: Omit<LevelRange, 'keyAsBuffer' | 'valueAsBuffer'>,
  take: (key: string, value: string) => boolean,
  wanted?: number,
): Promise<boolean> {
  const iterator = database.iterator({
    ...range,
    ...(wanted === undefined ? {} : { limit: wanted, highWaterMark: bytesPerTrip }),
    keyAsBuffer: false,
    valueAsBuffer: false,
  });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const step = (): void => {
        iterator.next((error, key, value) => {
          if (error) {
            reject(error);
          } else if (key === undefined || value === undefined) {
            resolve(true);
          } else {
            // Thrown inside a callback of LevelDB it would end the process.
            try {
              if (take(key, value)) step();
              else resolve(false);
            } catch (failure) {
              reject(failure instanceof Error ? failure : new Error(String(failure)));
            }
          }
        });
      };
      step();
    });
  } finally {
    await low((callback) => {
      iterator.end(callback);
    });
  }
}
