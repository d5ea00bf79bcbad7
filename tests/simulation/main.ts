import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { couchHost, embeddedHost } from './store-hosts.ts';
import { runHistory, type HistoryOptions } from './history.ts';
import { createSummary, summaryLines } from './summary.ts';

const usage = `npm run simulate -- [--histories N] [--seed S] [--from N] [--embedded] [--couchdb URL]
  --histories  how many (300); a signal stops it after the history under way
  --seed       name of the run; history number n has the seed S-n (day)
  --from       number of the first (1)
  --embedded   on the embedded store, with a real disk
  --couchdb    on that CouchDB`;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '300' },
    seed: { type: 'string', default: 'day' },
    from: { type: 'string', default: '1' },
    embedded: { type: 'boolean', default: false },
    couchdb: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
if (values.help) {
  say(usage);
  process.exit(0);
}
const { couchdb } = values;
const place: Partial<HistoryOptions> =
  couchdb !== undefined
    ? { makeStore: () => couchHost(couchdb) }
    : values.embedded
      ? { makeStore: () => embeddedHost() }
      : {};
const again = couchdb !== undefined ? ` --couchdb ${couchdb}` : values.embedded ? ' --embedded' : '';

const count = Number(values.histories);
const from = Number(values.from);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(from) || from < 1) {
  say(usage);
  process.exit(2);
}

let isStopped = false;
const stopped = (): boolean => isStopped;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isStopped = true;
    say('stopping after this history');
  });
}

const summary = createSummary();
const failed: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'consult-simulation-'));
const beganMs = performance.now();
const seconds = (): number => (performance.now() - beganMs) / 1000;

async function runOne(number: number): Promise<readonly string[]> {
  const seed = `${values.seed}-${String(number)}`;
  // Every third gateway start finds a saved index.
  const snapshotFolder = number % 3 === 0 ? join(folder, seed) : null;
  try {
    const result = await runHistory({ seed, snapshotFolder, ...place });
    summary.add(result);
    return result.problems;
  } catch (cause) {
    return [
      `it ended with an error: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    ];
  } finally {
    if (snapshotFolder !== null) await rm(snapshotFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}

let number = from;
for (; number < from + count && !stopped(); number++) {
  const problems = await runOne(number);
  if (problems.length > 0) {
    const seed = `${values.seed}-${String(number)}`;
    failed.push(seed);
    say(`FAILED ${seed}: ${String(problems.length)} problems`);
    for (const problem of problems.slice(0, 12)) say(`  ${problem}`);
    say(`  again: npm run simulate -- --seed ${values.seed} --from ${String(number)} --histories 1${again}`);
  }
  const done = number - from + 1;
  if (done % 25 === 0) {
    const perSecond = (done / seconds()).toFixed(2);
    say(
      `${String(done)} of ${String(count)} histories, ${perSecond} a second, ${String(failed.length)} failed`,
    );
  }
}
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
for (const line of summaryLines(summary, seconds())) say(line);
if (stopped()) {
  const left = String(from + count - number);
  say(
    `to go on: npm run simulate -- --seed ${values.seed} --from ${String(number)} --histories ${left}${again}`,
  );
}
if (failed.length > 0) say(`FAILED: ${failed.join(', ')}`);
const isEnough = number - from >= 100;
const missing = isEnough ? summary.missing({ isMemory: again === '' }) : [];
if (missing.length > 0) say(`FAILED: these faults never struck: ${missing.join(', ')}`);
// 130: stopped before the end, so nothing is proven of the rest.
process.exit(failed.length > 0 || missing.length > 0 ? 1 : stopped() ? 130 : 0);
