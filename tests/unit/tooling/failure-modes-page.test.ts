import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failureModesPage, idsOf, testsByMode } from '../../../scripts/lib/failure-modes-page.mjs';
import { failureModes } from '../../../scripts/lib/failure-modes.mjs';
import { testTitles } from '../../../scripts/lib/test-titles.mjs';

const docs = new URL('../../../docs/', import.meta.url);
const tests = testTitles();

describe('the page of failure modes', () => {
  it('is as fresh as the tests: node scripts/failure-modes.mjs makes it anew', () => {
    const page = readFileSync(new URL('failure-modes-covered.md', docs), 'utf8');
    expect(page === failureModesPage(tests)).toBe(true);
  });

  it('has every line shown by a test, or a decision that says why not', () => {
    const shown = testsByMode(tests);
    const bare = failureModes.filter(
      ({ id, decision }) => (shown.get(id) ?? []).length === 0 && decision === undefined,
    );
    expect(bare.map(({ id }) => id)).toEqual([]);
    for (const { decision } of failureModes)
      if (decision !== undefined)
        expect([decision, existsSync(new URL(decision, docs))]).toEqual([decision, true]);
  });

  it('has rows 1 to 56, and what was measured of the replication', () => {
    const numbers = (prefix: string, from: number, to: number): string[] =>
      Array.from({ length: to - from + 1 }, (_, at) => `${prefix}${String(from + at)}`);
    expect(failureModes.map(({ id }) => id)).toEqual([
      ...numbers('E', 1, 16),
      ...numbers('F', 1, 6),
      ...numbers('FM-', 1, 46),
      'FM-46a',
      ...numbers('FM-', 47, 56),
    ]);
  });

  it.each<[readonly string[], readonly string[]]>([
    [['E5 E6 fills pages'], ['E5', 'E6']],
    [['FM-17 E1 one refused event'], ['FM-17', 'E1']],
    [['E1 E4 F2 one bad event'], ['E1', 'E4', 'F2']],
    [['OFF-14 FM-8 what is written'], ['FM-8']],
    [['FM-40, FM-41 three gateways'], ['FM-40', 'FM-41']],
    [['FM-6 a device', 'is known'], ['FM-6']],
    [['2 doctors take it', 'an E5 in the middle'], []],
  ])('reads %j as %j', (titles, ids) => {
    expect([...idsOf(titles)]).toEqual(ids);
  });
});
