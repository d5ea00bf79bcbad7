import { quarantineAnswerSchema } from '#shared/sync/quarantine.ts';
import { signInByApi } from './fixtures/api.ts';
import { administrator, people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { words, wordsLike } from './fixtures/words.ts';

test('FM-6 PEO-8 a lost tablet is withdrawn with a note unsent on it: at its next contact the note is set aside, the tablet is empty and says so', async ({
  hospital,
  newTablet,
}) => {
  const [ward, office] = await Promise.all([newTablet(), newTablet()]);
  await Promise.all([ward.signIn(people.requester), office.signIn(administrator)]);
  await ward.loseNetwork();
  const request = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));

  await office.open('/admin');
  await office.page.getByRole('link', { name: words('devices_title') }).click();
  const lost = office.page.getByRole('article').filter({ hasText: people.requester.name });
  await lost.getByRole('button', { name: words('devices_withdraw') }).click();
  const dialog = office.page.getByRole('dialog');
  await expect(dialog).toContainText(words('devices_withdraw_what'));
  await dialog.getByRole('textbox', { name: words('devices_reason') }).fill('Left on the bus');
  await dialog.getByRole('button', { name: words('devices_withdraw') }).click();
  await expect(lost).toContainText(words('devices_not_wiped'));

  ward.forgive(/status of 40[13]/);
  await ward.findNetwork();
  await expect(ward.page.getByRole('heading', { name: words('devices_withdrawn_title') })).toBeVisible();
  await expect(ward.page.getByText(words('devices_withdrawn_done'))).toBeVisible();
  await expect(ward.page.getByText(words('devices_withdrawn_handed_in', { count: 1 }))).toBeVisible();
  const left = await ward.page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    keys: Object.keys(localStorage),
    text: document.body.innerText,
  }));
  expect(left).toMatchObject({ caches: 0, workers: 0, keys: ['hc-withdrawn'] });
  // The worker has its queue open for as long as it lives; it is empty, and goes with the worker.
  expect(left.databases.filter((name) => name !== 'workbox-background-sync')).toEqual([]);
  expect(left.text).not.toContain(request.question);

  const head = await signInByApi(hospital.origin, people.head);
  const held = quarantineAnswerSchema.parse(await (await head.request('GET', '/api/sync/quarantine')).json());
  expect(held.events.map(({ event, code }) => [event.type, code])).toEqual([['submitted', 'device-revoked']]);

  await office.page.reload();
  const filter = office.page.getByRole('combobox', { name: words('devices_filter') });
  await filter.selectOption('withdrawn');
  await expect(lost).toContainText(wordsLike('devices_wiped'));
});
