import { createLive, type LiveValue } from '$lib/tablet/live.ts';
import type { Scheduler } from '$lib/sync/scheduler.ts';
import { nextRemedy, spaceLevel, type Remedy, type Room, type SpaceLevel } from './space.ts';

/** Behind everything that a start has to do. */
export const firstLookAfterMs = 15_000;
export const lookEveryMs = 60 * 60_000;
/** So much was written since the last look that another is due. */
export const muchBytes = 8 * 1024 * 1024;

export interface SpaceWatchParts {
  /** null where the browser does not tell. Chromium tells a quota that is always far off, whatever the disk: there a write that fails tells. */
  readonly room: () => Promise<Room | null>;
  readonly scheduler: Scheduler;
  /** Lets go of what can be fetched again. */
  readonly dropCaches: () => Promise<void>;
  /** After a write found no room: whether the room kept for words can be taken again. */
  readonly hasRoomAgain: () => Promise<boolean>;
}

/** Watches how full the tablet is, and makes room before a person's words find none. */
export interface SpaceWatch {
  readonly level: Pick<LiveValue<SpaceLevel>, 'get' | 'subscribe'>;
  /** Reads how full it is and does what can be done. Never rejects; one look at a time. */
  look(): Promise<void>;
  /** A write found no room: lets go of what can go, whatever the browser tells, and says that it is full until there is room again. */
  foundNoRoom(): void;
  /** So many bytes were written by something that writes much. */
  wrote(bytes: number): void;
  /**
   * Looks soon, and every hour, until the answer is called. `dropEnded`: leaves the words of consults that ended longest ago to the server.
   */
  begin(dropEnded: () => Promise<unknown>): () => void;
}

export function createSpaceWatch(parts: SpaceWatchParts): SpaceWatch {
  const { room, scheduler, dropCaches, hasRoomAgain } = parts;
  const level = createLive<SpaceLevel>('roomy');
  const hands = new Set<() => Promise<unknown>>();
  let looking: Promise<void> | null = null;
  let writtenBytes = 0;
  /** A write found no room, and none was found since. */
  let isRefused = false;

  async function remedy(which: Remedy): Promise<void> {
    if (which === 'caches') await dropCaches();
    else await Promise.allSettled([...hands].map((dropEnded) => dropEnded()));
  }

  async function lookOnce(): Promise<void> {
    writtenBytes = 0;
    const tried = new Set<Remedy>();
    let now = await room();
    for (let next = nextRemedy(now, tried); next !== null; next = nextRemedy(now, tried)) {
      tried.add(next);
      // What cannot go stays: the next is tried all the same.
      await remedy(next).catch(() => undefined);
      now = await room();
    }
    if (isRefused) isRefused = !(await hasRoomAgain());
    level.set(isRefused ? 'nearly-full' : spaceLevel(now));
  }

  async function letGo(): Promise<void> {
    await remedy('caches').catch(() => undefined);
    await remedy('ended-consults');
  }

  function look(): Promise<void> {
    looking ??= lookOnce()
      // A browser that does not answer today did not become full by that.
      .catch(() => undefined)
      .finally(() => {
        looking = null;
      });
    return looking;
  }

  return {
    level,
    look,
    foundNoRoom() {
      const isFirst = !isRefused;
      isRefused = true;
      level.set('nearly-full');
      // Not the whole look: it would take the room again that the write is just being given.
      if (isFirst) void letGo();
    },
    wrote(bytes) {
      writtenBytes += bytes;
      if (writtenBytes >= muchBytes) void look();
    },
    begin(dropEnded) {
      hands.add(dropEnded);
      let cancel = scheduler.after(firstLookAfterMs, again);
      function again(): void {
        cancel = scheduler.after(lookEveryMs, again);
        void look();
      }
      return () => {
        hands.delete(dropEnded);
        cancel();
      };
    },
  };
}
