import { describe, expect, it } from 'vitest';
import { eraseAll, type EraseParts } from '$lib/devices/erase.ts';
import { createSmallStore } from './small-store.ts';

/** A browser with something of ours everywhere; databases in `held` are open elsewhere, those in `shut` cannot be opened now. */
function browser({ held = new Set<string>(), shut = new Set<string>() } = {}) {
  const databases = new Set(['rxdb-dexie-hc-one--0--outbox', 'hc-keys', 'hc-files-one']);
  const caches = new Set(['workbox-precache', 'first-page-1']);
  const local = createSmallStore({ 'hc-people': '{}', 'hc-draft:one': 'words', keep: 'me', theme: 'dark' });
  const session = createSmallStore({ 'hc-form:one': 'words' });
  const ended: string[] = [];
  const emptied = new Set<string>();
  const parts: EraseParts = {
    indexedDb: {
      databases: () => Promise.resolve([...databases].map((name) => ({ name, version: 1 }))),
      deleteDatabase(name) {
        const request: ReturnType<EraseParts['indexedDb']['deleteDatabase']> = {
          onsuccess: null,
          onerror: null,
          onblocked: null,
        };
        queueMicrotask(() => {
          if (held.has(name)) request.onblocked?.(new Event('blocked') as IDBVersionChangeEvent);
          else {
            databases.delete(name);
            request.onsuccess?.(new Event('success'));
          }
        });
        return request;
      },
    },
    empty(name) {
      if (!shut.has(name)) emptied.add(name);
      return Promise.resolve(!shut.has(name));
    },
    local,
    session,
    caches: {
      keys: () => Promise.resolve([...caches]),
      delete: (name) => Promise.resolve(caches.delete(name)),
    },
    registrations: () =>
      Promise.resolve([
        {
          pushManager: {
            getSubscription: () =>
              Promise.resolve({
                unsubscribe: () => Promise.resolve(ended.push('push') > 0),
              } as PushSubscription),
          } as PushManager,
          unregister: () => Promise.resolve(ended.push('worker') > 0),
        },
      ]),
    keep: 'keep',
  };
  return { parts, databases, caches, local, session, ended, emptied };
}

describe('FM-6 deleting everything on a withdrawn device', () => {
  it('leaves the marker and nothing else', async () => {
    const { parts, databases, caches, local, session, ended } = browser();
    expect(await eraseAll(parts)).toBe(true);
    expect([databases.size, caches.size, session.length]).toEqual([0, 0, 0]);
    expect([local.length, local.getItem('keep')]).toEqual([1, 'me']);
    expect(ended).toEqual(['push', 'worker']);
  });

  it('one that the worker has open is emptied, and goes when the worker does', async () => {
    const { parts, databases, emptied } = browser({ held: new Set(['hc-keys']) });
    expect(await eraseAll(parts)).toBe(true);
    expect([...databases]).toEqual(['hc-keys']);
    expect([...emptied]).toContain('hc-keys');
  });

  it('says so when one could be neither emptied nor deleted, and is done at the next try', async () => {
    const [held, shut] = [new Set(['hc-keys']), new Set(['hc-keys'])];
    const { parts, databases } = browser({ held, shut });
    expect(await eraseAll(parts)).toBe(false);
    held.clear();
    expect(await eraseAll(parts)).toBe(true);
    expect(databases.size).toBe(0);
  });
});
