/** What of a person's database is theirs alone and nowhere else yet: the rest is pulled again. */
const collections = ['outbox', 'workspace'] as const;
type RawCollection = (typeof collections)[number];

/** Records as they lie in IndexedDB, read one by one round the engine that failed on them. */
export interface RawRead {
  readonly outbox: readonly unknown[];
  readonly workspace: readonly unknown[];
  /** Records that are there and that the browser could not give out. */
  readonly lost: number;
  /** false: a part could not be opened at all, and nobody knows what it holds. */
  readonly whole: boolean;
}

export interface RawDatabase extends RawRead {
  /** false: there is no such database. */
  readonly isThere: boolean;
}

/** The engine keeps each collection as a database of its own, with its documents in this store. */
const documentStore = 'docs';
const prefixOf = (database: string): string => `rxdb-dexie-${database}--`;

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no reason given'));
  });
}

/** A database that does not open in this time counts as one that cannot be opened: the person waits for the app. */
const openWithinMs = 10_000;

/** null: there is none of this name. Opened at whatever version it has, and never made. */
function openAsItIs(factory: Pick<IDBFactory, 'open'>, name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const opening = factory.open(name);
    let isNew = false;
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      reject(new Error('it does not open'));
    }, openWithinMs);
    opening.onupgradeneeded = () => {
      isNew = true;
      opening.transaction?.abort();
    };
    opening.onsuccess = () => {
      clearTimeout(limit);
      if (isLate) opening.result.close();
      else resolve(opening.result);
    };
    opening.onerror = () => {
      clearTimeout(limit);
      if (isNew) resolve(null);
      else reject(opening.error ?? new Error('no reason given'));
    };
  });
}

/** Names of everything the engine keeps for this database; where the browser does not list them, those of the first schema. */
async function namesOf(factory: Pick<IDBFactory, 'databases'>, database: string): Promise<readonly string[]> {
  const guessed = collections.map((collection) => `${prefixOf(database)}0--${collection}`);
  try {
    const all = await factory.databases();
    return all.flatMap(({ name }) => (name?.startsWith(prefixOf(database)) === true ? [name] : []));
  } catch {
    return guessed;
  }
}

interface Part {
  readonly documents: readonly unknown[];
  readonly lost: number;
  readonly whole: boolean;
  readonly isThere: boolean;
}

/** One by one, each in a transaction of its own: a single broken value must not take the others with it. */
async function readPart(factory: Pick<IDBFactory, 'open'>, name: string): Promise<Part> {
  let opened: IDBDatabase | null;
  try {
    opened = await openAsItIs(factory, name);
  } catch {
    return { documents: [], lost: 0, whole: false, isThere: true };
  }
  if (opened === null) return { documents: [], lost: 0, whole: true, isThere: false };
  const database = opened;
  try {
    if (!database.objectStoreNames.contains(documentStore))
      return { documents: [], lost: 0, whole: false, isThere: true };
    const store = (): IDBObjectStore =>
      database.transaction(documentStore, 'readonly').objectStore(documentStore);
    const documents: unknown[] = [];
    let lost = 0;
    for (const key of await answered(store().getAllKeys())) {
      try {
        documents.push(await answered(store().get(key)));
      } catch {
        lost++;
      }
    }
    return { documents, lost, whole: true, isThere: true };
  } catch {
    return { documents: [], lost: 0, whole: false, isThere: true };
  } finally {
    database.close();
  }
}

/** Everything unsent and half-written that can be read from a damaged database. Changes nothing and never throws. */
export async function readRawDatabase(
  factory: Pick<IDBFactory, 'databases' | 'open'>,
  database: string,
): Promise<RawDatabase> {
  const names = await namesOf(factory, database);
  const found: Record<RawCollection, unknown[]> = { outbox: [], workspace: [] };
  let lost = 0;
  let whole = true;
  let isThere = false;
  for (const collection of collections) {
    for (const name of names.filter((each) => each.endsWith(`--${collection}`))) {
      const part = await readPart(factory, name);
      found[collection].push(...part.documents);
      lost += part.lost;
      whole &&= part.whole;
      isThere ||= part.isThere;
    }
  }
  return { ...found, lost, whole, isThere };
}

/** Deletes a database whose words are all elsewhere; resolves when asked for: it goes when the last window lets go of it. */
export async function deleteRawDatabase(
  factory: Pick<IDBFactory, 'databases' | 'deleteDatabase'>,
  database: string,
): Promise<void> {
  for (const name of await namesOf(factory, database)) factory.deleteDatabase(name);
}
