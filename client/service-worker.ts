/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />
import { build, files, version } from '$service-worker';
import { createHandlerBoundToURL, cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { handleAlerts } from '$lib/worker/alerts.ts';
import { handleKeys } from '$lib/worker/key-keeper.ts';
import { handleParcelSync } from '$lib/worker/parcel-sync.ts';
import { serveStraightFromCache } from '$lib/worker/straight-from-cache.ts';
import { handleSubscription } from '$lib/worker/renew-subscription.ts';
import { createTokenQueue } from '$lib/worker/token-queue.ts';

declare const self: ServiceWorkerGlobalScope;

// All or nothing: a version that could not be fetched whole is never used.
precacheAndRoute([
  ...build.map((url) => ({ url, revision: url.includes('/immutable/') ? null : version })),
  ...[...files, '/index.html'].map((url) => ({ url, revision: version })),
]);
cleanupOutdatedCaches();
serveStraightFromCache(self, version);
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/api\//, /^\/demo\//] }),
);

const tokens = createTokenQueue();
handleAlerts(self, tokens);
handleParcelSync(self);
handleSubscription(self);
handleKeys(self);

interface PageMessage {
  readonly type?: string;
}
self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const { type } = (event.data ?? {}) as PageMessage;
  // Sent by workbox-window when the person, or a safe moment, lets the new version in.
  if (type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting());
  // A browser without background sync: the open app lends a hand.
  if (type === 'FLUSH') event.waitUntil(tokens.flush());
});
