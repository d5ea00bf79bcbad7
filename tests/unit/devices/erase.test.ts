import { describe, expect, it } from 'vitest';
import { eraseAll, type EraseParts } from '$lib/devices/erase.ts';
import { createSmallStore } from './small-store.ts';

/** A browser with something of ours everywhere; databases in `held` are open in another window. */
function browser(held: ReadonlySet<string> = new Set()) {
  const databases = new Set(['rxdb-dexie-hc-one--0--outbox', 'hc-keys', 'hc-files-one']);
  const caches = new Set(['workbox-precache', 'first-page-1']);
  const local = createSmallStore({ 'hc-people': '{}', 'hc-draft:one': 'words', keep: 'me', theme: 'dark' });
  const session = createSmallStore({ 'hc-form:one': 'words' });
  const ended: string[] = [];
  const parts: EraseParts = {
    indexedDb: {
      databases: () => Promise.resolve([...databases].map((name) => ({ name, version: 1 }))),
      deleteDatabase(name) {
        const request: ReturnType<EraseParts['indexedDb']['deleteDatabase']> = {
          onsuccess: null,
          onerror: null,
        };
        queueMicrotask(() => {
          if (held.has(name)) request.onerror?.(new Event('error'));
          else {
            databases.delete(name);
            request.onsuccess?.(new Event('success'));
          }
        });
        return request;
      },
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
  return { parts, databases, caches, local, session, ended };
}

describe('6 deleting everything on a withdrawn device', () => {
  it('leaves the marker and nothing else', async () => {
    const { parts, databases, caches, local, session, ended } = browser();
    expect(await eraseAll(parts)).toBe(true);
    expect([databases.size, caches.size, session.length]).toEqual([0, 0, 0]);
    expect([local.length, local.getItem('keep')]).toEqual([1, 'me']);
    expect(ended).toEqual(['push', 'worker']);
  });

  it('says so when another window holds a database, and is done at the next try', async () => {
    const held = new Set(['hc-keys']);
    const { parts, databases } = browser(held);
    expect(await eraseAll(parts)).toBe(false);
    expect([...databases]).toEqual(['hc-keys']);
    held.clear();
    expect(await eraseAll(parts)).toBe(true);
  });
});
