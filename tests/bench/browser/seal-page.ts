import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import type { PersonId } from '#shared/lib/id.ts';
import { openDatabase, type Storage } from '$lib/db/open-database.ts';
import { openRxdbStore } from '$lib/db/rxdb-store.ts';
import { storedForm } from '$lib/db/pulled-collection.ts';
import { createSeal } from '$lib/db/seal.ts';
import { sealedStorage } from '$lib/db/sealed-storage.ts';
import { keysOf } from '$lib/keys/data-key.ts';
import type { WireDocument } from '#shared/sync/protocol.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';

/** Runs in a browser: the tablet's own store over its own sealing, and the same store over nothing. */
export interface SealPage {
  fill(kind: Kind, documents: readonly WireDocument[]): Promise<void>;
  /** What unlocking reads before the first screen, from closed to closed, in milliseconds; `all`: every consult besides. */
  read(kind: Kind): Promise<{ readonly openMs: number; readonly allMs: number; readonly count: number }>;
  /** One act after the other written to the outbox, in milliseconds each. */
  write(kind: Kind, entries: readonly OutboxEntry[]): Promise<readonly number[]>;
}
export type Kind = 'sealed' | 'clear';

const person = '00000000-0000-4000-8000-000000000001' as PersonId;
// The same each time: what was written is to be opened by the next page.
const dataKey = new Uint8Array(32).fill(1);

async function storageOf(kind: Kind): Promise<Storage> {
  const storage = getRxStorageDexie();
  return kind === 'clear' ? storage : sealedStorage(storage, createSeal(await keysOf(person, dataKey)));
}
const optionsOf = async (kind: Kind) => ({
  person: `${person}-${kind}`,
  storage: await storageOf(kind),
  multiInstance: true,
});

const page: SealPage = {
  async fill(kind, documents) {
    const database = await openDatabase(await optionsOf(kind));
    const { failed } = await database.consults
      .bulkInsert(documents.map((document) => storedForm('consults', document) as never))
      .then(({ error }) => ({ failed: error.length }));
    await database.close();
    if (failed > 0) throw new Error(`${failed} were not written`);
  },
  async read(kind) {
    const options = await optionsOf(kind);
    const begun = performance.now();
    const store = await openRxdbStore(options);
    await Promise.all([
      store.readOpenConsults(),
      store.outbox(),
      store.notes(''),
      store.readAll('directory'),
    ]);
    const openMs = performance.now() - begun;
    const all = await store.readAll('consults');
    const allMs = performance.now() - begun - openMs;
    await store.close();
    return { openMs, allMs, count: all.length };
  },
  async write(kind, entries) {
    const store = await openRxdbStore(await optionsOf(kind));
    const took: number[] = [];
    for (const entry of entries) {
      const begun = performance.now();
      const saved = await store.saveToOutbox([entry]);
      took.push(performance.now() - begun);
      if (!saved.ok) throw new Error('not written');
    }
    await store.close();
    return took;
  },
};
Object.assign(globalThis, { sealPage: page });
