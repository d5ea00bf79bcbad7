import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countPlaywright, countVitest, readCounts, summaryLine } from '../../../scripts/lib/test-counts.mjs';

function reportFile(report: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'counts-')), 'report.json');
  writeFileSync(path, JSON.stringify(report));
  return path;
}

const vitestReport = {
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};

describe('what npm test counts', () => {
  it('counts a file that could not be loaded as a failure', () => {
    const report = {
      ...vitestReport,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'passed', assertionResults: [{}] },
      ],
    };
    expect(countVitest(report)).toEqual({ passed: 7, failed: 1, skipped: 2 });
  });

  it.each([
    [0, { passed: 3, failed: 2, secondTry: 0 }],
    [1, { passed: 4, failed: 2, secondTry: 1 }],
    [2, { passed: 3, failed: 4, secondTry: 0 }],
  ])('%i browser stories that passed only on the second try: one is let pass, more fail', (flaky, counts) => {
    const report = { stats: { expected: 3, unexpected: 1, flaky, skipped: 2 }, errors: [{}] };
    expect(countPlaywright(report)).toEqual({ ...counts, skipped: 2 });
  });

  it('counts a runner that left no report as a failure', () => {
    const counts = readCounts({
      name: 'Vitest',
      exitCode: 0,
      reportPath: '/nowhere/report.json',
      count: countVitest,
    });
    expect(counts).toMatchObject({ passed: 0, failed: 1 });
    expect(counts.crash).toContain('left no report');
  });

  it('counts an exit code that no failed test explains as a failure', () => {
    const reportPath = reportFile(vitestReport);
    expect(readCounts({ name: 'Vitest', exitCode: 1, reportPath, count: countVitest })).toMatchObject({
      passed: 7,
      failed: 1,
    });
    expect(readCounts({ name: 'Vitest', exitCode: 0, reportPath, count: countVitest })).toEqual({
      passed: 7,
      failed: 0,
      skipped: 0,
      crash: null,
    });
  });

  it('ends with one line, and names skipped tests only when there are some', () => {
    expect(summaryLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(summaryLine({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
    expect(summaryLine({ passed: 12, failed: 0, skipped: 0, secondTry: 1 })).toBe(
      '12 passed, 0 failed, 1 on the second try (above: flaky)',
    );
  });
});
