import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { openBrowser, rowSelector, unlock, whyNoApp } from '../browser/browser.ts';
import { fillTablet } from '../browser/filled-tablet.ts';
import { information, ms, notRun, type BenchOptions, type Measure, type Row } from '../measure.ts';

/*
 * A doctor adds twenty photos of about 4 MB to a consult with no network: each is decoded, shrunk, sealed and kept while the page's frames are watched.
 * Then the network is back at 20 Mbit/s. From the first chunk's request to the last one's answer, held against PUTs of as many bytes, one for each
 * photo, by the same browser over a link shaped alike to a server that does nothing.
 */

const framesWhat = 'photos taken offline: longest frame';
const framesTarget = '≤ 100 ms';
const sendWhat = 'upload of photos over 20 Mbit/s: share of a raw PUT’s speed';
const sendTarget = '≥ 65 %';
const bytesPerSecond = 20_000_000 / 8;
const latencyMs = 5;
const addAllSelector = '[data-slot] button[type=submit], .dialog button[type=submit]';

/** A picture as a camera of 12 megapixels makes it: grain, so that it does not pack well. */
async function makePhoto(page: Page, paths: readonly string[]): Promise<number> {
  const base64 = await page.evaluate(async () => {
    const [width, height] = [4032, 3024];
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    const shade = context.createLinearGradient(0, 0, width, height);
    shade.addColorStop(0, '#8a6a52');
    shade.addColorStop(1, '#d9c2ae');
    context.fillStyle = shade;
    context.fillRect(0, 0, width, height);
    const image = context.getImageData(0, 0, width, height);
    let seed = 7;
    for (let at = 0; at < image.data.length; at += 4) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const grain = (seed >>> 24) / 8 - 16;
      for (let part = 0; part < 3; part++) image.data[at + part] = (image.data[at + part] ?? 0) + grain;
    }
    context.putImageData(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000)
      text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  });
  const bytes = Buffer.from(base64, 'base64');
  for (const path of paths) await writeFile(path, bytes);
  return bytes.length;
}

/** Takes whatever is put and answers; its page is where the raw PUTs are sent from. */
async function startRawServer(): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    if (request.method !== 'PUT') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>raw</title>');
      return;
    }
    request.resume().on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://localhost:${String((server.address() as AddressInfo).port)}` };
}

async function shapeLink(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: latencyMs,
    uploadThroughput: bytesPerSecond,
    downloadThroughput: bytesPerSecond,
  });
}

/** Sizes of the sealed photos that wait, by the tablet's own database. */
const waitingSizes = (page: Page): Promise<number[]> =>
  page.evaluate(async () => {
    const found = (await indexedDB.databases()).find(({ name }) =>
      /^hc-files-[0-9a-f-]{36}$/.test(name ?? ''),
    );
    if (found?.name === undefined) return [];
    const opening = indexedDB.open(found.name);
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const asking = opening.result.transaction('attach-store').objectStore('attach-store').getAll();
    await new Promise((resolve) => (asking.onsuccess = resolve));
    opening.result.close();
    return (asking.result as { body: Blob }[]).map(({ body }) => body.size);
  });

async function addPhotos(
  page: Page,
  paths: readonly string[],
): Promise<{ longestMs: number; lateFrames: number; tookMs: number }> {
  await page.evaluate(() => {
    // A method: what names functions in a bundle is not there in the page.
    const watch = {
      frames: [] as number[],
      last: performance.now(),
      look() {
        const now = performance.now();
        watch.frames.push(now - watch.last);
        watch.last = now;
        requestAnimationFrame(() => watch.look());
      },
    };
    requestAnimationFrame(() => watch.look());
    Object.assign(globalThis, { benchFrames: watch.frames });
  });
  const begun = performance.now();
  await page.locator('input[type=file][multiple]').setInputFiles([...paths]);
  const submit = page.locator(addAllSelector).last();
  await page.waitForFunction(
    (selector) => {
      const all = document.querySelectorAll<HTMLButtonElement>(selector);
      return all.length > 0 && all[all.length - 1]?.disabled === false;
    },
    addAllSelector,
    { timeout: 180_000, polling: 100 },
  );
  await submit.click();
  await page.waitForFunction(
    (count) => document.querySelectorAll('figure img').length >= count,
    paths.length,
    {
      timeout: 60_000,
      polling: 100,
    },
  );
  const tookMs = performance.now() - begun;
  const frames = await page.evaluate(() => Reflect.get(globalThis, 'benchFrames') as number[]);
  return {
    longestMs: Math.max(...frames),
    lateFrames: frames.filter((frame) => frame > 100).length,
    tookMs,
  };
}

