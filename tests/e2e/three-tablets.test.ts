import { wordsIn } from '#shared/alert/words/words.ts';
import { people } from './fixtures/hospital.ts';
import { openNotifications, pushTo } from './fixtures/push.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { shownTo, words } from './fixtures/words.ts';

const story = {
  asked: words('consult_story_submitted', { name: people.requester.name, department: 'Cardiology' }),
  coming: words('consult_story_coming', {
    name: people.onCall.name,
    time: words('common_minutes', { minutes: 15 }),
  }),
  seen: words('consult_story_seen', { name: people.onCall.name }),
  answered: words('consult_story_completed', { name: people.onCall.name }),
  closed: words('consult_story_closed', { name: people.requester.name }),
};

test('OFF-1 OFF-3 ALE-2 an emergency written with no network outlives the app, arrives, wakes the one on call and is answered', async ({
  hospital,
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const ward = await newTablet({ ownBrowser: true });
  const onCall = await newTablet({ personal: true, subscription: phone.subscription });
  const head = await newTablet();
  await Promise.all([ward.signIn(people.requester), onCall.signIn(people.onCall), head.signIn(people.head)]);
  await onCall.reachable();
  const request = toCardiology('emergency');

  await test.step('the requester writes it in a dead corner', async () => {
    await ward.loseNetwork();
    await ward.header.go('new');
    await ward.compose.fill(request);
    await ward.compose.send.click();
    await expect(ward.consult.line(story.asked)).toContainText(words('consult_delivery_here'));
  });

  await test.step('the app is closed, and opened again without a network: from the service worker alone', async () => {
    await ward.switchOff();
    await ward.switchOn({ offline: true });
    await ward.context.clock.install();
    await ward.open('/sent');
    await expect(ward.inbox.card(request.question)).toContainText(words('consult_delivery_here'));
    await ward.inbox.card(request.question).click();
    await expect(ward.consult.line(story.asked)).toContainText(words('consult_delivery_here'));
  });

  await test.step('after 30 s the loudest thing on the screen is the number to ring', async () => {
    await ward.page.clock.fastForward(31_000);
    await expect(ward.header.alarm).toContainText(words('alerts_alarm_not_left'));
    await expect(ward.header.alarm).toContainText(words('alerts_alarm_ring', { number: '4412' }));
    await expect(
      ward.header.alarm.getByRole('link', { name: words('alerts_alarm_call', { number: '4412' }) }),
    ).toHaveAttribute('href', 'tel:4412');
  });

  await test.step('the network comes back: it arrives, and the alarm goes', async () => {
    await ward.findNetwork();
    await expect(ward.header.alarm).toBeHidden();
    await expect(ward.consult.line(story.asked)).not.toContainText(words('consult_delivery_here'));
    await head.inbox.card(request.question).click();
    await expect(head.consult.line(story.asked)).toBeVisible();
  });

  await test.step('the one on call is woken, and takes it from the notification', async () => {
    // Others wait for this doctor too; a device that comes back is called for them as well.
    const push = await pushTo(phone, new URL(ward.page.url()).pathname);
    expect(push.text).not.toContain(request.question);
    const notifications = await openNotifications(onCall.page, hospital.origin);
    await notifications.deliver(push.payload);
    await expect
      .poll(() => notifications.shown())
      .toEqual([expect.objectContaining({ actions: ['acknowledge', 'open'] })]);
    await expect(
      ward.consult
        .line(words('alert_story_push_to', { name: people.onCall.name }))
        .filter({ hasText: shownTo(people.onCall.name) }),
    ).toBeVisible();
    await notifications.tap('acknowledge');
    await expect(ward.consult.line(story.coming)).toBeVisible();
    await expect(head.consult.line(story.coming)).toBeVisible();
    await expect
      .poll(() => notifications.shown())
      .toEqual([expect.objectContaining({ body: wordsIn('en').acknowledged })]);
  });

  await test.step('the answer is written at the bedside, and seen by all three', async () => {
    await onCall.inbox.card(request.question).click();
    await onCall.consult.button(words('consult_act_seen')).click();
    await expect(onCall.consult.line(story.seen)).toBeVisible();
    await onCall.consult.writeAnswer('Inferior STEMI. Thrombolyse now, then transfer.');
    for (const tablet of [onCall, ward, head])
      await expect(tablet.consult.answer).toContainText('Thrombolyse now, then transfer.');
    await expect(head.consult.line(story.answered)).toBeVisible();
  });

  await test.step('the requester accepts it, and it is over for everybody', async () => {
    await ward.consult.button(words('consult_act_closed')).click();
    for (const tablet of [ward, onCall, head]) await expect(tablet.consult.line(story.closed)).toBeVisible();
    await expect(head.inbox.card(request.question)).toBeHidden();
  });
  expect(pushService.faults).toEqual([]);
});

test('ALE-2 an acknowledgement tapped without a network waits in the worker and is delivered when the network is back', async ({
  hospital,
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const ward = await newTablet();
  const onCall = await newTablet({ personal: true, subscription: phone.subscription });
  await Promise.all([ward.signIn(people.requester), onCall.signIn(people.onCall)]);
  await onCall.reachable();
  const request = toCardiology('emergency');
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(request.question);
  const push = await pushTo(phone, new URL(ward.page.url()).pathname);
  const notifications = await openNotifications(onCall.page, hospital.origin);

  await onCall.loseNetwork();
  await notifications.deliver(push.payload);
  await expect.poll(() => notifications.shown()).toHaveLength(1);
  await notifications.tap('acknowledge');
  await expect
    .poll(() => notifications.shown())
    .toEqual([expect.objectContaining({ body: wordsIn('en').acknowledgeWaiting })]);
  await expect(ward.consult.line(story.coming)).toBeHidden();

  await onCall.findNetwork();
  await expect(ward.consult.line(story.coming)).toBeVisible();
});

test('FM-27 CON-4 two take the same consult, one of them without a network: both stay, the first accepted leads, the other is told', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const first = await newTablet();
  const second = await newTablet();
  await Promise.all([
    ward.signIn(people.requester),
    first.signIn(people.onCall),
    second.signIn(people.colleague),
  ]);
  const request = toCardiology('routine');
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  for (const tablet of [first, second]) await tablet.inbox.card(request.question).click();

  await second.loseNetwork();
  await second.consult.come(30);
  const takenOffline = words('consult_story_coming', {
    name: people.colleague.name,
    time: words('common_minutes', { minutes: 30 }),
  });
  await expect(second.consult.line(takenOffline)).toContainText(words('consult_delivery_here'));
  await first.consult.come(15);
  await expect(ward.consult.line(story.coming)).toBeVisible();

  await second.findNetwork();
  const told = words('consult_no_effect_leads', { other: people.onCall.name, name: people.colleague.name });
  for (const tablet of [ward, first, second]) {
    await expect(tablet.consult.line(story.coming)).toBeVisible();
    await expect(tablet.consult.line(takenOffline)).toContainText(told);
  }
});
