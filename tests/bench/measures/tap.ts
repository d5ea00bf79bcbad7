import type { Page } from 'playwright';
import { openBrowser, rowSelector, slowDown, slowness, unlock, whyNoApp } from '../browser/browser.ts';
import { filledTablet } from '../browser/filled-tablet.ts';
import { information, ms, notRun, times, type BenchOptions, type Measure, type Row } from '../measure.ts';
import { percentile } from '../statistics.ts';

/*
 * On the filled tablet, server and stream running, the processor slowed: a doctor opens consult after consult nobody has taken and taps when
 * they will come. From the tap's own time stamp until the frame in which the question has gone from the screen has been drawn; the app draws it
 * only from what is saved. Held against one bare IndexedDB write and the drawing of one word in the same page.
 */

const what = `tap → saved → drawn, processor ${slowness}× slower (p95)`;
const target = '≤ 50 ms';
const comeSelector = 'footer .come button';

async function bareWrites(page: Page, count: number): Promise<number[]> {
  return page.evaluate(async (wanted) => {
    const opening = indexedDB.open('bench-raw', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('docs');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const database = opening.result;
    const line = document.createElement('p');
    line.style.position = 'fixed';
    document.body.append(line);
    const took: number[] = [];
    for (let at = 0; at < wanted; at++) {
      const begun = performance.now();
      const writing = database.transaction('docs', 'readwrite', { durability: 'relaxed' });
      writing.objectStore('docs').put({ text: 'x'.repeat(1000) }, at);
      await new Promise((resolve) => (writing.oncomplete = resolve));
      line.textContent = String(at);
      const drawn = new MessageChannel();
      const heard = new Promise((resolve) => (drawn.port1.onmessage = resolve));
      requestAnimationFrame(() => drawn.port2.postMessage(null));
      await heard;
      took.push(performance.now() - begun);
    }
    database.close();
    line.remove();
    return took;
  }, count);
}

/** null: this consult offers no such tap (somebody has taken it). */
async function tapOnce(page: Page, href: string): Promise<number | null> {
  await page.locator(`${rowSelector}[href="${href}"]`).first().click();
  const buttons = page.locator(comeSelector);
  try {
    await page.locator('article footer').waitFor();
  } catch {
    return null;
  }
  if ((await buttons.count()) === 0) return null;
  await page.evaluate((selector) => {
    let tappedAt = 0;
    addEventListener('click', (event) => (tappedAt = event.timeStamp), { capture: true, once: true });
    const gone = new MutationObserver(() => {
      if (tappedAt === 0 || document.querySelector(selector) !== null) return;
      gone.disconnect();
      // A message posted in the frame's callback is heard when the frame has been drawn.
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => performance.mark('tap-drawn', { detail: performance.now() - tappedAt });
      requestAnimationFrame(() => drawn.port2.postMessage(null));
    });
    performance.clearMarks('tap-drawn');
    gone.observe(document.body, { childList: true, subtree: true, attributes: true });
  }, comeSelector);
  // What opening the consult set off (it was read: an act of its own) is not part of the tap.
  await page.waitForTimeout(500);
  await buttons.first().click();
  await page.waitForFunction(() => performance.getEntriesByName('tap-drawn').length > 0, null, {
    polling: 50,
  });
  return page.evaluate(
    () => (performance.getEntriesByName('tap-drawn')[0] as PerformanceMark).detail as number,
  );
}

export const tap: Measure = {
  name: 'tap',
  async run(options: BenchOptions) {
    const whyNot = await whyNoApp();
    if (whyNot !== null) return [notRun(what, whyNot, target)];
    const { profileFolder, password, server, consults } = await filledTablet(options);
    const context = await openBrowser(profileFolder);
    context.setDefaultTimeout(30_000);
    const took: number[] = [];
    let bare: number[];
    try {
      const page = context.pages()[0] ?? (await context.newPage());
      await page.goto(server.origin);
      await unlock(page, password);
      await page.waitForSelector(rowSelector);
      const hrefs = await page
        .locator(rowSelector)
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('href') ?? ''));
      await slowDown(page);
      const wanted = options.quick ? 4 : 40;
      for (const href of hrefs) {
        if (took.length === wanted) break;
        const one = await tapOnce(page, href);
        if (one !== null) took.push(one);
        await page.goBack();
        await page.waitForSelector(rowSelector);
      }
      bare = await bareWrites(page, wanted);
    } finally {
      await context.close();
    }
    const p95 = percentile(took, 0.95);
    const peer = percentile(bare, 0.95);
    const rows: Row[] = [
      {
        measure: `${what}, ${consults} consults`,
        measured: ms(p95),
        peer: `bare write and draw ${ms(peer)}`,
        ratio: times(p95 / peer),
        target,
        met: p95 <= 50,
        runs: took.length,
      },
      information('· p50', ms(percentile(took, 0.5)), { peer: `bare ${ms(percentile(bare, 0.5))}` }),
    ];
    return rows;
  },
};
