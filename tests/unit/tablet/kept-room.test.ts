import { describe, expect, it } from 'vitest';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { createKeptRoom, inKeptRoom, keptRoomBytes, type RoomStore } from '$lib/db/kept-room.ts';
import { openRxdbStore } from '$lib/db/rxdb-store.ts';
import type { Storage } from '$lib/db/open-database.ts';

/** A disk with so much on it; `kept` is the room's part. */
function disk(free: number | null) {
  const held = { free, kept: 0 };
  const store: RoomStore = {
    has: () => Promise.resolve(held.kept > 0),
    put(bytes) {
      held.kept = bytes;
      return Promise.resolve();
    },
    remove() {
      held.kept = 0;
      return Promise.resolve();
    },
  };
  return { held, store, room: createKeptRoom({ store, freeBytes: () => Promise.resolve(held.free) }) };
}

describe('FM-11 room kept for what a person writes', () => {
  it('is taken once, and only where there is plenty', async () => {
    for (const [free, expected] of [
      [null, 0],
      [5 * keptRoomBytes, 0],
      [500 * keptRoomBytes, keptRoomBytes],
    ] as const) {
      const { held, room } = disk(free);
      await room.keep();
      expect([free, held.kept]).toEqual([free, expected]);
    }
  });

  it('is given up once, and never throws', async () => {
    const { room } = disk(500 * keptRoomBytes);
    await room.keep();
    expect(await room.giveUp()).toBe(true);
    expect(await room.giveUp()).toBe(false);
    const broken = createKeptRoom({
      store: { ...disk(0).store, has: () => Promise.reject(new Error('closed')) },
      freeBytes: () => Promise.resolve(500 * keptRoomBytes),
    });
    await broken.keep();
    expect(await broken.giveUp()).toBe(false);
  });

  it('is given up for want of room alone, and a write that finds none then either says so', async () => {
    const { held, room } = disk(500 * keptRoomBytes);
    await room.keep();
    const fails = (name: string) => () => Promise.reject(new DOMException('no', name));
    await expect(inKeptRoom(room, fails('InvalidStateError'))).rejects.toThrow('no');
    expect(held.kept).toBe(keptRoomBytes);
    await expect(inKeptRoom(room, fails('QuotaExceededError'))).rejects.toThrow('no');
    expect(held.kept).toBe(0);
  });

  it('lets a save through that found the disk full; without any it is said that it is full', async () => {
    const { held, room } = disk(500 * keptRoomBytes);
    await room.keep();
    const store = await openRxdbStore({
      person: 'full',
      storage: fullUnless(() => held.kept === 0),
      multiInstance: false,
      room,
    });
    expect(await store.putNote('draft:one', 'words')).toEqual({ ok: true, value: undefined });
    expect(await store.note('draft:one')).toBe('words');
    expect(held.kept).toBe(0);
    await store.close();

    const bare = await openRxdbStore({
      person: 'bare',
      storage: fullUnless(() => false),
      multiInstance: false,
      room,
    });
    expect(await bare.putNote('draft:one', 'words')).toMatchObject({
      ok: false,
      error: { type: 'storage-full' },
    });
    await bare.close();
  });
});

/** RxDB's memory storage, whose notes find no room unless there is some. */
function fullUnless(hasRoom: () => boolean): Storage {
  const memory = getRxStorageMemory() as Storage;
  return {
    ...memory,
    async createStorageInstance(params: Parameters<Storage['createStorageInstance']>[0]) {
      const instance = await memory.createStorageInstance(params);
      if (params.collectionName !== 'workspace') return instance;
      const write = instance.bulkWrite.bind(instance);
      instance.bulkWrite = (rows, context) =>
        hasRoom()
          ? write(rows, context)
          : Promise.reject(new DOMException('the disk is full', 'QuotaExceededError'));
      return instance;
    },
  } as Storage;
}
