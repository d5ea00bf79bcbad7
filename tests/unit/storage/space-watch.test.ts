import { describe, expect, it, vi } from 'vitest';
import { createSpaceWatch, firstLookAfterMs, lookEveryMs, muchBytes } from '$lib/storage/space-watch.ts';
import type { SpaceLevel } from '$lib/storage/space.ts';
import { watchedFiles } from '$lib/storage/watched-files.ts';
import type { FileRef, FileStore } from '$lib/attachments/file-store.ts';
import { err, ok } from '#shared/lib/result.ts';
import type { ConsultId, FileId } from '#shared/lib/id.ts';

/** A disk of a hundred bytes, on which caches and ended consults take some. */
function tablet(start: { caches: number; ended: number; words: number }) {
  const held = { ...start };
  const done: string[] = [];
  const waiting: { readonly delayMs: number; readonly run: () => void }[] = [];
  let isAnswering = true;
  const watch = createSpaceWatch({
    room: () =>
      isAnswering
        ? Promise.resolve({ usedBytes: held.caches + held.ended + held.words, quotaBytes: 100 })
        : Promise.reject(new Error('the browser does not answer')),
    scheduler: {
      after(delayMs, run) {
        const each = { delayMs, run };
        waiting.push(each);
        return () => void waiting.splice(waiting.indexOf(each), 1);
      },
    },
    hasRoomAgain() {
      done.push('tries');
      return Promise.resolve(held.caches + held.ended + held.words < 90);
    },
    dropCaches() {
      done.push('caches');
      held.caches = 0;
      return Promise.resolve();
    },
  });
  const dropEnded = (): Promise<void> => {
    done.push('ended');
    held.ended = 0;
    return Promise.resolve();
  };
  return { held, done, waiting, watch, dropEnded, silence: () => (isAnswering = false) };
}

describe('FM-11 watching how full the tablet is', () => {
  it.each<[string, { caches: number; ended: number; words: number }, string[], SpaceLevel]>([
    ['there is room', { caches: 30, ended: 30, words: 10 }, [], 'roomy'],
    ['caches are enough', { caches: 30, ended: 30, words: 30 }, ['caches'], 'roomy'],
    ['ended consults go as well', { caches: 0, ended: 30, words: 60 }, ['caches', 'ended'], 'roomy'],
    ['what people wrote alone is too much', { caches: 5, ended: 5, words: 85 }, ['caches', 'ended'], 'tight'],
    ['it is nearly full of it', { caches: 2, ended: 2, words: 93 }, ['caches', 'ended'], 'nearly-full'],
  ])('%s', async (_, held, expected, level) => {
    const { watch, done, dropEnded } = tablet(held);
    watch.begin(dropEnded);
    await watch.look();
    expect([done, watch.level.get()]).toEqual([expected, level]);
  });

  it('looks soon after the start and every hour, until the records are closed', async () => {
    const { watch, waiting, done, dropEnded } = tablet({ caches: 90, ended: 0, words: 0 });
    const end = watch.begin(dropEnded);
    expect(waiting.map(({ delayMs }) => delayMs)).toEqual([firstLookAfterMs]);
    waiting.shift()?.run();
    await watch.look();
    expect(done).toEqual(['caches']);
    expect(waiting.map(({ delayMs }) => delayMs)).toEqual([lookEveryMs]);
    end();
    expect(waiting).toEqual([]);
  });

  it('looks again when much was written, and not for every word', async () => {
    const { watch, held, done } = tablet({ caches: 10, ended: 0, words: 0 });
    held.caches = 95;
    watch.wrote(muchBytes - 1);
    await Promise.resolve();
    expect(done).toEqual([]);
    watch.wrote(1);
    await watch.look();
    expect(done).toEqual(['caches']);
  });

  it('takes a browser that does not answer for what it was before', async () => {
    const { watch, silence } = tablet({ caches: 0, ended: 0, words: 95 });
    await watch.look();
    silence();
    await watch.look();
    expect(watch.level.get()).toBe('nearly-full');
  });

  it('a write that found no room counts, whatever the browser tells: everything goes at once, and it is full until there is room again', async () => {
    const { watch, done, dropEnded, held } = tablet({ caches: 20, ended: 20, words: 20 });
    watch.begin(dropEnded);
    watch.foundNoRoom();
    expect(watch.level.get()).toBe('nearly-full');
    await vi.waitFor(() => expect(done).toEqual(['caches', 'ended']));
    // Asked once for many writes that fail, and the room is not taken back from the one that is just being written.
    watch.foundNoRoom();
    expect(done).toEqual(['caches', 'ended']);

    held.words = 95;
    await watch.look();
    expect(watch.level.get()).toBe('nearly-full');
    held.words = 30;
    await watch.look();
    expect(watch.level.get()).toBe('roomy');
    expect(done.slice(2)).toEqual(['caches', 'ended', 'tries', 'tries']);
  });

  it('goes on to the next when one cannot go', async () => {
    const { watch, done, dropEnded, held } = tablet({ caches: 0, ended: 30, words: 60 });
    watch.begin(() => Promise.reject(new Error('storage')));
    watch.begin(dropEnded);
    held.caches = 1;
    await watch.look();
    expect(done).toEqual(['caches', 'ended']);
  });
});

describe('FM-11 files on a tablet that fills', () => {
  const ref: FileRef = { consult: 'c' as ConsultId, file: 'f' as FileId, sizeBytes: 10, digest: '' };
  function files(level: SpaceLevel, putFails = false) {
    const asked: string[] = [];
    const store: FileStore = {
      put: () => Promise.resolve(putFails ? err({ type: 'storage-full' } as const) : ok(undefined)),
      read: () => Promise.resolve(null),
      waiting: () => Promise.resolve([]),
      send: () => Promise.resolve({ type: 'sent' }),
      receive() {
        asked.push('receive');
        return Promise.resolve({ type: 'received' });
      },
      discard: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const watched = watchedFiles(store, {
      level: { get: () => level, subscribe: () => () => undefined },
      wrote: (bytes) => void asked.push(`wrote ${String(bytes)}`),
      look() {
        asked.push('look');
        return Promise.resolve();
      },
      foundNoRoom: () => void asked.push('found no room'),
    });
    return { watched, asked };
  }

  it('are counted', async () => {
    const { watched, asked } = files('roomy');
    await watched.put(ref, new Uint8Array());
    await watched.receive(ref, () => undefined);
    expect(asked).toEqual(['wrote 10', 'receive', 'wrote 10']);
  });

  it('are not fetched any more when it is nearly full, and one’s own are still taken', async () => {
    const { watched, asked } = files('nearly-full');
    expect(await watched.receive(ref, () => undefined)).toEqual({ type: 'storage-full' });
    expect((await watched.put(ref, new Uint8Array())).ok).toBe(true);
    expect(asked).toEqual(['look', 'wrote 10']);
  });

  it('have room made when one of one’s own finds none', async () => {
    const { watched, asked } = files('tight', true);
    expect((await watched.put(ref, new Uint8Array())).ok).toBe(false);
    expect(asked).toEqual(['found no room']);
  });
});
