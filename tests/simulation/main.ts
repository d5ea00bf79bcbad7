import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { couchHost, embeddedHost } from './store-hosts.ts';
import { runHistory, type HistoryOptions } from './history.ts';
import { createSummary, summaryLines } from './summary.ts';

const usage = `npm run simulate -- [--histories N] [--seed S] [--from N] [--embedded] [--couchdb URL]
  --histories  how many (300)
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
const summary = createSummary();
const folder = await mkdtemp(join(tmpdir(), 'consult-simulation-'));
const beganMs = performance.now();
for (let number = from; number < from + count; number++) {
  const seed = `${values.seed}-${String(number)}`;
  // Every third gateway start finds a saved index.
  const snapshotFolder = number % 3 === 0 ? join(folder, seed) : null;
  const result = await runHistory({ seed, snapshotFolder, ...place });
  summary.add(result);
  if (result.problems.length > 0) {
    say(`FAILED ${seed}: ${String(result.problems.length)} problems`);
    for (const problem of result.problems.slice(0, 12)) say(`  ${problem}`);
    say(`  again: npm run simulate -- --seed ${values.seed} --from ${String(number)} --histories 1${again}`);
  }
  const done = number - from + 1;
  if (done % 25 === 0) {
    const perSecond = done / ((performance.now() - beganMs) / 1000);
    say(
      `${String(done)} of ${String(count)} histories, ${perSecond.toFixed(2)} a second, ${String(summary.failed())} failed`,
    );
  }
}
await rm(folder, { recursive: true, force: true });
for (const line of summaryLines(summary, (performance.now() - beganMs) / 1000)) say(line);
const isEnough = count >= 100;
const missing = isEnough ? summary.missing({ isMemory: again === '' }) : [];
if (missing.length > 0) say(`FAILED: these faults never struck: ${missing.join(', ')}`);
process.exit(summary.failed() > 0 || missing.length > 0 ? 1 : 0);
