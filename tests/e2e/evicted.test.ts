import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';
import { deriving } from './pages/lock-page.ts';

test('FM-10 OFF-4 the browser throws the databases away while the app is closed: at the next start it says so, with how much had not been sent', async ({
  newTablet,
}) => {
  // Cut for its worker, too, which would else bring the parcel first.
  const ward = await newTablet({ ownBrowser: true });
  await ward.signIn(people.requester);
  await ward.loseNetwork();
  const unsent = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(unsent);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));

  // The browser's own switch, as it clears when its disk runs out: the small store of settings is another one.
  await ward.page.goto('about:blank');
  const session = await ward.context.newCDPSession(ward.page);
  await session.send('Storage.clearDataForOrigin', { origin: ward.origin, storageTypes: 'indexeddb' });
  await ward.findNetwork();
  await ward.goto('/');
  // The session goes on, and what would open the records is gone with them: it is made anew.
  for (const label of ['lock_pin_new', 'lock_pin_again'])
    await ward.page.getByLabel(words(label), { exact: true }).fill('805217');
  await ward.page.getByRole('button', { name: words('lock_pin_save') }).click(deriving);
  await ward.header.sees(people.requester.name);

  const told = ward.page.getByRole('status').filter({ hasText: words('rescue_evicted') });
  await expect(told).toContainText(words('rescue_evicted_lost', { count: 1 }));
  await told.getByRole('button', { name: words('rescue_seen') }).click();
  await expect(told).toBeHidden();
  // All else came from the server again.
  await ward.header.go('sent');
  await expect(ward.inbox.cards(ward.inbox.sentList).first()).toBeVisible();
  await expect(ward.inbox.card(unsent.question)).toHaveCount(0);
});
