import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNow, thisMachine } from './machine.ts';
import { folders } from './fixture.ts';
import { notRun, type BenchOptions, type Measure, type Row } from './measure.ts';
import { accept } from './measures/accept.ts';
import { audit } from './measures/audit.ts';
import { delivery } from './measures/delivery.ts';
import { directory } from './measures/directory.ts';
import { escalation } from './measures/escalation.ts';
import { firstSync } from './measures/first-sync.ts';
import { patients } from './measures/patients.ts';
import { seal } from './measures/seal.ts';
import { photos } from './measures/photos.ts';
import { shell } from './measures/shell.ts';
import { start } from './measures/start.ts';
import { tap } from './measures/tap.ts';
import { unlock } from './measures/unlock.ts';
import { webPush } from './measures/web-push.ts';
import { endAllServers } from './server/bench-server.ts';
import { buildAll } from './server/built-server.ts';
import { removeCouchDatabases } from './server/couch-databases.ts';
import { tableOf, writeReport } from './report.ts';

/** npm run bench [-- name …] [--part=… of a measure] [--quick] [--profile]. Exit code 1 when a target is missed or a measure fails. */

/** `start` comes first: the index it builds and saves is what the others start from. */
const measures: readonly Measure[] = [
  start,
  firstSync,
  directory,
  delivery,
  accept,
  webPush,
  escalation,
  shell,
  tap,
  unlock,
  seal,
  patients,
  audit,
  photos,
];
const rootFolder = join(import.meta.dirname, '../..');

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.filter((name) => !measures.some((measure) => measure.name === name));
  if (unknown.length > 0) {
    say(
      `There is no measure ${unknown.join(', ')}. There are: ${measures.map(({ name }) => name).join(', ')}.`,
    );
    return 2;
  }
  const chosen = measures.filter(({ name }) => names.length === 0 || names.includes(name));
  const quick = args.includes('--quick');
  const workFolder = await mkdtemp(join(tmpdir(), 'hc-bench-'));
  const couchdbUrl = process.env['COUCHDB_URL'] ?? '';
  const parts = args.flatMap((arg) => (arg.startsWith('--part=') ? [arg.slice('--part='.length)] : []));
  const options: BenchOptions = {
    quick,
    parts,
    profileFolder: args.includes('--profile') ? join(rootFolder, 'data', 'bench') : null,
    workFolder,
    store: 'embedded',
    say,
  };
  if (chosen.some(({ needsNoBuild }) => needsNoBuild !== true)) buildAll(say);
  const loadBefore = loadNow();
  const begun = performance.now();
  const rows: Row[] = [];
  let failures = 0;

  async function take(measure: Measure, store: BenchOptions['store']): Promise<Row[]> {
    const name = store === 'embedded' ? measure.name : `${measure.name} on CouchDB`;
    const since = performance.now();
    say(`${name} …`);
    // The servers are children of this process.
    process.env['BENCH_STORE'] = store;
    try {
      const made = await measure.run({ ...options, store });
      say(tableOf(made));
      return made;
    } catch (error) {
      failures++;
      endAllServers();
      say(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return [{ ...notRun(name, 'it failed'), met: false }];
    } finally {
      say(`${name}: ${((performance.now() - since) / 1000).toFixed(0)} s`);
    }
  }

  try {
    for (const measure of chosen) rows.push(...(await take(measure, 'embedded')));
    for (const measure of chosen.filter(({ ofStore }) => ofStore === true)) {
      const name = `${measure.name} on CouchDB`;
      if (couchdbUrl === '') rows.push(notRun(name, 'COUCHDB_URL is not set'));
      // The targets are those of the embedded store.
      else
        for (const row of await take(measure, 'couchdb'))
          rows.push({ ...row, measure: `${row.measure} (CouchDB)`, met: null });
    }
    if (couchdbUrl !== '')
      for (const folder of folders)
        if (folder.includes('couchdb-')) await removeCouchDatabases(couchdbUrl, folder);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  process.stdout.write(`${tableOf(rows)}\n`);
  // Part of a run, or a run of small sizes, is no result to keep.
  if (!quick && names.length === 0 && failures === 0) {
    const path = await writeReport(join(rootFolder, 'docs', 'bench'), {
      machine: thisMachine(),
      date: new Date().toISOString().slice(0, 10),
      loadBefore,
      loadAfter: loadNow(),
      seconds: (performance.now() - begun) / 1000,
      rows,
    });
    say(`written to ${path.slice(rootFolder.length + 1)}`);
  }
  return failures > 0 || rows.some(({ met }) => met === false) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
