// Served as /service-worker.js when the server is told to (STAND_DOWN_WORKER): takes the place of a worker that went wrong, deletes the copies of
// the app it kept, and goes. What people wrote lies in databases that it does not touch. Kept outside the bundle, so that no build can break it.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(standDown()));

async function standDown() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
  // The page opens again from the server. Where there was nothing to delete it has done so already, and must not without end.
  if (names.length === 0) return;
  const pages = await self.clients.matchAll({ type: 'window' });
  await Promise.all(pages.map((page) => page.navigate(page.url)));
}
