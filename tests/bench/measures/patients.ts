import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { build } from 'vite';
import { openStore } from '#server/compose.ts';
import { createOnlineSearch } from '#server/patients/online-search.ts';
import { createRecordReader } from '#server/patients/record-reader.ts';
import { createSearchBook } from '#server/patients/search-book.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { factsOfPatient } from '#server/sync/patient-index.ts';
import { ScopeIndex } from '#server/sync/scope-index.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { rotaWindow } from '#shared/sync/rota-window.ts';
import { searchLimit } from '#shared/patient/online.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { scopeKeysOfPerson } from '#shared/sync/scope.ts';
import { findChromium } from '../../../scripts/lib/browser.mjs';
import { openBrowser, slowDown, slowness } from '../browser/browser.ts';
import { folders } from '../fixture.ts';
import { information, ms, notRun, times, type BenchOptions, type Measure, type Row } from '../measure.ts';
import {
  contentOf,
  departmentsInUse,
  idOf,
  queriesFor,
  registeredEvent,
} from '../patients/patient-corpus.ts';
import type { SearchOnTablet } from '../patients/on-tablet.ts';
import { couchPrefixOf } from '../server/couch-databases.ts';
import { percentile } from '../statistics.ts';

/*
 * Patients by name, MRN and bed. On a tablet: the app's own search in a browser whose processor is slowed, over all it may hold. At a gateway: from the
 * words to the answer's content, with scope and the records read from the store; HTTP and the audit's own write (a group commit) are not in it.
 * Held against looking through all names for the typed letters, which finds no other spelling.
 */

const offlineWhat = `search on a tablet, processor ${slowness}× slower (p95)`;
const offlineTarget = '≤ 50 ms';
const onlineWhat = 'search at a gateway (p95)';
const onlineTarget = '≤ 200 ms';
const designFolder = join(import.meta.dirname, '../../../couchdb');
const root = join(import.meta.dirname, '../../..');

async function tabletCode(): Promise<string> {
  const built = await build({
    configFile: false,
    root,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, '../patients/on-tablet.ts'), formats: ['iife'], name: 'bench' },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) =>
    'output' in one ? one.output : [],
  );
  const [chunk] = outputs.filter((output) => output.type === 'chunk');
  if (chunk === undefined) throw new Error('the search could not be bundled');
  return chunk.code;
}

async function onTablet(options: BenchOptions): Promise<Row[]> {
  if ((await findChromium()) === undefined)
    return [notRun(offlineWhat, 'there is no Chromium', offlineTarget)];
  const patients = options.quick ? 2000 : 20_000;
  const searches = options.quick ? 20 : 200;
  const context = await openBrowser(join(options.workFolder, 'patients-profile'));
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto('about:blank');
    await page.addScriptTag({ content: await tabletCode() });
    await slowDown(page);
    const made: unknown = await page.evaluate(`searchOnTablet(${patients}, ${searches})`);
    const { built, took, scans } = made as ReturnType<SearchOnTablet>;
    const [p95, peer] = [percentile(took, 0.95), percentile(scans, 0.95)];
    return [
      {
        measure: `${offlineWhat}, ${patients} patients`,
        measured: ms(p95),
        peer: `looking for the letters ${ms(peer)}`,
        ratio: times(p95 / peer),
        target: offlineTarget,
        met: p95 <= 50,
        runs: took.length,
      },
      information('· p50', ms(percentile(took, 0.5))),
      information('· building the index, once when patients change', ms(built)),
    ];
  } finally {
    await context.close();
  }
}

async function storeOf(options: BenchOptions): Promise<DocumentStore> {
  const folder = join(options.workFolder, `${options.store}-patients`);
  await mkdir(folder, { recursive: true });
  folders.push(folder);
  const url = process.env['COUCHDB_URL'];
  return options.store === 'couchdb' && url !== undefined
    ? openStore({ type: 'couchdb', url, prefix: couchPrefixOf(folder) }, designFolder)
    : openStore({ type: 'embedded', folder: join(folder, 'store') }, designFolder);
}

const heapNow = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

async function atGateway(options: BenchOptions): Promise<Row[]> {
  const count = options.quick ? 5000 : 500_000;
  const searches = options.quick ? 20 : 300;
  const store = await storeOf(options);
  try {
    const index = new ScopeIndex();
    const batch = 1000;
    for (let from = 0; from < count; from += batch) {
      const rows = Array.from({ length: Math.min(batch, count - from) }, (_unused, at) => from + at);
      await store.database('patients').write(
        rows.map((at) => ({
          id: idOf(1, at),
          body: { kind: 'patient', id: idOf(1, at), events: [registeredEvent(at)] },
        })),
      );
      for (const at of rows) {
        const patient = projectPatient([registeredEvent(at)]);
        if (patient !== null) index.patients.put(patient.id, factsOfPatient(patient, '1'));
      }
    }
    const before = heapNow();
    const book = createSearchBook({
      store,
      logger: pino({ level: 'silent' }),
      pause: () => Promise.resolve(),
      onRead: () => undefined,
      onWhole: () => undefined,
    });
    const begun = performance.now();
    await book.fill(Array.from(index.patients.all(), ([id]) => id));
    const filled = (performance.now() - begun) / 1000;
    const megabytes = (heapNow() - before) / 1024 / 1024;
    const search = createOnlineSearch({
      store,
      book,
      records: createRecordReader({ store, index: () => index }),
    });
    const person = idOf(3, 0) as PersonId;
    const scope = {
      person,
      keys: new Set(scopeKeysOfPerson({ person, all: false, departments: departmentsInUse.slice(0, 3) })),
      epoch: '',
      endedSinceMs: 0,
      newsSinceMs: 0,
      rota: rotaWindow(systemClock.now(), 'UTC'),
      changesAt: null,
    };
    const names = Array.from({ length: count }, (_unused, at) => contentOf(at).name.toLowerCase());
    const took: number[] = [];
    const scans: number[] = [];
    for (const query of queriesFor(searches)) {
      let since = performance.now();
      await search.find(query, { scope, showsOutside: true, limit: searchLimit, today: '2026-03-02' });
      took.push(performance.now() - since);
      since = performance.now();
      const wanted = query.toLowerCase();
      names.filter((name) => name.includes(wanted));
      scans.push(performance.now() - since);
    }
    const [p95, peer] = [percentile(took, 0.95), percentile(scans, 0.95)];
    return [
      {
        measure: `${onlineWhat}, ${count} patients`,
        measured: ms(p95),
        peer: `looking for the letters ${ms(peer)}`,
        ratio: times(p95 / peer),
        target: onlineTarget,
        met: p95 <= 200,
        runs: took.length,
      },
      information('· p50', ms(percentile(took, 0.5))),
      information('· memory of the search', `${megabytes.toFixed(0)} MB`),
      information('· reading all records at the start, beside other work', `${filled.toFixed(0)} s`),
    ];
  } finally {
    await store.close();
  }
}

export const patients: Measure = {
  name: 'patients',
  ofStore: true,
  async run(options) {
    const rows = options.store === 'embedded' ? await onTablet(options) : [];
    return [...rows, ...(await atGateway(options))];
  },
};
