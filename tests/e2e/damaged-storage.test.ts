import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';

/** A page of our origin without the app, so that nothing holds the databases open; it needs no server. */
async function openBarePage(tablet: Tablet): Promise<void> {
  await tablet.context.route('**/api/bare-page', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<link rel="icon" href="data:,"><p>bare' }),
  );
  await tablet.goto('/api/bare-page');
}

/** Breaks what the engine needs to open the records; in the outbox a broken line is put beside the others. */
const damage = (tablet: Tablet): Promise<void> =>
  tablet.page.evaluate(async () => {
    const open = (name: string, version: number | undefined, upgrade: (db: IDBDatabase) => void) =>
      new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name, version);
        opening.onupgradeneeded = () => upgrade(opening.result);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(new Error(`${name} could not be opened`));
        opening.onblocked = () => reject(new Error(`${name} is still open elsewhere`));
      });
    for (const { name, version } of await indexedDB.databases()) {
      // The worker keeps its own queue open; a person's records are what is broken here.
      if (name?.startsWith('rxdb-dexie-hc-') !== true || version === undefined) continue;
      const isOutbox = name.endsWith('--outbox');
      const database = await open(name, isOutbox ? undefined : version * 100, (db) => {
        if (name.endsWith('--workspace')) return;
        for (const store of db.objectStoreNames) db.deleteObjectStore(store);
      });
      if (isOutbox)
        await new Promise<void>((resolve, reject) => {
          const writing = database.transaction('docs', 'readwrite');
          writing
            .objectStore('docs')
            .put({ id: 'broken', record: 'What the disk made of it', _deleted: '0' });
          writing.oncomplete = () => resolve();
          writing.onerror = () => reject(new Error('nothing could be written'));
        });
      database.close();
    }
  });

test('FM-12 OFF-2 a damaged local database: the unsent emergency still arrives, the draft is here, and what happened is said plainly', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  for (const tablet of [ward, asked]) tablet.forgiveLostNetwork();
  await hospital.kill();
  const unsent = toCardiology('emergency');
  await ward.header.go('new');
  await ward.compose.fill(unsent);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));
  const halfWritten = toCardiology('routine');
  await ward.header.go('new');
  await ward.compose.fill(halfWritten);

  await openBarePage(ward);
  await damage(ward);
  await hospital.start();
  ward.forgive(/Dexie|RxError|IDB/);
  await ward.open();

  const told = ward.page.getByRole('status').filter({ hasText: words('rescue_title') });
  await expect(told).toContainText(words('rescue_unsent', { count: 1 }));
  await expect(told).toContainText(words('rescue_drafts', { count: 1 }));
  await expect(told).toContainText(words('rescue_unreadable', { count: 1 }));
  const [file] = await Promise.all([
    ward.page.waitForEvent('download'),
    told.getByRole('button', { name: words('rescue_keep') }).click(),
  ]);
  expect(file.suggestedFilename()).toBe(words('rescue_file_name'));
  await told.getByRole('button', { name: words('rescue_seen') }).click();
  await expect(told).toBeHidden();

  await expect(asked.inbox.card(unsent.question)).toBeVisible({ timeout: 40_000 });
  await ward.header.go('sent');
  await expect(ward.inbox.card(unsent.question)).toContainText(hasArrived);
  await ward.header.go('new');
  await expect(ward.compose.question).toHaveValue(halfWritten.question);
  // All else came from the server again.
  await ward.open('/tablet');
  await expect(ward.page.getByText(words('sync_nothing_waits'))).toBeVisible();
  await expect(ward.page.getByText(words('sync_whole_never'))).toBeHidden();
  await ward.open();
  await expect(told).toBeHidden();
});

test('FM-12 FM-13 OFF-2 where no storage opens at all, what could still be read is sent from memory and can be kept as a file', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  for (const tablet of [ward, asked]) tablet.forgiveLostNetwork();
  await hospital.kill();
  const unsent = toCardiology('emergency');
  await ward.header.go('new');
  await ward.compose.fill(unsent);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));
  await openBarePage(ward);
  await hospital.start();
  // As a browser does whose disk is failing: what is there can be read as it is, and nothing can be opened for writing.
  await ward.context.addInitScript(() => {
    const asItIs = indexedDB.open.bind(indexedDB);
    indexedDB.open = (name, version) => {
      if (version !== undefined && name.startsWith('rxdb-dexie-'))
        throw new DOMException('Internal error opening backing store', 'UnknownError');
      return asItIs(name, version);
    };
  });
  ward.forgive(/UnknownError|Dexie|RxError|Internal error/);
  await ward.open();
  await expect(ward.page.getByRole('heading', { name: words('session_open_failed_title') })).toBeVisible();
  await expect(ward.page.getByText(words('rescue_nothing_opens', { count: 1 }))).toBeVisible();
  await expect(ward.page.getByText(words('rescue_sent_all'))).toBeVisible();
  await expect(asked.inbox.card(unsent.question)).toBeVisible({ timeout: 40_000 });
  const [file] = await Promise.all([
    ward.page.waitForEvent('download'),
    ward.page.getByRole('button', { name: words('rescue_keep') }).click(),
  ]);
  expect(file.suggestedFilename()).toBe(words('rescue_file_name'));
  await expect(ward.page.getByRole('button', { name: words('session_open_again') })).toBeVisible();
});
