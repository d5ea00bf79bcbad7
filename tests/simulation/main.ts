import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { couchHost, embeddedHost } from './store-hosts.ts';
import { runHistory, type HistoryOptions } from './history.ts';
import { createSummary, summaryLines } from './summary.ts';
import { runWardHistory } from './ward/ward-history.ts';
import { createWardSummary, wardSummaryLines } from './ward/ward-summary.ts';

const usage = `npm run simulate -- [--histories N] [--kind both|day|ward] [--seed S] [--from N] [--embedded] [--couchdb URL]
  --histories  how many (300); a signal stops it after the history under way
  --kind       day: own tablets, gateways, a store that is set back; ward: shared tablets, keys, parcels, files; both: three of the one to one of
               the other (both)
  --seed       name of the run; history number n has the seed S-n (the kind's name)
  --from       number of the first (1)
  --embedded   on the embedded store, with a real disk; days only
  --couchdb    on that CouchDB; days only`;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '300' },
    kind: { type: 'string' },
    seed: { type: 'string' },
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

type Kind = 'day' | 'ward';
const kinds = values.kind ?? (again === '' ? 'both' : 'day');
/** Every fourth of both is a ward. */
const kindOf = (number: number): Kind =>
  kinds === 'ward' || (kinds === 'both' && number % 4 === 0) ? 'ward' : 'day';
const seedOf = (number: number): string => `${values.seed ?? kindOf(number)}-${String(number)}`;
const runOf = (number: number): string =>
  `${values.seed === undefined ? '' : ` --seed ${values.seed}`} --kind ${kindOf(number)} --from ${String(number)}`;

const count = Number(values.histories);
const from = Number(values.from);
const isKnown = ['both', 'day', 'ward'].includes(kinds) && (kinds === 'day' || again === '');
if (!isKnown || !Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(from) || from < 1) {
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
const wards = createWardSummary();
const failed: string[] = [];
const folder = await mkdtemp(join(tmpdir(), 'consult-simulation-'));
const beganMs = performance.now();
const seconds = (): number => (performance.now() - beganMs) / 1000;

async function runOne(number: number): Promise<readonly string[]> {
  const seed = seedOf(number);
  // Every third gateway start finds a saved index.
  const snapshotFolder = number % 3 === 0 ? join(folder, seed) : null;
  try {
    if (kindOf(number) === 'ward') {
      const ended = await runWardHistory({ seed });
      wards.add(ended);
      return ended.problems;
    }
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
    const seed = seedOf(number);
    failed.push(seed);
    say(`FAILED ${seed}: ${String(problems.length)} problems`);
    for (const problem of problems.slice(0, 12)) say(`  ${problem}`);
    say(`  again: npm run simulate --${runOf(number)} --histories 1${again}`);
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
say(`${String(number - from)} histories in ${seconds().toFixed(0)} s`);
if (kinds !== 'ward') for (const line of summaryLines(summary, seconds())) say(line);
if (kinds !== 'day') for (const line of wardSummaryLines(wards)) say(line);
if (stopped()) {
  const left = String(from + count - number);
  const same = values.seed === undefined ? '' : ` --seed ${values.seed}`;
  say(
    `to go on: npm run simulate --${same} --kind ${kinds} --from ${String(number)} --histories ${left}${again}`,
  );
}
if (failed.length > 0) say(`FAILED: ${failed.join(', ')}`);
const missing = [
  ...(summary.totals.histories >= 100 ? summary.missing({ isMemory: again === '' }) : []),
  ...(wards.totals.histories >= 100 ? wards.missing() : []),
];
if (missing.length > 0) say(`FAILED: these never struck: ${missing.join(', ')}`);
// 130: stopped before the end, so nothing is proven of the rest.
process.exit(failed.length > 0 || missing.length > 0 ? 1 : stopped() ? 130 : 0);
