import { expect, test } from 'vitest';
import { runHistory } from './history.ts';

/** Without what the device's clock says by design; seals cover it. */
const seeds = Array.from({ length: 6 }, (_, at) => `clocks-${String(at + 1)}`);

test.each(seeds)('FM-1 wrong clocks of tablets change neither order nor due times: %s', async (seed) => {
  const wrong = await runHistory({ seed, clocks: 'wrong', minutes: 8 });
  const right = await runHistory({ seed, clocks: 'right', minutes: 8 });
  expect(wrong.problems).toEqual([]);
  expect(wrong.record).toEqual(right.record);
  expect(wrong.events).toBeGreaterThan(10);
});
