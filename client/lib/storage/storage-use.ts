/** What the browser says about the space this app has. */
export interface StorageUse {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  /** The browser has promised not to clear it by itself. */
  readonly persistent: boolean;
}

/** null where the browser does not tell. */
export async function readStorageUse(): Promise<StorageUse | null> {
  if (!('storage' in navigator) || typeof navigator.storage.estimate !== 'function') return null;
  const [estimate, persistent] = await Promise.all([
    navigator.storage.estimate(),
    navigator.storage.persisted(),
  ]);
  return { usedBytes: estimate.usage ?? 0, quotaBytes: estimate.quota ?? 0, persistent };
}

/** Asks for storage that the browser does not clear by itself; false when it would not. */
export async function askForPersistence(): Promise<boolean> {
  return 'storage' in navigator && (await navigator.storage.persist());
}

const askedKey = 'hc-asked-to-keep';

/** The same, once per device and without a word: when the first thing worth keeping was written, where browsers say yes most often. */
export async function keepFirstWriting(): Promise<void> {
  if (localStorage.getItem(askedKey) !== null || !('storage' in navigator)) return;
  localStorage.setItem(askedKey, '1');
  try {
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
  } catch {
    // Refused without an answer; "This tablet" shows how things stand and asks again by a button.
  }
}
