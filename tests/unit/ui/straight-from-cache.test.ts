import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serveStraightFromCache } from '$lib/worker/straight-from-cache.ts';

interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}

/** A worker that hands out its events by hand, and the caches of its origin. */
function createWorker() {
  const listeners = new Map<string, (event: Waiting) => void>();
  const held = new Map<string, string[]>();
  let isReachable = true;
  vi.stubGlobal(
    'Request',
    class {
      readonly url: string;
      constructor(url: string) {
        this.url = url;
      }
    },
  );
  vi.stubGlobal('caches', {
    open: (name: string) =>
      Promise.resolve({
        addAll(requests: readonly { readonly url: string }[]) {
          if (!isReachable) return Promise.reject(new TypeError('no network'));
          held.set(
            name,
            requests.map(({ url }) => url),
          );
          return Promise.resolve();
        },
      }),
    keys: () => Promise.resolve([...held.keys()]),
    delete: (name: string) => Promise.resolve(held.delete(name)),
  });
  const worker = {
    registration: { scope: 'https://ward.test/' },
    addEventListener: (type: string, run: (event: Waiting) => void) => void listeners.set(type, run),
  };
  return {
    held,
    worker,
    loseNetwork: () => (isReachable = false),
    async dispatch(type: string, over: Record<string, unknown> = {}): Promise<void> {
      const waits: Promise<unknown>[] = [];
      listeners.get(type)?.({ ...over, waitUntil: (wait: Promise<unknown>) => void waits.push(wait) });
      await Promise.all(waits);
    },
  };
}

describe('what the browser takes straight from the caches', () => {
  let origin: ReturnType<typeof createWorker>;
  const addRoutes = vi.fn((_routes: readonly unknown[]) => Promise.resolve());

  beforeEach(() => {
    addRoutes.mockClear();
    origin = createWorker();
    serveStraightFromCache(origin.worker, 'v2');
  });
  afterEach(() => vi.unstubAllGlobals());

  it('is the page of this version, what it waits for, and the unchanging files', async () => {
    await origin.dispatch('install', { addRoutes });
    expect(origin.held.get('first-page-v2')).toEqual(['/', '/theme.js']);
    expect(addRoutes.mock.calls[0]?.[0]).toMatchObject([
      { condition: { urlPattern: { pathname: '/', search: '' } }, source: { cacheName: 'first-page-v2' } },
      { condition: { urlPattern: { pathname: '/theme.js' } }, source: { cacheName: 'first-page-v2' } },
      {
        condition: { urlPattern: { pathname: '/_app/immutable/*' } },
        source: { cacheName: 'workbox-precache-v2-https://ward.test/' },
      },
    ]);
  });

  it('is nothing in a browser that knows no routes', async () => {
    await origin.dispatch('install');
    expect([...origin.held.keys()]).toEqual([]);
  });

  it('does not keep a version from being installed when its page could not be fetched, and routes nothing then', async () => {
    origin.loseNetwork();
    await expect(origin.dispatch('install', { addRoutes })).resolves.toBeUndefined();
    expect(addRoutes).not.toHaveBeenCalled();
  });

  it('the page of an older version goes when this one takes over, and nothing else', async () => {
    for (const name of ['first-page-v1', 'first-page-v2', 'workbox-precache-v2-x']) origin.held.set(name, []);
    await origin.dispatch('activate');
    expect([...origin.held.keys()]).toEqual(['first-page-v2', 'workbox-precache-v2-x']);
  });
});
