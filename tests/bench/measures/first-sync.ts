import { addMinutes } from '#shared/lib/instant.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import type { Checkpoint, PullAnswer } from '#shared/sync/protocol.ts';
import { maxPullDocuments } from '#shared/sync/protocol.ts';
import { homeDepartment } from '../corpus.ts';
import { fixtureOf, type Fixture } from '../fixture.ts';
import { isDoctor } from '../hospital.ts';
import { information, ms, times, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { createBenchServer, type BenchServer } from '../server/bench-server.ts';
import { median, spread } from '../statistics.ts';
import { post } from '../tablet-requests.ts';

/*
 * A doctor's new tablet pulls all consults of its scope over HTTP, page after page until the server says caught up; each page is parsed,
 * because the checkpoint in it is needed. Held against, in the server's own process and without HTTP, JSON or a record of the reading:
 * one read of the same documents by id, which takes turns with the pull, and then, once, the whole change feed with a filter that finds the same documents.
 */

const retentionMinutes = 30 * 24 * 60;

interface Pulled {
  readonly ms: number;
  readonly ids: string[];
  readonly bytes: number;
  readonly pages: number;
}

export async function pullAll(origin: string, cookie: string, collection = 'consults'): Promise<Pulled> {
  const begun = performance.now();
  const ids: string[] = [];
  let checkpoint: Checkpoint | null = null;
  let bytes = 0;
  for (let pages = 1; ; pages++) {
    const body = JSON.stringify({ collection, checkpoint, limit: maxPullDocuments });
    const text = await post(origin, cookie, '/api/sync/pull', body);
    const page = JSON.parse(text) as PullAnswer;
    bytes += text.length;
    for (const { id } of page.documents) ids.push(id);
    checkpoint = page.checkpoint;
    if (page.caughtUp) return { ms: performance.now() - begun, ids, bytes, pages };
  }
}

interface Figures {
  readonly pull: number[];
  readonly bulk: number[];
  readonly filtered: number[];
  readonly whole: number;
  readonly found: number;
  readonly bytes: number;
  readonly pages: number;
}

async function measureStore(
  options: BenchOptions,
  fixture: Fixture,
  server: BenchServer,
  runs: number,
): Promise<Figures> {
  const doctor = fixture.hospital.teams[homeDepartment]!.filter(isDoctor)[5]!;
  const department = fixture.hospital.departments[homeDepartment]!.id;
  const [cookie = ''] = await server.call('signIn', { people: [doctor] });
  const warm = await pullAll(server.origin, cookie);
  const figures = { pull: [] as number[], bulk: [] as number[], filtered: [] as number[] };
  const endedSince = addMinutes(systemClock.now(), -retentionMinutes);
  const { hot } = await server.profiled(
    options.profileFolder === null
      ? null
      : `${options.profileFolder}/first-sync-${fixture.size.consults}.cpuprofile`,
    async () => {
      for (let run = 0; run < runs; run++) {
        figures.pull.push((await pullAll(server.origin, cookie)).ms);
        figures.bulk.push(await server.call('readInBulk', { ids: warm.ids, pageSize: warm.ids.length }));
      }
    },
  );
  for (const { share, place } of hot) options.say(`  ${(share * 100).toFixed(1)} % ${place}`);
  // Once: it takes a hundred times as long as the pull, and has the whole store's noise in it.
  const one = await server.call('filterChanges', { department, endedSince });
  figures.filtered.push(one.ms);
  const { found } = one;
  if (found.length !== warm.ids.length || new Set([...found, ...warm.ids]).size !== found.length) {
    throw new Error(`the filter found ${found.length} documents and the pull ${warm.ids.length}`);
  }
  const begun = performance.now();
  for (const collection of ['directory', 'patients', 'consults', 'alerts'])
    await pullAll(server.origin, cookie, collection);
  return {
    ...figures,
    whole: performance.now() - begun,
    found: warm.ids.length,
    bytes: warm.bytes,
    pages: warm.pages,
  };
}

async function figuresOf(
  options: BenchOptions,
  kind: 'large' | 'small',
  runs: number,
): Promise<{ fixture: Fixture; figures: Figures }> {
  const fixture = await fixtureOf(options, kind);
  const server = await createBenchServer();
  await server.start(fixture.folder);
  const figures = await measureStore(options, fixture, server, runs);
  await server.end();
  return { fixture, figures };
}

export const firstSync: Measure = {
  name: 'first-sync',
  ofStore: true,
  async run(options) {
    const runs = options.quick ? 3 : 7;
    const small = await figuresOf(options, 'small', runs);
    const large = await figuresOf(options, 'large', runs);
    const { figures, fixture } = large;
    const pull = median(figures.pull);
    const filtered = median(figures.filtered) / pull;
    const bulk = pull / median(figures.bulk);
    const same = pull / median(small.figures.pull);
    const what = `first sync, ${figures.found} of ${fixture.size.consults} consults`;
    const shared = { measured: ms(pull), runs };
    const rows: Row[] = [
      {
        ...shared,
        measure: what,
        peer: `filtered changes ${ms(median(figures.filtered))}`,
        ratio: `${times(filtered)} faster`,
        target: '≥ 10×',
        met: filtered >= 10,
      },
      {
        ...shared,
        measure: what,
        peer: `bulk read ${ms(median(figures.bulk))}`,
        ratio: times(bulk),
        target: '≤ 1.5×',
        met: bulk <= 1.5,
      },
      {
        ...shared,
        measure: what,
        peer: `of ${small.fixture.size.consults}: ${ms(median(small.figures.pull))}`,
        ratio: times(same),
        target: '0.8× to 1.2×',
        met: same >= 0.8 && same <= 1.2,
      },
      information(
        '· runs lie apart by',
        `${(spread(figures.pull) * 100).toFixed(0)} % (bulk read ${(spread(figures.bulk) * 100).toFixed(0)} %)`,
      ),
      information(
        '· pages and bytes',
        `${figures.pages} pages, ${(figures.bytes / 1024 / 1024).toFixed(1)} MB`,
      ),
      information('· all four collections', ms(figures.whole)),
    ];
    return rows;
  },
};
