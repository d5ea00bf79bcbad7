import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fixtureOf, storedNote, type Fixture } from '../fixture.ts';
import { information, ms, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { createBenchServer } from '../server/bench-server.ts';
import { startBuilt, type BuiltServer } from '../server/built-server.ts';
import { median, spread } from '../statistics.ts';

/*
 * The built server, `node build/server/main.js` in production mode, from the birth of its process until /api/health/ready says yes: then it
 * takes pushes, answers pulls and plans alerts. Before each warm start 1,000 consults are changed by another process, so that the saved index
 * is that far behind. Cold: there is no saved index. Resumed: a cold start is killed once it has saved a part of the index, and the next goes on
 * from there. The store holds about three answered alerts for each consult; the same store without them is started too.
 */

const tail = 1000;
const indexPath = (folder: string): string => join(folder, 'cache', 'scope-index');

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

async function startOnce(options: BenchOptions, { folder }: Fixture): Promise<BuiltServer> {
  const starting = await startBuilt(folder, options.store, options.profileFolder);
  const server = await starting.ready;
  await server.end();
  return server;
}

/** null: the index was whole before anything of it was saved, so there is nothing to go on from. */
async function startAfterKill(options: BenchOptions, fixture: Fixture): Promise<BuiltServer | null> {
  await rm(indexPath(fixture.folder), { force: true });
  const victim = await startBuilt(fixture.folder, options.store, null);
  const became = { ready: false };
  const starting = victim.ready.then(
    () => void (became.ready = true),
    () => null,
  );
  const isReadyOrSaved = (): boolean => became.ready || existsSync(indexPath(fixture.folder));
  while (!isReadyOrSaved()) await new Promise((resolve) => setTimeout(resolve, 5));
  const { ready } = became;
  await victim.kill();
  await starting;
  return !ready ? startOnce(options, fixture) : null;
}

async function warmStarts(options: BenchOptions, fixture: Fixture, runs: number): Promise<BuiltServer[]> {
  const started: BuiltServer[] = [];
  for (let run = 0; run < runs; run++) {
    await addTail(fixture, run);
    started.push(await startOnce(options, fixture));
  }
  return started;
}

/** The same store with no alert in it. */
async function withoutAlerts(fixture: Fixture): Promise<Fixture> {
  const folder = `${fixture.folder}-without-alerts`;
  await cp(fixture.folder, folder, { recursive: true });
  await rm(join(folder, 'store', 'alerts'), { recursive: true });
  await rm(indexPath(folder), { force: true });
  return { ...fixture, folder };
}

const processorTime = (servers: readonly BuiltServer[]): string =>
  ms(median(servers.map(({ cpuMs }) => cpuMs)));

export const start: Measure = {
  name: 'start',
  ofStore: true,
  async run(options) {
    const fixture = await fixtureOf(options, 'large');
    const { consults } = fixture.size;
    await rm(indexPath(fixture.folder), { force: true });
    const cold = await startOnce(options, fixture);
    const warm = await warmStarts(options, fixture, 3);
    const resumed = await startAfterKill(options, fixture);
    const warmMs = warm.map((one) => one.readyAfterMs);
    const measured = median(warmMs);
    const rows: Row[] = [
      {
        measure: `start to ready, ${consults} consults, saved index and ${tail} changes`,
        measured: ms(measured),
        peer: `cold ${ms(cold.readyAfterMs)}`,
        ratio: `${(cold.readyAfterMs / measured).toFixed(1)}× faster`,
        target: '≤ 5 s',
        met: measured <= 5000,
        runs: warm.length,
      },
      information('· runs lie apart by', `${(spread(warmMs) * 100).toFixed(0)} %`),
      information('· of it the server’s processor time', processorTime(warm), {
        peer: `cold ${processorTime([cold])}`,
        runs: warm.length,
      }),
      information(
        '· memory when ready',
        `${(median(warm.map((one) => one.residentBytes)) / 2 ** 20).toFixed(0)} MB`,
      ),
      information(
        '· read from the store',
        `${warm.map(({ read }) => read).join(', ')} changes; cold ${cold.read}`,
      ),
      resumed === null
        ? information('· cold start killed half-way', 'was whole before anything was saved')
        : information(
            '· cold start killed half-way, then started again',
            `${ms(resumed.readyAfterMs)}, read ${resumed.read} of ${cold.read} changes`,
            { peer: `cold ${ms(cold.readyAfterMs)}`, target: 'goes on', met: resumed.read < cold.read },
          ),
    ];
    if (options.store === 'embedded') {
      const bare = await withoutAlerts(fixture);
      const bareCold = await startOnce(options, bare);
      const bareWarm = await warmStarts(options, bare, 1);
      rows.push(
        information(
          `· the same without its ${fixture.alerts} alerts`,
          ms(median(bareWarm.map((one) => one.readyAfterMs))),
          { peer: `cold ${ms(bareCold.readyAfterMs)}` },
        ),
      );
      await rm(bare.folder, { recursive: true });
    }
    return rows;
  },
};
