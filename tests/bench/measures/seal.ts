import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'vite';
import { instant } from '#shared/lib/instant.ts';
import type { WireDocument } from '#shared/sync/protocol.ts';
import { authored, consultId, patientId, requestContent, stamped } from '#tests/builders.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import { openBrowser, slowDown, slowness } from '../browser/browser.ts';
import type { Kind, SealPage } from '../browser/seal-page.ts';
import { findChromium } from '../../../scripts/lib/browser.mjs';
import { information, ms, notRun, times, type Measure, type Row } from '../measure.ts';
import { median } from '../statistics.ts';

/*
 * What sealing costs: the tablet's own store in a browser with the processor slowed, once over the sealing storage and once over the same
 * storage without. Read: from closed to everything that unlocking reads before the first screen. Written: one act into the outbox.
 */

const consultCount = 2_000;
const openShare = 0.1;
const at = instant('2026-11-22T08:00:00.000Z');
const words = 'Chest pain since the morning, troponin pending, known for two stents in 2019. '.repeat(8);

function consult(index: number): WireDocument {
  const id = consultId(`seal ${index}`);
  const patient = patientId(`seal ${index}`);
  const content = requestContent({ patient, question: `Consult ${index}: ${words}` });
  const events = [stamped(authored('submitted', { content, linked: [] }, { document: id }), 1, at)];
  if (index >= consultCount * openShare) {
    const cancelled = authored('cancelled', { reason: words }, { document: id, lamport: 2, base: 1 });
    events.push(stamped(cancelled, 2, at));
  }
  return { id, version: '1', content: { kind: 'consult', id, events } };
}
function act(index: number): OutboxEntry {
  const event = authored(
    'note-added',
    { kind: 'progress', text: `Note ${index}: ${words}` },
    { document: consultId(`seal ${index}`) },
  );
  return {
    id: event.id,
    document: event.document,
    kind: 'consult',
    order: index,
    event,
    accepted: null,
    offsetAtWritingMs: 0,
  };
}

async function bundle(): Promise<string> {
  const root = join(import.meta.dirname, '../../..');
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: { $lib: join(root, 'client/lib') } },
    build: {
      write: false,
      lib: { entry: 'tests/bench/browser/seal-page.ts', formats: ['iife'], name: 'sealBench' },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!('output' in output)) throw new Error('the page was not built');
  return output.output[0].code;
}

/** An empty page: databases need an origin. */
async function emptyPages(): Promise<{ readonly origin: string; close(): void }> {
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<p>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { origin: `http://127.0.0.1:${address.port}`, close: () => void server.close() };
}

const overhead = (
  sealed: number,
  clear: number,
  target: string,
  met: boolean | null,
  measure: string,
  runs: number,
): Row => ({
  measure,
  measured: ms(sealed),
  peer: `without sealing ${ms(clear)}`,
  ratio: times(sealed / clear),
  target,
  met,
  runs,
});

export const seal: Measure = {
  name: 'seal',
  needsNoBuild: true,
  async run(options) {
    if ((await findChromium()) === undefined) return [notRun('sealing', 'there is no Chromium')];
    const [code, pages] = await Promise.all([bundle(), emptyPages()]);
    const context = await openBrowser(join(options.workFolder, 'seal-profile'));
    try {
      const count = options.quick ? 200 : consultCount;
      const documents = Array.from({ length: count }, (_each, index) => consult(index));
      const entries = Array.from({ length: options.quick ? 20 : 200 }, (_each, index) => act(index));
      const runs = options.quick ? 1 : 5;
      const opened: Record<Kind, number[]> = { sealed: [], clear: [] };
      const all: Record<Kind, number[]> = { sealed: [], clear: [] };
      const written: Record<Kind, number[]> = { sealed: [], clear: [] };
      const page = context.pages()[0] ?? (await context.newPage());
      const run = async <R>(asked: (page: SealPage) => Promise<R>): Promise<R> => {
        await page.goto(pages.origin);
        await page.addScriptTag({ content: code });
        return asked({
          fill: (kind, given) =>
            page.evaluate(([k, d]) => (Reflect.get(globalThis, 'sealPage') as SealPage).fill(k, d), [
              kind,
              given,
            ] as const),
          read: (kind) =>
            page.evaluate((k) => (Reflect.get(globalThis, 'sealPage') as SealPage).read(k), kind),
          write: (kind, given) =>
            page.evaluate(([k, d]) => (Reflect.get(globalThis, 'sealPage') as SealPage).write(k, d), [
              kind,
              given,
            ] as const),
        });
      };
      for (const kind of ['sealed', 'clear'] as const) await run((made) => made.fill(kind, documents));
      await slowDown(page);
      // In turn, so that whatever else the machine does falls on both.
      for (let turn = 0; turn < runs; turn++)
        for (const kind of ['clear', 'sealed'] as const) {
          const read = await run((made) => made.read(kind));
          if (read.count !== count) throw new Error(`${kind}: ${read.count} of ${count} consults`);
          opened[kind].push(read.openMs);
          all[kind].push(read.allMs);
        }
      for (const kind of ['clear', 'sealed'] as const)
        written[kind].push(...(await run((made) => made.write(kind, entries))));
      const perEvent = median(written.sealed) - median(written.clear);
      const slow = `processor ${slowness}× slower`;
      return [
        overhead(
          median(opened.sealed),
          median(opened.clear),
          '',
          null,
          `what unlocking reads, ${count} consults sealed, ${slow}`,
          runs,
        ),
        overhead(
          median(all.sealed),
          median(all.clear),
          '',
          null,
          `reading and unsealing all ${count} consults, ${slow}`,
          runs,
        ),
        {
          ...overhead(
            median(written.sealed),
            median(written.clear),
            '≤ 5 ms more',
            perEvent <= 5,
            `one act saved in the outbox, ${slow}`,
            entries.length,
          ),
        },
        information('· sealing adds to one act', ms(Math.max(0, perEvent))),
      ];
    } finally {
      await context.close();
      pages.close();
    }
  },
};
