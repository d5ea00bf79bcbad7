import { afterAll, describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';
import { openTabletThreads } from './worker-tablet.ts';

const count = 20;

/** Each tablet is real RxDB on IndexedDB in a thread of its own: RxDB counts its collections per thread. */
describe('histories of tablets with real RxDB, one thread each', () => {
  const threads = openTabletThreads();
  afterAll(() => threads.close());

  // Few tablets and busy people: what takes time is RxDB, and what it is asked to do is what is tested.
  test.each(Array.from({ length: count }, (_, at) => `rxdb-${String(at + 1)}`))(
    'nothing is lost, invented or out of scope: %s',
    async (seed) => {
      const result = await runHistory({
        seed,
        minutes: 3,
        tabletCount: 4,
        actEveryMs: 12_000,
        makeTablet: threads.makeTablet,
        tabletsAtRest: () => threads.atRest(),
      });
      expect(result.problems).toEqual([]);
      expect(result.events).toBeGreaterThanOrEqual(10);
    },
  );
});
