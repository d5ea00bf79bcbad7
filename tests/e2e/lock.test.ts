import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';
import { deriving } from './pages/lock-page.ts';

const pins = { requester: '481902', onCall: '730518' } as const;

test('PEO-7 OFF-5 two people on one ward tablet take turns without a network; each sees their own, and a locked tablet shows nobody’s', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const { lock, page } = ward;
  await ward.signIn(people.requester, { pin: pins.requester });
  const asked = toCardiology('routine');
  await ward.header.go('new');
  const patient = await ward.compose.fill(asked);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(hasArrived);
  await lock.button.click();
  await expect(lock.pin).toBeVisible();

  await ward.signIn(people.onCall, { pin: pins.onCall });
  await ward.loseNetwork();
  await lock.button.click();
  await expect(lock.who).toBeVisible();

  await test.step('what was on the screen is gone, and the browser’s title and address name nobody', async () => {
    await expect(page).toHaveTitle(new RegExp(words('lock_title')));
    expect(await page.content()).not.toContain(asked.question);
    expect(await page.content()).not.toContain(patient);
  });

  const more = toCardiology('urgent');
  await test.step('the first one: back in their own work, not where the other one stood', async () => {
    await lock.choose(people.requester.name);
    await lock.tapPin(pins.requester);
    await ward.header.sees(people.requester.name);
    await ward.header.go('sent');
    await ward.inbox.card(asked.question).click();
    await expect(ward.consult.question).toContainText(asked.question);
    await ward.header.go('new');
    await ward.compose.fill(more);
    await ward.compose.send.click();
    await expect(ward.consult.story).toContainText(words('consult_delivery_here'));
    await lock.button.click();
    await expect(lock.person(people.requester.name)).toContainText(words('lock_waiting', { count: 1 }));
    await expect(lock.people).not.toContainText(more.question);
  });

  await test.step('the second one: their inbox, nothing of what waits of the first but how much', async () => {
    await lock.choose(people.onCall.name);
    await lock.tapPin(pins.onCall);
    await ward.header.sees(people.onCall.name);
    await expect(page).toHaveURL('/');
    await expect(ward.inbox.cards().first()).toBeVisible();
    await expect(ward.inbox.card(more.question)).toHaveCount(0);
    await ward.open('/tablet');
    await expect(page.getByText(words('sync_nothing_waits'))).toBeVisible();
    await expect(page.getByText(words('lock_waiting_others', { count: 1 }))).toBeVisible();
  });
});

test('OFF-5 a tablet locked in the middle of a note keeps every letter of it', async ({ newTablet }) => {
  const ward = await newTablet();
  await ward.signIn(people.onCall);
  await ward.inbox.cards().first().click();
  const act = words('consult_act_message_posted');
  await ward.consult.more(act);
  const note = ward.consult.dialog.getByRole('textbox', { name: words('consult_field_message') });
  await note.pressSequentially('Potassium 6.1, repeat in an ho');
  // Nobody comes near the tablet until it locks by itself.
  await ward.lockByIdling();
  await expect(ward.lock.password).toBeVisible();
  await expect(note).toHaveCount(0);
  expect(await ward.page.content()).not.toContain('Potassium');

  await ward.unlockIfLocked();
  await ward.consult.more(act);
  await expect(note).toHaveValue('Potassium 6.1, repeat in an ho');
  await note.press('End');
  await note.pressSequentially('ur');
  await ward.consult.dialog.getByRole('button', { name: words('consult_save_message'), exact: true }).click();
  await expect(ward.consult.line('Potassium 6.1, repeat in an hour')).toBeVisible();
});

test('PEO-7 wrong PINs are slowed down in plain words; after ten only signing in at the server opens, and nothing is lost', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const { lock, page } = ward;
  await ward.context.clock.install();
  await ward.signIn(people.requester, { pin: pins.requester });
  await ward.loseNetwork();
  await lock.button.click();
  for (let wrong = 1; wrong <= 9; wrong += 1) {
    await lock.tapPin('111222');
    await expect(lock.said).toContainText(words('lock_tries_left', { count: 10 - wrong }), deriving);
    if (wrong < 3) continue;
    await expect(lock.wait).toBeVisible();
    await expect(lock.open).toBeDisabled();
    await page.clock.fastForward('05:01');
    await expect(lock.wait).toBeHidden();
  }
  await lock.tapPin('111222');
  await expect(page.getByText(words('lock_server_used_up', { name: people.requester.name }))).toBeVisible(
    deriving,
  );

  await ward.signInPage.signIn(people.requester.email, 'demo-hospital');
  await expect(ward.signInPage.failure).toContainText(words('session_failed_no_answer'));
  await ward.findNetwork();
  await ward.signInPage.button.click();
  await ward.header.sees(people.requester.name);
  await expect(page.getByRole('button', { name: words('lock_pin_offer_set') })).toBeVisible();
});
