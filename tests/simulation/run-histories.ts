import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';
import { createSummary } from './summary.ts';

/** So many in one test: a failure is seen soon, and the list stays short. */
const inOneTest = 10;

/** Rare faults need many histories to strike. */
const enoughForEveryFault = 150;

/** Histories `from` … `from + count - 1` of a run, and that every kind of fault struck among them. */
export function histories(run: string, from: number, count: number): void {
  describe(`histories ${run}-${String(from)} to ${run}-${String(from + count - 1)}`, () => {
    const summary = createSummary();
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'consult-simulation-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    for (let first = from; first < from + count; first += inOneTest) {
      const last = Math.min(first + inOneTest, from + count) - 1;
      test(`nothing is lost, invented or out of scope: ${run}-${String(first)} to ${run}-${String(last)}`, async () => {
        const failed: Record<string, readonly string[]> = {};
        for (let number = first; number <= last; number++) {
          const seed = `${run}-${String(number)}`;
          const snapshotFolder = number % 3 === 0 ? join(folder, seed) : null;
          const result = await runHistory({ seed, snapshotFolder });
          summary.add(result);
          const again = `npm run simulate -- --seed ${run} --from ${String(number)} --histories 1`;
          if (result.problems.length > 0) failed[`${seed}, again: ${again}`] = result.problems.slice(0, 12);
        }
        expect(failed).toEqual({});
      });
    }

    test('every kind of fault struck that so many histories must bring', () => {
      if (count >= enoughForEveryFault) expect(summary.missing({ isMemory: true })).toEqual([]);
      expect(summary.totals.events).toBeGreaterThan(count * 10);
    });
  });
}
