import { setAsidePrefix } from '$lib/sync/push-loop.ts';

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no reason given'));
  });
}

/** Everything a browser holds for the app, database by database and store by store, as a thief with the disk reads it. */
export async function readEverything(
  factory: IDBFactory,
): Promise<
  readonly { readonly database: string; readonly store: string; readonly rows: readonly unknown[] }[]
> {
  const found = [];
  for (const { name = '' } of await factory.databases()) {
    const database = await answered(factory.open(name));
    for (const store of database.objectStoreNames) {
      const rows = (await answered(database.transaction(store).objectStore(store).getAll())) as unknown[];
      found.push({ database: name, store, rows });
    }
    database.close();
  }
  return found;
}

const idOf = (row: unknown): string =>
  typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'string' ? row.id : '';

/** Where on one tablet events lie, from ids alone. */
export interface RawPlaces {
  readonly outbox: ReadonlySet<string>;
  readonly setAside: ReadonlySet<string>;
  /** Sealed parcels that can still be brought. */
  readonly parcels: ReadonlySet<string>;
  /** What somebody could read without any key. */
  readonly readable: readonly string[];
}

/** Every text that people write in a history holds one of these (acts.ts); half-written ones too. */
const typed = /words [0-9a-f]{8}/;

export async function rawPlaces(factory: IDBFactory, local: Storage): Promise<RawPlaces> {
  const outbox = new Set<string>();
  const setAside = new Set<string>();
  const parcels = new Set<string>();
  const readable: string[] = [];
  for (const { database, store, rows } of await readEverything(factory)) {
    const text = JSON.stringify(rows);
    const seen = typed.exec(text);
    if (seen !== null) readable.push(`${database}/${store}: ${seen[0]}`);
    for (const row of rows) {
      const id = idOf(row);
      if (database.endsWith('--outbox')) outbox.add(id);
      if (database.endsWith('--workspace') && id.startsWith(setAsidePrefix))
        setAside.add(id.slice(setAsidePrefix.length));
      const isParcel = database === 'hc-parcels' && store === 'parcels';
      if (isParcel && (row as { parcel: unknown }).parcel !== null) parcels.add(id);
    }
  }
  for (let at = 0; at < local.length; at++) {
    const key = local.key(at) ?? '';
    const seen = typed.exec(local.getItem(key) ?? '');
    if (seen !== null) readable.push(`${key}: ${seen[0]}`);
  }
  return { outbox, setAside, parcels, readable };
}
