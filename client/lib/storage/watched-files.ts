import type { FileStore } from '$lib/attachments/file-store.ts';
import type { SpaceWatch } from './space-watch.ts';

/** Files are what fills a tablet: each is counted, and none is fetched any more onto one that is nearly full. One's own are kept as long as they fit. */
export function watchedFiles(
  store: FileStore,
  space: Pick<SpaceWatch, 'level' | 'wrote' | 'look' | 'foundNoRoom'>,
): FileStore {
  return {
    ...store,
    async put(ref, sealed) {
      const kept = await store.put(ref, sealed);
      if (kept.ok) space.wrote(ref.sizeBytes);
      else if (kept.error.type === 'storage-full') space.foundNoRoom();
      return kept;
    },
    async receive(ref, progress) {
      if (space.level.get() === 'nearly-full') {
        // Somebody may have made room since.
        await space.look();
        if (space.level.get() === 'nearly-full') return { type: 'storage-full' };
      }
      const outcome = await store.receive(ref, progress);
      if (outcome.type === 'received') space.wrote(ref.sizeBytes);
      return outcome;
    },
  };
}
