/** Files looked at once, of everybody here: what PouchDB calls the databases that attachments/file-cache.ts keeps. */
const keptFiles = /^_pouch_hc-files-.+-kept-[01]$/;
/** The app itself, of this version and of one that waits: without it nothing starts offline. */
const ofTheApp = /^(workbox-precache-|first-page-)/;

/** Resolves also when another window holds it: it lets go when it is told, and the database goes then. */
function dropDatabase(factory: IDBFactory, name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = factory.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => resolve();
    request.onblocked = () => resolve();
  });
}

/** Lets go of everything that can be fetched again. What waits to be sent lies in other databases. */
export async function dropCaches(
  factory: IDBFactory = indexedDB,
  storage: CacheStorage | null = 'caches' in globalThis ? caches : null,
): Promise<void> {
  const databases = typeof factory.databases === 'function' ? await factory.databases() : [];
  for (const { name } of databases)
    if (name !== undefined && keptFiles.test(name)) await dropDatabase(factory, name);
  if (storage === null) return;
  for (const name of await storage.keys()) if (!ofTheApp.test(name)) await storage.delete(name);
}
