import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, secondTry?: number }} Counts
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

/** So many browser stories of a run may need their second try, on a machine that is busy with other things. */
const secondTriesAllowed = 1;

/**
 * A story that passed only on its second try is said in the last line, and looked into; more than one of them is no accident and each
 * counts as failed.
 * @param {PlaywrightReport} report
 * @returns {Counts}
 */
export function countPlaywright({ stats, errors }) {
  const { expected, unexpected, flaky, skipped } = stats;
  const secondTry = flaky <= secondTriesAllowed ? flaky : 0;
  return {
    passed: expected + secondTry,
    failed: unexpected + (flaky - secondTry) + errors.length,
    skipped,
    secondTry,
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
export function summaryLine({ passed, failed, skipped, secondTry = 0 }) {
  const more = [
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(secondTry > 0 ? [`${secondTry} on the second try (above: flaky)`] : []),
  ];
  return [`${passed} passed`, `${failed} failed`, ...more].join(', ');
}
