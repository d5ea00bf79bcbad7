import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRawDatabase } from '$lib/rescue/raw-database.ts';

describe('reading a damaged database', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('OFF-2 one that never opens keeps nobody waiting, and is not taken for empty', async () => {
    const silent = {
      databases: () =>
        Promise.resolve([
          { name: 'rxdb-dexie-hc-one--0--outbox' },
          { name: 'rxdb-dexie-hc-one-1--0--outbox' },
          { name: 'something else' },
        ]),
      open: vi.fn((_name: string) => ({}) as IDBOpenDBRequest),
    };
    const reading = readRawDatabase(silent, 'hc-one');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await reading).toEqual({ outbox: [], workspace: [], lost: 0, whole: false, isThere: true });
    // Another generation of the same person is another database.
    expect(silent.open.mock.calls).toEqual([['rxdb-dexie-hc-one--0--outbox']]);
  });
});
