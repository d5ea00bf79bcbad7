import type { Page } from '@playwright/test';
import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { wakeForSync } from './fixtures/background-sync.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

/** Ids of what lies sealed in this tablet's outbox; null: nobody signs here yet. */
const waitingHere = (page: Page): Promise<readonly string[] | null> =>
  page.evaluate(async () => {
    // Opening what is not there yet would make it, without anything in it.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'hc-parcels')) return null;
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('hc-parcels');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(new Error('the parcels do not open'));
    });
    const all = (name: string): Promise<Record<string, unknown>[]> =>
      new Promise((resolve, reject) => {
        const reading = database.transaction(name).objectStore(name).getAll();
        reading.onsuccess = () => resolve(reading.result as Record<string, unknown>[]);
        reading.onerror = () => reject(new Error('the parcels are not read'));
      });
    const [keys, parcels] = [await all('keys'), await all('parcels')];
    database.close();
    if (!keys.some(({ grant }) => grant !== null)) return null;
    return parcels.filter(({ state }) => state === 'ready').map(({ id }) => String(id));
  });

/** Every code of the series that is shown, as pictures. */
async function picturesOf(page: Page): Promise<readonly Buffer[]> {
  const code = page.getByRole('dialog').getByRole('img');
  const seen = new Map<number, Buffer>();
  await expect
    .poll(
      async () => {
        const { label, url } = await code.evaluate((canvas: HTMLCanvasElement) => ({
          label: canvas.getAttribute('aria-label') ?? '',
          url: canvas.toDataURL('image/png'),
        }));
        const [number = 0, count = 0] = (label.match(/\d+/g) ?? []).map(Number);
        seen.set(number, Buffer.from(url.split(',')[1] ?? '', 'base64'));
        return count - seen.size;
      },
      { intervals: [100], timeout: 30_000, message: 'every code was shown' },
    )
    .toBe(0);
  return [...seen.values()];
}

test('FM-2 OFF-4 OFF-10 OFF-11 what is written without a network is brought by code on a colleague’s tablet, and with the app closed by the worker, without anybody touching the tablet', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet({ ownBrowser: true });
  const head = await newTablet();
  await Promise.all([ward.signIn(people.requester), head.signIn(people.head)]);
  await expect
    .poll(() => waitingHere(ward.page), { message: 'the server knows their signing key' })
    .toEqual([]);
  const asked = words('consult_story_submitted', { name: people.requester.name, department: 'Cardiology' });
  const [byCode, byWorker] = [toCardiology('urgent'), toCardiology('urgent')];

  await test.step('a colleague with a network reads it off the screen of a tablet that has none', async () => {
    await ward.loseNetwork();
    await ward.header.go('new');
    await ward.compose.fill(byCode);
    await ward.compose.send.click();
    await expect(ward.consult.line(asked)).toContainText(words('consult_delivery_here'));
    const waiting = (await waitingHere(ward.page)) ?? [];
    expect(waiting).not.toEqual([]);
    await ward.open('/tablet');
    await ward.page.getByRole('button', { name: words('parcels_show', { count: waiting.length }) }).click();
    const pictures = await picturesOf(ward.page);

    await head.open('/tablet');
    await head.page.getByRole('button', { name: words('parcels_take') }).click();
    const dialog = head.page.getByRole('dialog');
    await dialog
      .getByLabel(words('parcels_choose_picture'))
      .setInputFiles(
        pictures.map((buffer, at) => ({ name: `${String(at)}.png`, mimeType: 'image/png', buffer })),
      );
    await expect(dialog.getByText(words('parcels_taken', { count: waiting.length }))).toBeVisible();
    await head.open('/');
    await expect(head.inbox.card(byCode.question)).toBeVisible();
  });

  await test.step('the app is closed, the network comes back, and nobody touches the tablet', async () => {
    await ward.open('/');
    await ward.header.go('new');
    await ward.compose.fill(byWorker);
    await ward.compose.send.click();
    await expect(ward.consult.line(asked)).toContainText(words('consult_delivery_here'));
    // The browser stays, with none of the app's windows.
    const elsewhere = await ward.context.newPage();
    await ward.page.close();
    ward.use(elsewhere);
    await expect(head.inbox.card(byWorker.question)).toBeHidden();

    await ward.findNetwork();
    await wakeForSync(elsewhere, hospital.origin, 'hc-parcels');
    await expect(head.inbox.card(byWorker.question)).toBeVisible();
  });

  await test.step('their own session brings the same words, and they are there once', async () => {
    await ward.open('/sent');
    for (const { question } of [byCode, byWorker]) {
      await expect(ward.inbox.card(question)).not.toContainText(words('consult_delivery_here'));
      await expect(head.inbox.card(question)).toHaveCount(1);
    }
    await expect.poll(() => waitingHere(ward.page)).toEqual([]);
  });
});
