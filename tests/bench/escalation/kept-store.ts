import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotVersion } from '#server/sync/index-snapshot.ts';
import { addMs } from '#shared/lib/instant.ts';
import { alertsOf } from '../corpus-alerts.ts';
import { buildHospital } from '../hospital.ts';
import { openConsults, type DueConsult, type OpenConsults } from './open-consults.ts';
import { startGateway } from './processes.ts';

/*
 * Filling a store with 100,000 open consults takes longer than all that is measured on it. It is the same in each run, so it is filled once and kept in
 * data/bench under a name that changes whenever anything about it does.
 */

const keptFolder = join(import.meta.dirname, '../../../data/bench');
const namePrefix = 'open-consults-';
/** Raised when the store lays out its files in another way. */
const tablesMark = '1 MB';
/** So many are made and looked at to know whether what is kept is what would be made now. */
const looked = 300;

function nameOf(size: OpenConsults): string {
  const digest = createHash('sha256').update(JSON.stringify([size, snapshotVersion, tablesMark]));
  const hospital = buildHospital(size.windowStartsAt);
  digest.update(JSON.stringify(hospital.documents));
  let count = 0;
  for (const one of openConsults(hospital, size)) {
    digest.update(JSON.stringify([one.consult, one.patient, one.due, alertsOf(hospital, one.events, true)]));
    if (++count === looked) break;
  }
  return namePrefix + digest.digest('hex').slice(0, 16);
}

async function make(folder: string, size: OpenConsults, say: (line: string) => void): Promise<void> {
  const config = { type: 'embedded' as const, folder: join(folder, 'store') };
  await mkdir(folder, { recursive: true });
  const filler = startGateway();
  const dues = await filler.call('fill', { config, ...size, isSubscribed: true });
  await filler.kill();
  say('  filled');
  // Saves its index, as a gateway that has run before has done.
  const before = startGateway();
  await before.call('start', {
    config,
    folder,
    secretsFolder: folder,
    gateway: 'before',
    at: addMs(size.windowStartsAt, -3_600_000),
  });
  await before.call('idle');
  await before.call('stop');
  await before.kill();
  await writeFile(join(folder, 'dues.json'), JSON.stringify(dues));
  say('  an index was saved');
}

/** Puts a filled store with its saved index into `folder`, which must not be there. Resolves with what falls due in the window. */
export async function filledStore({
  folder,
  say,
  ...size
}: OpenConsults & { readonly folder: string; readonly say: (line: string) => void }): Promise<DueConsult[]> {
  const name = nameOf(size);
  const kept = join(keptFolder, name);
  await mkdir(keptFolder, { recursive: true });
  const all = await readdir(keptFolder);
  if (!all.includes(name)) {
    for (const other of all)
      if (other.startsWith(namePrefix)) await rm(join(keptFolder, other), { recursive: true });
    // Under its own name only when it is whole.
    await make(`${kept}.new`, size, say);
    await rename(`${kept}.new`, kept);
  }
  await cp(kept, folder, { recursive: true });
  return JSON.parse(await readFile(join(folder, 'dues.json'), 'utf8')) as DueConsult[];
}
