import { openBrowser, rowSelector, slowDown, slowness, whyNoApp } from '../browser/browser.ts';
import { filledTablet } from '../browser/filled-tablet.ts';
import { information, ms, notRun, times, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { median, spread } from '../statistics.ts';

/*
 * A tablet that a real first sync has filled is opened again: a new browser process, no server and no network, the processor slowed. From
 * the beginning of the navigation until the first row of the inbox has been painted. Held against the first paint of anything. The first rows
 * are those kept when the app was last open, with the time they were confirmed; when the live ones stand in their place is told below.
 */

const what = (consults: number): string =>
  `cold start offline to inbox, ${consults} consults, processor ${slowness}× slower`;
const target = '≤ 1.0 s';

interface Opened {
  readonly inboxMs: number;
  /** Until the rows are read from the database and projected, and every tap does what it says. */
  readonly liveMs: number;
  /** The first rows were the kept ones. */
  readonly wasKept: boolean;
  readonly firstPaintMs: number;
  readonly rows: number;
}

async function openOnce(options: BenchOptions, profileFolder: string, origin: string): Promise<Opened> {
  const context = await openBrowser(profileFolder);
  try {
    await context.setOffline(true);
    await context.addInitScript((selector) => {
      const waiting = ['rows', 'live'];
      const seen = new MutationObserver(() => {
        if (document.querySelector(selector) === null) return;
        const isKept = document.querySelector('[data-first]') !== null;
        if (waiting[0] === 'rows') performance.mark(isKept ? 'kept' : 'not-kept');
        for (const name of waiting.splice(0, isKept ? waiting.length - 1 : waiting.length)) {
          // A message posted in the frame's callback is heard when the frame has been drawn.
          const drawn = new MessageChannel();
          drawn.port1.onmessage = () => performance.mark(`${name}-drawn`);
          requestAnimationFrame(() => drawn.port2.postMessage(null));
        }
        if (waiting.length === 0) seen.disconnect();
      });
      seen.observe(document, { childList: true, subtree: true });
    }, rowSelector);
    const page = context.pages()[0] ?? (await context.newPage());
    const session = await slowDown(page);
    if (options.profileFolder !== null) {
      await session.send('Profiler.enable');
      await session.send('Profiler.start');
    }
    await page.goto(origin, { waitUntil: 'commit' });
    await page.waitForFunction(() => performance.getEntriesByName('live-drawn').length > 0, null, {
      timeout: 60_000,
      polling: 250,
    });
    if (options.profileFolder !== null) {
      const { profile } = await session.send('Profiler.stop');
      const { mkdir, writeFile } = await import('node:fs/promises');
      await mkdir(options.profileFolder, { recursive: true });
      await writeFile(`${options.profileFolder}/cold-start.cpuprofile`, JSON.stringify(profile));
    }
    return await page.evaluate(
      (selector) => ({
        inboxMs: performance.getEntriesByName('rows-drawn')[0]!.startTime,
        liveMs: performance.getEntriesByName('live-drawn')[0]!.startTime,
        wasKept: performance.getEntriesByName('kept').length > 0,
        firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
        rows: document.querySelectorAll(selector).length,
      }),
      rowSelector,
    );
  } finally {
    await context.close();
  }
}

export const coldStart: Measure = {
  name: 'cold-start',
  async run(options) {
    const whyNot = await whyNoApp();
    if (whyNot !== null) return [notRun(what(5000), whyNot, target)];
    const { profileFolder, server, consults, fillMs } = await filledTablet(options);
    await server.end();
    const opened: Opened[] = [];
    for (let run = 0; run < (options.quick ? 2 : 5); run++)
      opened.push(await openOnce(options, profileFolder, server.origin));
    const inbox = opened.map((one) => one.inboxMs);
    const measured = median(inbox);
    const firstPaint = median(opened.map((one) => one.firstPaintMs));
    const rows: Row[] = [
      {
        measure: what(consults),
        measured: ms(measured),
        peer: `first paint ${ms(firstPaint)}`,
        ratio: times(measured / firstPaint),
        target,
        met: measured <= 1000,
        runs: inbox.length,
      },
      information('· runs lie apart by', `${(spread(inbox) * 100).toFixed(0)} %`),
      information('· until the live rows stand there', ms(median(opened.map((one) => one.liveMs)))),
      information(
        '· starts that had kept rows to show',
        `${opened.filter((one) => one.wasKept).length} of ${opened.length}`,
      ),
      information('· rows in the inbox', String(opened[0]?.rows ?? 0)),
      information('· sign-in and first sync before, full speed', ms(fillMs)),
    ];
    return rows;
  },
};