/** From the first chunk's request to the last one's answer. */
async function sendAll(page: Page, count: number, goOnline: () => Promise<void>): Promise<number> {
  const begun: { firstAt: number | null } = { firstAt: null };
  let lastAt = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/_bulk_docs')) begun.firstAt ??= performance.now();
  });
  page.on('requestfinished', (request) => {
    if (request.url().endsWith('/_bulk_docs')) lastAt = performance.now();
  });
  await goOnline();
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('figure figcaption')].filter((each) =>
        each.textContent.includes('at the server'),
      ).length >= wanted,
    count,
    { timeout: 240_000, polling: 100 },
  );
  if (begun.firstAt === null) throw new Error('nothing was sent');
  return lastAt - begun.firstAt;
}

async function rawPut(page: Page, sizes: readonly number[]): Promise<number> {
  return page.evaluate(async (wanted) => {
    const bodies = wanted.map((size) => {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65_536)
        crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, size)));
      return bytes;
    });
    const begun = performance.now();
    for (const body of bodies) await fetch('/put', { method: 'PUT', body });
    return performance.now() - begun;
  }, sizes);
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

export const photos: Measure = {
  name: 'photos',
  async run(options: BenchOptions) {
    const whyNot = await whyNoApp();
    if (whyNot !== null)
      return [notRun(framesWhat, whyNot, framesTarget), notRun(sendWhat, whyNot, sendTarget)];
    // A tablet with few consults does as well.
    const { profileFolder, password, server } = await fillTablet({ ...options, quick: true }, 'photographer');
    const raw = await startRawServer();
    const context = await openBrowser(profileFolder);
    context.setDefaultTimeout(60_000);
    const count = options.quick ? 3 : 20;
    try {
      const page = context.pages()[0] ?? (await context.newPage());
      await page.goto(server.origin);
      await unlock(page, password);
      await page.locator(rowSelector).first().click();
      await page.locator('input[type=file][multiple]').waitFor({ state: 'attached' });
      const paths = Array.from({ length: count }, (_, at) => join(options.workFolder, `photo-${at}.jpg`));
      const photoBytes = await makePhoto(page, paths);
      await context.setOffline(true);
      const added = await addPhotos(page, paths);
      const sizes = await waitingSizes(page);
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      await shapeLink(context, page);
      const sentMs = await sendAll(page, count, () => context.setOffline(false));
      const rawPage = await context.newPage();
      await rawPage.goto(raw.origin);
      await shapeLink(context, rawPage);
      const rawMs = await rawPut(rawPage, sizes);
      const share = rawMs / sentMs;
      const rows: Row[] = [
        {
          measure: `${framesWhat}, ${String(count)} of ${megabytes(photoBytes)}`,
          measured: ms(added.longestMs),
          peer: `${String(added.lateFrames)} frames above 100 ms`,
          ratio: '',
          target: framesTarget,
          met: added.longestMs <= 100,
          runs: count,
        },
        information('· each decoded, shrunk, sealed, kept and named', ms(added.tookMs / count), {
          runs: count,
        }),
        {
          measure: `${sendWhat}, ${megabytes(bytes)} sealed`,
          measured: `${(share * 100).toFixed(0)} %`,
          peer: `PUT ${ms(rawMs)}, upload ${ms(sentMs)}`,
          ratio: '',
          target: sendTarget,
          met: share >= 0.65,
          runs: 1,
        },
      ];
      return rows;
    } finally {
      await context.close();
      raw.server.close();
    }
  },
};
