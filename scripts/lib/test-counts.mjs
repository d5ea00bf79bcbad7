import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] }} VitestReport
 * @typedef {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors: unknown[] }} PlaywrightReport
 */

/**
 * A file that could not be loaded has no tests in it, and is one failure.
 * @param {VitestReport} report
 * @returns {Counts}
 */
export function countVitest(report) {
  const crashedFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + crashedFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * A test that passed only on a second try has failed once: it counts as failed.
 * @param {PlaywrightReport} report
 * @returns {Counts}
 */
export function countPlaywright({ stats, errors }) {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * What a runner's report says. No report, or an exit code that the report does not explain, is one failure more:
 * a suite that crashed never counts as one that passed.
 * @template Report
 * @param {{ name: string, exitCode: number, reportPath: string, count: (report: Report) => Counts }} suite
 * @returns {Counts & { crash: string | null }}
 */
export function readCounts({ name, exitCode, reportPath, count }) {
  if (!existsSync(reportPath))
    return { passed: 0, failed: 1, skipped: 0, crash: `${name} ended with ${exitCode} and left no report.` };
  const counts = count(JSON.parse(readFileSync(reportPath, 'utf8')));
  if (exitCode !== 0 && counts.failed === 0)
    return {
      ...counts,
      failed: 1,
      crash: `${name} ended with ${exitCode} though no test failed; see above.`,
    };
  return { ...counts, crash: null };
}

/** @param {Counts} counts @returns {string} the last line of `npm test` */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
