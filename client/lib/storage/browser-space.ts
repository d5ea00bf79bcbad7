import { browserRoom, type KeptRoom } from '$lib/db/kept-room.ts';
import { timers } from '$lib/sync/scheduler.ts';
import { createSpaceWatch, type SpaceWatch } from './space-watch.ts';
import { readStorageUse } from './storage-use.ts';

/** How full this browser is, for every window's screens. */
export const space: SpaceWatch = createSpaceWatch({
  room: readStorageUse,
  scheduler: timers,
  async hasRoomAgain() {
    const kept = browserRoom();
    await kept.keep();
    return kept.isKept();
  },
  dropCaches: async () => (await import('./drop-caches.ts')).dropCaches(),
});

/** The room kept in this browser for a person's words; that it is needed is told to the watch. */
export function watchedRoom(): KeptRoom {
  const room = browserRoom();
  return {
    ...room,
    giveUp() {
      space.foundNoRoom();
      return room.giveUp();
    },
  };
}
