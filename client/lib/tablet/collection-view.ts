import type { CollectionName } from '#shared/sync/protocol.ts';
import type { HeldDocument, TabletStore } from '$lib/sync/tablet-store.ts';
import { createLive } from './live.ts';
import type { Live } from './tablet.ts';

export interface CollectionView<T> {
  readonly live: Live<readonly T[]>;
  /** Reads everything once; later calls do nothing. */
  load(): Promise<void>;
  close(): void;
}

/** Everything of one collection in memory, each document read into its form once per version. */
export function createCollectionView<T>(
  store: TabletStore,
  collection: CollectionName,
  /** null: nothing this build can read; it is left out. */
  read: (content: HeldDocument['content']) => T | null,
): CollectionView<T> {
  const live = createLive<readonly T[]>([]);
  const values = new Map<string, T>();
  const changedWhileLoading = new Set<string>();
  let loading: Promise<void> | null = null;
  let loaded = false;

  function put(document: HeldDocument): void {
    const value = read(document.content);
    if (value === null) values.delete(document.id);
    else values.set(document.id, value);
  }

  const unwatch = store.watch(collection, (changes) => {
    if (loading === null) return;
    for (const change of changes) {
      if (!loaded) changedWhileLoading.add(change.id);
      if ('gone' in change) values.delete(change.id);
      else put(change);
    }
    if (loaded) live.set([...values.values()]);
  });

  return {
    live,
    load() {
      loading ??= store.readAll(collection).then((documents) => {
        for (const document of documents) if (!changedWhileLoading.has(document.id)) put(document);
        changedWhileLoading.clear();
        loaded = true;
        live.set([...values.values()]);
      });
      return loading;
    },
    close: unwatch,
  };
}
