import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words, wordsLike } from './fixtures/words.ts';

const dayMs = 24 * 60 * 60_000;

test('FM-21 OFF-4 a Wi-Fi sign-in page that answers 200 is not taken for data; it is named, and nothing is lost', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet();
  await ward.signIn(people.requester);
  await ward.context.clock.install();
  await ward.open('/tablet');
  const held = ward.page.getByText(wordsLike('sync_held'));
  await ward.header.confirmed();
  // Counted from storage a moment after the page is drawn.
  await expect(held).toHaveText(/^[1-9]/);
  const heldBefore = await held.innerText();

  ward.forgiveLostNetwork();
  ward.forgive(/ServiceWorker/);
  const endPortal = await hospital.captivePortal(
    '<!doctype html><title>Welcome</title><p>Accept the terms of this Wi-Fi.',
  );
  const request = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));
  await ward.open('/tablet');
  await expect(ward.page.getByText(words('sync_trouble_portal')).first()).toBeVisible();
  await ward.workFor({ minutes: 3 });
  await expect(ward.header.connection).toContainText(wordsLike('common_last_heard'));
  await expect(held).toHaveText(heldBefore);

  await endPortal();
  await hospital.start();
  await ward.header.go('sent');
  // A try that is under way while the clock jumps is followed by the next one a while later.
  await expect(async () => {
    await ward.workFor({ minutes: 1 });
    await expect(ward.inbox.card(request.question)).toContainText(hasArrived, { timeout: 3_000 });
  }).toPass({ timeout: 40_000 });
  await ward.header.confirmed();
});

test('OPS-4 the server is killed and started again: connected tablets recover by themselves', async ({
  hospital,
  newTablet,
}) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  const before = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(before);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(hasArrived);

  for (const tablet of [ward, asked]) tablet.forgiveLostNetwork();
  await hospital.kill();
  const during = toCardiology('emergency');
  await ward.header.go('new');
  await ward.compose.fill(during);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));
  await hospital.start();

  await expect(ward.consult.story).toContainText(hasArrived, { timeout: 40_000 });
  for (const { question } of [before, during]) await expect(asked.inbox.card(question)).toHaveCount(1);
});

test('FM-1 OFF-6 a tablet whose clock is two days ahead changes neither order nor due times, and says how wrong it is', async ({
  newTablet,
}) => {
  const right = await newTablet();
  const wrong = await newTablet({ clockAheadMs: 2 * dayMs });
  const asking = await newTablet({ clockAheadMs: 2 * dayMs });
  await Promise.all([right.signIn(people.head), wrong.signIn(people.head), asking.signIn(people.requester)]);
  const request = toCardiology('emergency');
  await asking.header.go('new');
  await asking.compose.fill(request);
  await asking.compose.send.click();

  const cardsOf = (tablet: typeof right) => tablet.inbox.cards().allInnerTexts();
  await expect(right.inbox.card(request.question)).toContainText(words('common_minutes', { minutes: 10 }));
  await expect(async () => expect(await cardsOf(wrong)).toEqual(await cardsOf(right))).toPass();

  await wrong.open('/tablet');
  await expect(
    wrong.page.getByText(words('sync_clock_fast', { time: words('common_days', { days: 2 }) })),
  ).toBeVisible();
  await right.open('/tablet');
  await expect(right.page.getByText(words('sync_clock_right'), { exact: true })).toBeVisible();
});

test('OFF-3 what was typed about a call is kept when its window is closed by accident, and when the alarm ends', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  await ward.signIn(people.requester);
  await ward.loseNetwork();
  await ward.context.clock.install();
  await ward.open('/new');
  await ward.compose.fill(toCardiology('emergency'));
  await ward.compose.send.click();
  await expect(ward.consult.question).toBeVisible();
  await ward.page.clock.fastForward(31_000);
  const { dialog } = ward.consult;
  const rang = ward.header.alarm.getByRole('button', { name: words('alerts_alarm_rang') });
  const outcome = dialog.getByRole('textbox', { name: words('alerts_rang_outcome') });
  await rang.click();
  await outcome.fill('Coming now, wants a ');
  await ward.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  const away = ward.header.alarm.getByRole('button', { name: words('alerts_alarm_dismiss') });
  const why = dialog.getByRole('textbox', { name: words('alerts_dismiss_reason') });
  await away.click();
  await why.fill('Told in person');
  await ward.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await away.click();
  await expect(why).toHaveValue('Told in person');
  await ward.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await rang.click();
  await expect(outcome).toHaveValue('Coming now, wants a ');
  await ward.findNetwork();
  await ward.workFor({ minutes: 1 });
  await expect(ward.header.alarm).toBeHidden({ timeout: 40_000 });
  await outcome.press('End');
  await outcome.pressSequentially('repeat ECG');
  await dialog.getByRole('button', { name: words('alerts_rang_save') }).click();
  await expect(ward.consult.line('Coming now, wants a repeat ECG')).toBeVisible();
});
