import { describe, expect, test } from 'vitest';
import { runWardHistory } from './ward-history.ts';
import { createWardSummary } from './ward-summary.ts';

/** So many in one test: a failure is seen soon, and the list stays short. */
const inOneTest = 5;

/** Ward histories `from` … `from + count - 1` of a run. */
export function wardHistories(run: string, from: number, count: number): void {
  describe(`ward histories ${run}-${String(from)} to ${run}-${String(from + count - 1)}`, () => {
    const summary = createWardSummary();
    for (let first = from; first < from + count; first += inOneTest) {
      const last = Math.min(first + inOneTest, from + count) - 1;
      test(`every word is at the server, set aside, visibly waiting, or said to be lost: ${run}-${String(first)} to ${run}-${String(last)}`, async () => {
        const failed: Record<string, readonly string[]> = {};
        for (let number = first; number <= last; number++) {
          const seed = `${run}-${String(number)}`;
          const result = await runWardHistory({ seed });
          summary.add(result);
          const again = `npm run simulate -- --kind ward --seed ${run} --from ${String(number)} --histories 1`;
          if (result.problems.length > 0) failed[`${seed}, again: ${again}`] = result.problems.slice(0, 12);
        }
        expect(failed).toEqual({});
      });
    }

    test('everything happened that so many histories must bring', () => {
      expect(summary.missing()).toEqual([]);
      expect(summary.totals.events).toBeGreaterThan(count * 10);
      expect(summary.totals.quarantined).toBeGreaterThan(0);
      expect(summary.totals.files).toBeGreaterThan(0);
    });
  });
}
