import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';

const megabyte = 1024 * 1024;
/** The app and its records take about half of it. */
const diskBytes = 24 * megabyte;

/** As PouchDB names what it keeps: photos that were looked at, and photos that wait to be sent. */
const photos = { seen: '_pouch_hc-files-somebody-kept-0', waiting: '_pouch_hc-files-somebody' } as const;
/** What something else has put there. */
const others = 'of-somebody-else';

/** Puts so many bytes there; false: there was no room. */
const put = (tablet: Tablet, name: string, bytes: number): Promise<boolean> =>
  tablet.page.evaluate(
    ({ name, bytes }) =>
      new Promise<boolean>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onupgradeneeded = () => opening.result.createObjectStore('bytes', { autoIncrement: true });
        opening.onerror = () => resolve(false);
        opening.onsuccess = () => {
          const end = (isKept: boolean): void => {
            opening.result.close();
            resolve(isKept);
          };
          const writing = opening.result.transaction('bytes', 'readwrite');
          writing.objectStore('bytes').put(new Blob([new Uint8Array(bytes)]));
          writing.oncomplete = () => end(true);
          writing.onabort = () => end(false);
        };
      }),
    { name, bytes },
  );

/** To the brim: nothing of even a few kilobytes fits any more. */
async function fill(tablet: Tablet): Promise<void> {
  for (const bytes of [2 * megabyte, megabyte / 4, megabyte / 32, megabyte / 256])
    while (await put(tablet, others, bytes));
}

const databases = (tablet: Tablet): Promise<(string | undefined)[]> =>
  tablet.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));

/** The room that is given up for a person's words is taken some time after the start. */
const hasKeptRoom = (tablet: Tablet): Promise<boolean> =>
  tablet.page.evaluate(async () => {
    if (!(await indexedDB.databases()).some(({ name }) => name === 'hc-room')) return false;
    return new Promise<boolean>((resolve) => {
      const opening = indexedDB.open('hc-room');
      opening.onsuccess = () => {
        const asking = opening.result.transaction('room').objectStore('room').count();
        asking.onsuccess = () => {
          opening.result.close();
          resolve(asking.result > 0);
        };
      };
    });
  });

test('FM-11 OFF-4 a disk that fills: what is written is still kept, caches go, it is said on every screen, and what cannot be kept stays in the form', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  // The browser's own switch; it looks at it when a database is opened, and then not for half a minute.
  const session = await ward.context.newCDPSession(ward.page);
  const { origin } = ward;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: diskBytes });
  await ward.signIn(people.requester);
  const bar = ward.page.getByText(words('sync_space_nearly_full'));
  for (const name of Object.values(photos)) expect(await put(ward, name, 2 * megabyte)).toBe(true);
  await expect.poll(() => hasKeptRoom(ward), { timeout: 40_000 }).toBe(true);

  await ward.header.go('new');
  const first = toCardiology();
  await ward.compose.fill(first);
  await expect(bar).toBeHidden();
  await fill(ward);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(first.question);
  await expect(ward.consult.story).toContainText(hasArrived);
  await expect(bar).toBeVisible();
  expect(await hasKeptRoom(ward)).toBe(false);
  await expect.poll(() => databases(ward)).not.toContain(photos.seen);
  expect(await databases(ward)).toContain(photos.waiting);

  // Nothing more can go: nothing is pretended, and the words stay where they are.
  await ward.header.go('new');
  const second = toCardiology();
  await ward.compose.fill(second);
  await fill(ward);
  await ward.compose.send.click();
  await expect(ward.page.getByText(words('common_storage_full'))).toBeVisible();
  await expect(ward.compose.question).toHaveValue(second.question);
  await expect(bar).toBeVisible();

  // Somebody makes room.
  await ward.page.evaluate(
    (name) =>
      new Promise<void>((resolve) => {
        indexedDB.deleteDatabase(name).onsuccess = () => resolve();
      }),
    others,
  );
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(second.question);
  await expect(ward.consult.story).toContainText(hasArrived);
  await ward.header.connection.click();
  await expect(bar).toBeHidden();
});
