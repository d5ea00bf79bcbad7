/** As much of `indexedDB` as deleting needs. */
interface Databases {
  databases(): Promise<readonly { readonly name?: string }[]>;
  deleteDatabase(name: string): {
    onsuccess: ((event: Event) => unknown) | null;
    onerror: ((event: Event) => unknown) | null;
    onblocked: ((event: IDBVersionChangeEvent) => unknown) | null;
  };
}

/** What of a browser holds anything of ours. */
export interface EraseParts {
  readonly indexedDb: Databases;
  /** Clears a database of all its records; false: it cannot be opened now. Never rejects. */
  readonly empty: (name: string) => Promise<boolean>;
  readonly local: Storage;
  readonly session: Storage;
  /** Absent where the page is not served securely. */
  readonly caches?: Pick<CacheStorage, 'keys' | 'delete'>;
  readonly registrations: () => Promise<
    readonly Pick<ServiceWorkerRegistration, 'unregister' | 'pushManager'>[]
  >;
  /** The one key that stays. */
  readonly keep: string;
}

/** A database that is neither deleted nor said to be blocked by then is looked at again later. */
const deleteWithinMs = 10_000;

/** Blocked: it goes when whoever has it open (the service worker, another window) has ended. */
function deleted(factory: Databases, name: string): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, deleteWithinMs);
    const asked = factory.deleteDatabase(name);
    const end = (): void => {
      clearTimeout(limit);
      resolve();
    };
    asked.onsuccess = end;
    asked.onblocked = end;
    // Whether it is gone is looked at afterwards.
    asked.onerror = end;
  });
}

/**
 * Deletes everything the app ever kept in this browser; false: some of it would not go, and it is to be called again. Databases are emptied before
 * they are deleted: one that somebody has open lives on for a while, with nothing in it.
 */
export async function eraseAll(parts: EraseParts): Promise<boolean> {
  const { indexedDb, local, session, keep } = parts;
  session.clear();
  const names = async (): Promise<string[]> =>
    (await indexedDb.databases()).flatMap(({ name }) => (name === undefined ? [] : [name]));
  const emptied = new Set<string>();
  for (const name of await names()) if (await parts.empty(name)) emptied.add(name);
  await Promise.all((await names()).map((name) => deleted(indexedDb, name)));
  // Shadows of drafts, names, settings: after the databases, for whose they are stands here.
  for (const key of Array.from({ length: local.length }, (_, at) => local.key(at)))
    if (key !== null && key !== keep) local.removeItem(key);
  for (const name of (await parts.caches?.keys()) ?? []) await parts.caches?.delete(name);
  for (const registration of await parts.registrations()) {
    const subscription = await registration.pushManager.getSubscription().catch(() => null);
    await subscription?.unsubscribe().catch(() => false);
    await registration.unregister();
  }
  return (await names()).every((name) => emptied.has(name));
}
