/** Somebody else may be deleting or upgrading it at this moment. */
const openWithinMs = 5_000;

/** null: it does not open now. At whatever version it has. */
function opened(factory: Pick<IDBFactory, 'open'>, name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    let isLate = false;
    const asked = factory.open(name);
    const limit = setTimeout(() => {
      isLate = true;
      resolve(null);
    }, openWithinMs);
    asked.onsuccess = () => {
      clearTimeout(limit);
      if (isLate) asked.result.close();
      else resolve(asked.result);
    };
    asked.onerror = () => {
      clearTimeout(limit);
      resolve(null);
    };
  });
}

/** Clears a database of all its records; false: it could not be done now. Never rejects. */
export async function emptyDatabase(factory: Pick<IDBFactory, 'open'>, name: string): Promise<boolean> {
  const database = await opened(factory, name);
  if (database === null) return false;
  const stores = [...database.objectStoreNames];
  try {
    if (stores.length === 0) return true;
    const transaction = database.transaction(stores, 'readwrite');
    const ended = new Promise<boolean>((resolve) => {
      transaction.oncomplete = () => resolve(true);
      transaction.onabort = () => resolve(false);
    });
    for (const store of stores) transaction.objectStore(store).clear();
    return await ended;
  } catch {
    // Its connection was closed under it.
    return false;
  } finally {
    database.close();
  }
}
