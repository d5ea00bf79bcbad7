import { openBrowser, rowSelector, slowDown, slowness, whyNoApp } from '../browser/browser.ts';
import { filledTablet } from '../browser/filled-tablet.ts';
import { information, ms, notRun, times, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { median, spread } from '../statistics.ts';

/*
 * A tablet that a real first sync has filled is opened again: a new browser process, no server and no network, the processor slowed. Its person
 * types the password. From the moment the worker has derived the key of it until the first row of the inbox has been painted: unwrapping, opening
 * the database, unsealing, projecting and drawing. Held against the first paint of the lock screen. Deriving itself is made to take half a second
 * and more (docs/decisions/0020-tablet-keys.md), runs beside the page, and is told below. What the sealing alone costs is the measure `seal`.
 */

const what = (consults: number): string =>
  `unlock → inbox offline, ${consults} consults sealed, processor ${slowness}× slower`;
const target = '≤ 1.5 s';

interface Unlocked {
  readonly inboxMs: number;
  /** From the key press to the derived key, at this machine's full speed: workers are not slowed. */
  readonly derivingMs: number;
  /** Until one can type. */
  readonly doorMs: number;
  readonly firstPaintMs: number;
  readonly rows: number;
}

const passwordSelector = 'input[type=password]';

async function unlockOnce(
  options: BenchOptions,
  { profileFolder, password, origin }: { profileFolder: string; password: string; origin: string },
): Promise<Unlocked> {
  const context = await openBrowser(profileFolder);
  try {
    await context.setOffline(true);
    await context.addInitScript((selector) => {
      window.Worker = class extends Worker {
        constructor(...made: ConstructorParameters<typeof Worker>) {
          super(...made);
          this.addEventListener('message', ({ data }: MessageEvent<{ type?: string }>) => {
            if (data.type === 'derived') performance.mark('derived');
          });
        }
      };
      const seen = new MutationObserver(() => {
        if (document.querySelector(selector) === null) return;
        seen.disconnect();
        // A message posted in the frame's callback is heard when the frame has been drawn.
        const drawn = new MessageChannel();
        drawn.port1.onmessage = () => performance.mark('rows-drawn');
        requestAnimationFrame(() => drawn.port2.postMessage(null));
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
    await page.locator(passwordSelector).fill(password, { timeout: 60_000 });
    await page.evaluate(() => performance.mark('typed'));
    await page.locator(passwordSelector).press('Enter');
    await page.waitForFunction(() => performance.getEntriesByName('rows-drawn').length > 0, null, {
      timeout: 60_000,
      polling: 250,
    });
    if (options.profileFolder !== null) {
      const { profile } = await session.send('Profiler.stop');
      const { mkdir, writeFile } = await import('node:fs/promises');
      await mkdir(options.profileFolder, { recursive: true });
      await writeFile(`${options.profileFolder}/unlock.cpuprofile`, JSON.stringify(profile));
    }
    return await page.evaluate((selector) => {
      const at = (name: string): number => performance.getEntriesByName(name)[0]?.startTime ?? NaN;
      return {
        inboxMs: at('rows-drawn') - at('derived'),
        derivingMs: at('derived') - at('typed'),
        doorMs: at('typed'),
        firstPaintMs: at('first-contentful-paint'),
        rows: document.querySelectorAll(selector).length,
      };
    }, rowSelector);
  } finally {
    await context.close();
  }
}

export const unlock: Measure = {
  name: 'unlock',
  async run(options) {
    const whyNot = await whyNoApp();
    if (whyNot !== null) return [notRun(what(5000), whyNot, target)];
    const { profileFolder, password, server, consults, fillMs } = await filledTablet(options);
    await server.end();
    const unlocked: Unlocked[] = [];
    for (let run = 0; run < (options.quick ? 2 : 5); run++)
      unlocked.push(await unlockOnce(options, { profileFolder, password, origin: server.origin }));
    const inbox = unlocked.map((one) => one.inboxMs);
    const measured = median(inbox);
    const firstPaint = median(unlocked.map((one) => one.firstPaintMs));
    const rows: Row[] = [
      {
        measure: what(consults),
        measured: ms(measured),
        peer: `first paint of the lock screen ${ms(firstPaint)}`,
        ratio: times(measured / firstPaint),
        target,
        met: measured <= 1500,
        runs: inbox.length,
      },
      information('· runs lie apart by', `${(spread(inbox) * 100).toFixed(0)} %`),
      information(
        '· deriving the key before, in its worker at full speed',
        ms(median(unlocked.map((one) => one.derivingMs))),
      ),
      information('· cold start until one can type', ms(median(unlocked.map((one) => one.doorMs)))),
      information('· rows in the inbox', String(unlocked[0]?.rows ?? 0)),
      information('· sign-in and first sync before, full speed', ms(fillMs)),
    ];
    return rows;
  },
};
