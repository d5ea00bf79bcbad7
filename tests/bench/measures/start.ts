import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fixtureOf, storedNote, type Fixture } from '../fixture.ts';
import { information, ms, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { createBenchServer } from '../server/bench-server.ts';
import { median, spread } from '../statistics.ts';

/*
 * From the birth of the server's process until /api/health/ready says yes; loading and compiling the program is in it. Before each warm
 * start 1,000 consults are changed by another process, so that the saved index is that far behind. Cold: the saved index is thrown away.
 * Resumed: a cold start is killed once it has saved a part of the index, and the next start goes on from there.
 */

const tail = 1000;
const indexPath = (fixture: Fixture): string => join(fixture.folder, 'cache', 'scope-index');

async function addTail(fixture: Fixture, run: number): Promise<void> {
  const ids = fixture.known.filter(({ open }) => !open).map(({ id }) => id);
  const writer = await createBenchServer();
  const from = (run * tail) % ids.length;
  await writer.call('addTail', {
    folder: fixture.folder,
    ids: ids.slice(from, from + tail),
    pattern: storedNote(fixture),
  });
  await writer.kill();
}

interface Started {
  readonly ms: number;
  /** Changes of consults read for the index. */
  readonly read: number;
  readonly loadedMs: number;
}

async function startOnce(options: BenchOptions, fixture: Fixture, name: string): Promise<Started> {
  const server = await createBenchServer();
  const path = options.profileFolder === null ? null : `${options.profileFolder}/start-${name}.cpuprofile`;
  const { hot } = await server.profiled(path, () => server.start(fixture.folder));
  for (const { share, place } of hot) options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
  const read = await server.call('changesRead');
  const loadedMs = await server.call('loadedMs');
  await server.end();
  return { ms: server.readyAfterMs, read, loadedMs };
}

/** null: the index was whole before anything of it was saved, so there is nothing to go on from. */
async function startAfterKill(options: BenchOptions, fixture: Fixture): Promise<Started | null> {
  await rm(indexPath(fixture), { force: true });
  const victim = await createBenchServer();
  const became = { ready: false };
  const starting = victim.start(fixture.folder).then(
    () => void (became.ready = true),
    () => null,
  );
  const isReadyOrSaved = (): boolean => became.ready || existsSync(indexPath(fixture));
  while (!isReadyOrSaved()) await new Promise((resolve) => setTimeout(resolve, 5));
  const { ready } = became;
  await victim.kill();
  await starting;
  return !ready ? startOnce(options, fixture, 'resumed') : null;
}

export const start: Measure = {
  name: 'start',
  ofStore: true,
  async run(options) {
    const fixture = await fixtureOf(options, 'large');
    const consults = fixture.size.consults;
    await rm(indexPath(fixture), { force: true });
    const cold = await startOnce(options, fixture, 'cold');
    const warm: Started[] = [];
    for (let run = 0; run < 3; run++) {
      await addTail(fixture, run);
      warm.push(await startOnce(options, fixture, `warm-${run}`));
    }
    const resumed = await startAfterKill(options, fixture);
    const small = await fixtureOf(options, 'small');
    await rm(indexPath(small), { force: true });
    await startOnce(options, small, 'small-cold');
    const least = await startOnce(options, small, 'small');
    const warmMs = warm.map((one) => one.ms);
    const measured = median(warmMs);
    const rows: Row[] = [
      {
        measure: `start to ready, ${consults} consults, saved index and ${tail} changes`,
        measured: ms(measured),
        peer: `cold ${ms(cold.ms)}`,
        ratio: `${(cold.ms / measured).toFixed(1)}× faster`,
        target: '≤ 5 s',
        met: measured <= 5000,
        runs: warm.length,
      },
      information('· runs lie apart by', `${(spread(warmMs) * 100).toFixed(0)} %`),
      information(
        '· of it loading the program from its sources',
        ms(median(warm.map((one) => one.loadedMs))),
      ),
      information(
        '· read from the store',
        `${warm.map(({ read }) => read).join(', ')} changes; cold ${cold.read}`,
      ),
      information(`· the same with ${small.size.consults} consults and no tail`, ms(least.ms)),
      resumed === null
        ? information('· cold start killed half-way', 'was whole before anything was saved')
        : information(
            '· cold start killed half-way, then started again',
            `${ms(resumed.ms)}, read ${resumed.read} of ${cold.read} changes`,
            { peer: `cold ${ms(cold.ms)}`, target: 'goes on', met: resumed.read < cold.read },
          ),
    ];
    return rows;
  },
};
