import type { Page } from '@playwright/test';
import { signInByApi } from './fixtures/api.ts';
import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

const wardHead = { name: 'Dr Naveed Lodhi', email: 'naveed.lodhi@sahil-hospital.example' };
/** A guard against what hangs, where a connection or a storage is opened first; no measure. */
const slowMs = 40_000;
/** Stands where a camera writes the place a photo was taken at. */
const place = 'GPS 24.8607 N 67.0011 E';

/** A photo as a camera makes it, larger than what is kept, with its EXIF. */
async function takePhoto(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(3200, 2400);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    for (let at = 0; at < 400; at++) {
      context.fillStyle = `hsl(${(at * 47) % 360} 80% ${30 + (at % 5) * 10}%)`;
      context.fillRect((at % 20) * 160, Math.floor(at / 20) * 120, 160, 120);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  const jpeg = Buffer.from(base64, 'base64');
  const exif = Buffer.from(`Exif\0\0${place}`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, exif, jpeg.subarray(2)]);
}

/** Two pages, a black square on each. */
function twoPages(): Buffer {
  const square = '0 0 0 rg 100 100 300 300 re f';
  const page = `/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << >>`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>',
    `<< ${page} >>`,
    `<< ${page} >>`,
    `<< /Length ${square.length} >>\nstream\n${square}\nendstream`,
  ];
  let text = '%PDF-1.4\n';
  const starts = objects.map((object, at) => {
    const start = text.length;
    text += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(start).padStart(10, '0')} 00000 n \n`;
  });
  const table = `xref\n0 6\n0000000000 65535 f \n${starts.join('')}`;
  return Buffer.from(`${text}${table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`);
}

/** Every byte of every file this tablet keeps, as text. */
const keptBytes = (page: Page): Promise<{ bytes: number; text: string }> =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.name));
      });
    let text = '';
    for (const { name = '' } of await indexedDB.databases()) {
      if (!name.startsWith('hc-files-')) continue;
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        for (const row of await done(database.transaction(store).objectStore(store).getAll())) {
          text += JSON.stringify(row);
          const body: unknown = (row as { body?: unknown }).body;
          if (body instanceof Blob) text += await body.slice(0, 4096).text();
        }
      }
      database.close();
    }
    return { bytes: text.length, text };
  });

test('CON-10 OFF-1 a photo taken with no network outlives the app, goes up when the Wi-Fi is back and is seen by those concerned alone', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet({ ownBrowser: true });
  const other = await newTablet();
  await Promise.all([ward.signIn(people.requester), other.signIn(wardHead)]);
  const request = toCardiology('routine', { department: 'Nephrology', intake: {} });
  const caption = 'Left heel, after the dressing';
  const named = words('files_open_photo', { caption });
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(request.question);
  const path = new URL(ward.page.url()).pathname;
  const photo = await takePhoto(ward.page);

  await test.step('what is no photo is refused in words, and the form stays', async () => {
    await ward.loseNetwork();
    const pick = ward.page.getByLabel(words('files_choose'));
    await pick.setInputFiles({ name: 'Jane Roe.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('hello') });
    await expect(ward.consult.dialog).toContainText(words('files_fault_not_a_picture'));
    await ward.consult.dialog.getByRole('textbox', { name: words('files_caption') }).fill(caption);
    await ward.consult.dialog.getByRole('button', { name: words('common_close_dialog') }).click();
  });

  await test.step('the photo is shown at once, and is on this tablet only', async () => {
    const camera = ward.page.getByLabel(words('files_take_photo'));
    await camera.setInputFiles({ name: 'Jane Roe heel.jpg', mimeType: 'image/jpeg', buffer: photo });
    const { dialog } = ward.consult;
    await expect(dialog.getByRole('img', { name: words('files_photo') })).toBeVisible();
    await expect(dialog.getByRole('textbox', { name: words('files_caption') })).toHaveValue(caption);
    await dialog.getByRole('button', { name: words('files_save_one'), exact: true }).click();
    await expect(ward.consult.section(words('files_title'))).toContainText(words('files_state_tablet_only'));
    const kept = await keptBytes(ward.page);
    expect(kept.bytes).toBeGreaterThan(4096);
    for (const told of ['Jane', 'GPS', 'JFIF', caption]) expect(kept.text).not.toContain(told);
  });

  await test.step('the app is closed and opened again without a network: it is still there', async () => {
    await ward.switchOff();
    await ward.switchOn({ offline: true });
    await ward.open(path);
    const tile = ward.page.getByRole('button', { name: named });
    await expect(tile.locator('img')).toBeVisible({ timeout: slowMs });
    await expect(ward.consult.section(words('files_title'))).toContainText(words('files_state_tablet_only'));
  });

  await test.step('the page about this tablet says that something waits', async () => {
    await ward.open('/tablet');
    await expect(ward.page.getByText(words('files_waiting'))).toBeVisible();
    await ward.open(path);
  });

  await test.step('a PDF is added and read page by page, still without a network', async () => {
    const { dialog } = ward.consult;
    await ward.page
      .getByLabel(words('files_choose'))
      .setInputFiles({ name: 'letter.pdf', mimeType: 'application/pdf', buffer: twoPages() });
    await dialog.getByRole('textbox', { name: words('files_caption') }).fill('Letter');
    await dialog.getByRole('button', { name: words('files_save_one'), exact: true }).click();
    await ward.page.getByRole('button', { name: words('files_open_pdf', { caption: 'Letter' }) }).click();
    const viewer = ward.page.getByRole('dialog', { name: 'Letter' });
    await viewer.getByRole('button', { name: words('files_viewer_next'), exact: true }).click();
    const page = viewer.getByRole('img', { name: words('files_viewer_page', { page: 2, pages: 2 }) });
    const middle = (): Promise<number[]> =>
      page.evaluate((canvas: HTMLCanvasElement) => [
        ...(canvas.getContext('2d')?.getImageData(canvas.width * 0.4, canvas.height * 0.7, 1, 1).data ?? []),
      ]);
    await expect.poll(middle).toEqual([0, 0, 0, 255]);
    await viewer.getByRole('button', { name: words('files_viewer_close'), exact: true }).click();
    await expect(viewer).toBeHidden();
  });

  await test.step('the Wi-Fi comes back: both go up by themselves', async () => {
    await ward.findNetwork();
    const files = ward.consult.section(words('files_title')).getByRole('figure');
    for (const file of [files.filter({ hasText: caption }), files.filter({ hasText: 'Letter' })])
      await expect(file).toContainText(words('files_state_sent'), { timeout: slowMs });
  });

  const fetched = other.page.waitForResponse((response) =>
    /attachments\/files\/.+\/sealed/.test(response.url()),
  );
  await test.step('the other tablet shows it large, and lets go of it with one thumb', async () => {
    await other.open(path);
    await other.page.getByRole('button', { name: named }).click();
    const viewer = other.page.getByRole('dialog', { name: caption });
    const shown = viewer.getByRole('img', { name: caption });
    await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(2400);
    await viewer.getByRole('button', { name: words('files_viewer_close'), exact: true }).click();
    await expect(viewer).toBeHidden();
  });

  await test.step('promise 5: who is outside hears that nothing is there', async () => {
    const { pathname, search } = new URL((await fetched).url());
    const outside = await signInByApi(hospital.origin, people.head);
    const inside = await signInByApi(hospital.origin, wardHead);
    expect((await outside.request('GET', pathname + search)).status).toBe(404);
    expect((await inside.request('GET', pathname + search)).status).toBe(200);
  });
});
