import { IDBFactory } from 'fake-indexeddb';
import PouchDB from 'pouchdb-core';
import { describe, expect, it } from 'vitest';
import { dropCaches } from '$lib/storage/drop-caches.ts';

const opened = (factory: IDBFactory, name: string): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = factory.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(name));
  });
const namesIn = async (factory: IDBFactory): Promise<(string | undefined)[]> =>
  (await factory.databases()).map(({ name }) => name).sort();

function cacheStorage(names: readonly string[]): {
  readonly storage: CacheStorage;
  readonly names: Set<string>;
} {
  const held = new Set(names);
  const storage = {
    keys: () => Promise.resolve([...held]),
    delete: (name: string) => Promise.resolve(held.delete(name)),
  } as unknown as CacheStorage;
  return { storage, names: held };
}

const person = '1f0e7f0c-2f6b-4a3c-9a53-0d6c5cf1b001';
const kept = [
  // Photos that wait to be sent.
  `_pouch_hc-files-${person}`,
  `rxdb-dexie-hc-${person}--0--outbox`,
  'hc-keys',
  'hc-parcels',
  'hc-room',
];

describe('FM-11 what can be fetched again', () => {
  it('goes for everybody here; nothing a person wrote, no key and no app does', async () => {
    const factory = new IDBFactory();
    const seen = [`_pouch_hc-files-${person}-kept-0`, '_pouch_hc-files-another-kept-1'];
    for (const name of [...kept, ...seen]) (await opened(factory, name)).close();
    const { storage, names } = cacheStorage(['workbox-precache-v2-scope', 'first-page-7', 'of-an-older-app']);
    await dropCaches(factory, storage);
    expect(await namesIn(factory)).toEqual([...kept].sort());
    expect([...names]).toEqual(['workbox-precache-v2-scope', 'first-page-7']);
  });

  it('goes also while a window has it open that lets go when told, and is not waited for where none does', async () => {
    const factory = new IDBFactory();
    const polite = await opened(factory, `_pouch_hc-files-${person}-kept-0`);
    polite.onversionchange = () => polite.close();
    await opened(factory, `_pouch_hc-files-${person}-kept-1`);
    await dropCaches(factory, null);
    expect(await namesIn(factory)).not.toContain(`_pouch_hc-files-${person}-kept-0`);
  });

  it('is named as PouchDB names it', () => {
    expect((PouchDB as unknown as { readonly prefix: string }).prefix).toBe('_pouch_');
  });
});
