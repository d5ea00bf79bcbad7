// `npm test`: installs what is missing, builds, runs every suite, and ends with one line: N passed, N failed.
// `npm run test:fast` leaves out the browser, the simulation and every other long suite.
// Arguments: paths (those below tests/e2e go to Playwright, others to Vitest), and -t <words in the title>.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { root, run, runTool, say } from './lib/run.mjs';
import { countPlaywright, countVitest, readCounts, summaryLine } from './lib/test-counts.mjs';

const { values, positionals } = await parseArguments();
process.chdir(root);
await ensureInstalled();

const reports = join(root, 'test-results');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const browserPaths = positionals.filter((path) => path.includes('e2e'));
const otherPaths = positionals.filter((path) => !path.includes('e2e'));
const runsVitest = positionals.length === 0 || otherPaths.length > 0;
const runsBrowser = !values.fast && (positionals.length === 0 || browserPaths.length > 0);

await (await import('./lib/compile-messages.mjs')).compileMessages();
await runTool('@sveltejs/kit', ['sync'], { command: 'svelte-kit' });
if (!values.fast) await ensureBuilt();

/** @type {ReturnType<typeof readCounts>[]} */
const results = [];
if (runsVitest) results.push(await runVitest());
if (runsBrowser) results.push(await runPlaywright());

for (const { crash } of results) if (crash !== null) say(crash);
const total = { passed: 0, failed: 0, skipped: 0, secondTry: 0 };
for (const { passed, failed, skipped, secondTry = 0 } of results) {
  total.secondTry += secondTry;
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
if (total.passed + total.failed === 0) say('No test matched.');
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
process.stdout.write(`${summaryLine(total)}\n`);

async function parseArguments() {
  const { parseArgs } = await import('node:util');
  const { values, positionals } = parseArgs({
    options: {
      fast: { type: 'boolean', default: false },
      title: { type: 'string', short: 't' },
      grep: { type: 'string', short: 'g' },
    },
    allowPositionals: true,
  });
  return { values: { fast: values.fast, title: values.title ?? values.grep }, positionals };
}

async function runVitest() {
  const reportPath = join(reports, 'vitest.json');
  const { code } = await runTool('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
    '--passWithNoTests',
    ...(values.fast ? ['--project', 'node', '--project', 'client'] : []),
    ...(values.title === undefined ? [] : ['-t', values.title]),
    ...otherPaths,
  ]);
  return readCounts({ name: 'Vitest', exitCode: code, reportPath, count: countVitest });
}

async function runPlaywright() {
  const { ensureChromium } = await import('./lib/browser.mjs');
  const browser = await ensureChromium();
  if (browser === undefined)
    return { passed: 0, failed: 1, skipped: 0, crash: 'No Chromium: the browser tests did not run.' };
  const reportPath = join(reports, 'playwright.json');
  const { code } = await run(
    process.execPath,
    [
      join(root, 'node_modules/@playwright/test/cli.js'),
      'test',
      '--reporter=list,json',
      '--pass-with-no-tests',
      '--retries=1',
      ...(values.title === undefined ? [] : ['--grep', values.title]),
      ...browserPaths,
    ],
    { env: { CHROMIUM_PATH: browser, PLAYWRIGHT_JSON_OUTPUT_FILE: reportPath } },
  );
  return readCounts({ name: 'Playwright', exitCode: code, reportPath, count: countPlaywright });
}
