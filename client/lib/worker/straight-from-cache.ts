/// <reference lib="webworker" />

/** Static routing is newer than TypeScript's library. */
interface Route {
  readonly condition: { readonly urlPattern: { readonly pathname: string; readonly search: string } };
  readonly source: { readonly cacheName: string };
}
interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}
interface RoutingInstallEvent extends Waiting {
  addRoutes(routes: readonly Route[]): Promise<void>;
}
const canRoute = (event: Waiting): event is RoutingInstallEvent => 'addRoutes' in event;

/** What of a service worker this needs. */
interface CachingWorker {
  readonly registration: { readonly scope: string };
  addEventListener(type: 'install' | 'activate', run: (event: Waiting) => void): void;
}

const pageCachePrefix = 'first-page-';
/** What is named by its place: the page, and what it waits for before it draws anything. */
const pagePaths = ['/', '/theme.js'] as const;

/**
 * Lets the browser take the app's page and its unchanging files from the caches by itself, where it can: a cold start then waits for no worker
 * to be born. Each version has its own page; a browser that knows no routes, and whatever is not found so, asks the worker as before.
 */
export function serveStraightFromCache(worker: CachingWorker, version: string): void {
  const pageCache = pageCachePrefix + version;
  const precache = `workbox-precache-v2-${worker.registration.scope}`;

  async function install(event: RoutingInstallEvent): Promise<void> {
    const cache = await caches.open(pageCache);
    // The answer of '/' itself: one that came by a redirect would not be taken for a navigation.
    await cache.addAll(pagePaths.map((path) => new Request(path, { cache: 'reload' })));
    const route = (pathname: string, cacheName: string): Route => ({
      condition: { urlPattern: { pathname, search: '' } },
      source: { cacheName },
    });
    await event.addRoutes([
      ...pagePaths.map((path) => route(path, pageCache)),
      route('/_app/immutable/*', precache),
    ]);
  }

  worker.addEventListener('install', (event) => {
    // Without it everything is as it was, only later.
    if (canRoute(event)) event.waitUntil(install(event).catch(() => undefined));
  });
  worker.addEventListener('activate', (event) => {
    event.waitUntil(
      caches
        .keys()
        .then((names) =>
          Promise.all(
            names
              .filter((name) => name.startsWith(pageCachePrefix) && name !== pageCache)
              .map((name) => caches.delete(name)),
          ),
        ),
    );
  });
}
