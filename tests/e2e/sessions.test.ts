import { emailOf } from '#server/demo/sign-ins.ts';
import { signInByApi } from './fixtures/api.ts';
import { demoPassword, people } from './fixtures/hospital.ts';
import { pushTo } from './fixtures/push.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';

test('FM-4 PEO-4 a session that ends while the tablet is offline stops no work: the app asks to sign in again and the queue goes out', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  await ward.loseNetwork();
  const before = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(before);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(before.question);

  const elsewhere = await signInByApi(hospital.origin, people.requester);
  expect((await elsewhere.request('DELETE', '/api/session/everywhere')).status).toBeLessThan(300);
  await ward.findNetwork();
  await expect(ward.header.signInAgainBanner).toBeVisible();

  const after = toCardiology('routine');
  await ward.header.go('new');
  await ward.compose.fill(after);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));
  await ward.open('/tablet');
  await expect(ward.page.getByText(words('sync_waiting_count', { count: 2 }))).toBeVisible();

  await ward.signInAgain(people.requester.email, demoPassword);
  await expect(ward.header.signInAgainBanner).toBeHidden();
  await expect(ward.page.getByText(words('sync_nothing_waits'))).toBeVisible();
  for (const { question } of [before, after]) await expect(asked.inbox.card(question)).toBeVisible();
});

test('CON-3 a doctor of a third department sees nothing of a consult, not in a list and not by its address', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet();
  await ward.signIn(people.requester);
  await ward.header.go('new');
  await ward.compose.departmentSearch.fill('General Surgery');
  const surgeon = ((await ward.compose.departments.first().locator('span').textContent()) ?? '').trim();
  const stranger = { name: surgeon, email: emailOf(surgeon) };
  await ward.compose.departmentSearch.fill('');

  const request = toCardiology();
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(hasArrived);
  const address = new URL(ward.page.url()).pathname;

  const surgery = await newTablet();
  await surgery.signIn(stranger);
  await expect(surgery.inbox.cards().first()).toBeVisible();
  await expect(surgery.inbox.card(request.question)).toBeHidden();
  await surgery.open(address);
  await expect(surgery.consult.notHere).toBeVisible();
  await expect(surgery.page.getByText(request.question)).toBeHidden();

  const byHand = await signInByApi(hospital.origin, stranger);
  const answer = await byHand.request('POST', '/api/sync/documents', {
    collection: 'consults',
    ids: [address.split('/').at(-1)],
  });
  expect(await answer.text()).not.toContain(request.question);
});

test('UX-4 with the keyboard alone: sign in, open a consult of the inbox, send a new one', async ({
  newTablet,
}) => {
  const ward = await newTablet({ context: { hasTouch: false } });
  const { page, compose } = ward;
  await ward.open();
  await ward.tabTo(ward.signInPage.email);
  await page.keyboard.type(people.requester.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(demoPassword);
  await page.keyboard.press('Enter');
  await ward.header.sees(people.requester.name);
  await ward.header.confirmed();

  await expect(ward.inbox.cards().first()).toBeVisible();
  await page.keyboard.press('j');
  await expect(ward.inbox.cards().first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(ward.consult.question).toBeVisible();

  await page.keyboard.press('n');
  await ward.tabTo(compose.patientSearch);
  await page.keyboard.type('W4');
  await expect(compose.patientsFound.first()).toBeVisible();
  await ward.tabTo(compose.patientsFound.first());
  await page.keyboard.press('Enter');
  await ward.tabTo(
    page
      .getByRole('group', { name: words('compose_urgency') })
      .getByRole('radio')
      .first(),
  );
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await expect(compose.urgency('urgent')).toBeChecked();
  await ward.tabTo(compose.departmentSearch);
  await page.keyboard.type('Neurology');
  await ward.tabTo(compose.departments.first());
  await page.keyboard.press('Enter');
  await ward.tabTo(compose.question);
  await page.keyboard.type('Is this a seizure?');
  await ward.tabTo(compose.reason);
  await page.keyboard.type('Twice tonight');
  await ward.tabTo(compose.send);
  await page.keyboard.press('Enter');
  await expect(ward.consult.question).toContainText('Is this a seizure?');
  await expect(ward.consult.story).toContainText(hasArrived);
});

test('UX-6 a first sign-in calmly fetches the first list; nothing is red before something is wrong', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  let answer: () => void = () => undefined;
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
  await ward.context.route('**/api/sync/**', async (route) => {
    await mayAnswer;
    await route.continue();
  });
  await ward.open();
  await ward.signInPage.signIn(people.requester.email, demoPassword);
  await expect(ward.header.connection).toContainText(words('common_first_fetch'));
  await expect(ward.header.connection).not.toContainText(words('common_stale_means'));
  answer();
  await ward.header.confirmed();
});

test('ALE-2 a device said to be one’s own at sign-in can acknowledge from the alert; a ward tablet cannot', async ({
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const shared = pushService.subscribe();
  const own = await newTablet({ subscription: phone.subscription });
  const wardTablet = await newTablet({ subscription: shared.subscription });
  const ward = await newTablet();
  await own.open();
  await own.page.getByRole('radio', { name: words('session_device_own') }).check();
  await own.signInPage.signIn(people.onCall.email, demoPassword);
  await Promise.all([ward.signIn(people.requester), wardTablet.signIn(people.onCall)]);
  await Promise.all([own.reachable(), wardTablet.reachable()]);
  await ward.header.go('new');
  await ward.compose.fill(toCardiology('emergency'));
  await ward.compose.send.click();
  // A device that becomes reachable is called for what waited before as well.
  await ward.page.waitForURL(/\/consult\//);
  const asked = new URL(ward.page.url()).pathname;
  expect((await pushTo(phone, asked)).payload.acknowledge).not.toBeNull();
  expect((await pushTo(shared, asked)).payload.acknowledge).toBeNull();
});
