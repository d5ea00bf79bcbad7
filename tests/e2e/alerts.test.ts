import { aboutWords, wordsIn } from '#shared/alert/words/words.ts';
import { ownNames } from '#shared/lib/language.ts';
import { people } from './fixtures/hospital.ts';
import { openNotifications, pushTo } from './fixtures/push.ts';
import { toCardiology } from './fixtures/requests.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test } from './fixtures/test.ts';
import { shownTo, words, wordsLike } from './fixtures/words.ts';
import { AlertsPages } from './pages/alerts-pages.ts';
import type { Request } from './pages/compose-page.ts';

const doctor = people.onCall.name;
const told = words('alert_story_push_to', { name: doctor });

/** Answers the path of the new consult. */
async function send(ward: Tablet, request: Request): Promise<string> {
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(request.question);
  return new URL(ward.page.url()).pathname;
}

test('ALE-4 ALE-8 CON-18 the sender sees shown and opened; a cancel is seen to reach the one on the way', async ({
  hospital,
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const ward = await newTablet();
  const onCall = await newTablet({ personal: true, subscription: phone.subscription });
  await Promise.all([ward.signIn(people.requester), onCall.signIn(people.onCall)]);
  await onCall.reachable();
  const bars = new AlertsPages(() => onCall.page);
  const request = toCardiology('emergency');
  const path = await send(ward, request);
  const { payload: call } = await pushTo(phone, path);
  const notifications = await openNotifications(onCall.page, hospital.origin);

  await test.step('a receipt that finds no network waits in the worker', async () => {
    await onCall.loseNetwork();
    await notifications.deliver(call);
    await expect
      .poll(() => notifications.shown())
      .toEqual([expect.objectContaining({ actions: ['acknowledge', 'open'] })]);
    await expect(ward.consult.line(told)).toBeVisible();
    await expect(ward.consult.line(told).filter({ hasText: shownTo(doctor) })).toBeHidden();
    await onCall.findNetwork();
    await expect(ward.consult.line(told).filter({ hasText: shownTo(doctor) })).toBeVisible();
  });

  await test.step('opening it in the app is told as opened, and closes the notification', async () => {
    await onCall.inbox.card(request.question).click();
    await expect(
      ward.consult.line(told).filter({ hasText: wordsLike('alert_story_opened', {}) }),
    ).toBeVisible();
    await expect.poll(() => notifications.shown()).toEqual([]);
    await onCall.consult.come(15);
    await expect(
      ward.consult.line(
        words('consult_story_coming', { name: doctor, time: words('common_minutes', { minutes: 15 }) }),
      ),
    ).toBeVisible();
    await onCall.header.go('more');
  });

  await test.step('cancelled: until it is shown the sender is told to ring', async () => {
    await ward.consult.more(words('consult_act_cancelled'));
    await ward.consult.dialog
      .getByRole('textbox', { name: words('consult_field_reason') })
      .fill('Transferred to another hospital');
    await ward.consult.dialog
      .getByRole('button', { name: words('consult_act_cancelled'), exact: true })
      .click();
    await expect(ward.page.getByText(words('stand_down_not_shown', { name: doctor }))).toBeVisible();
    await expect(
      ward.consult.article.getByRole('link', { name: wordsLike('stand_down_ring', { name: doctor }) }),
    ).toHaveAttribute('href', /^tel:\d+/);
  });

  await test.step('the one on the way is told on whatever screen is open, and by the notification', async () => {
    await expect(bars.bar(words('stand_down_bar_cancelled'))).toBeVisible();
    await notifications.deliver((await pushTo(phone, path, 'alert', 'cancelled')).payload);
    await expect
      .poll(() => notifications.shown())
      .toEqual([expect.objectContaining({ body: wordsIn('en').about.cancelled })]);
    await expect(ward.page.getByText(wordsLike('stand_down_shown', { name: doctor }))).toBeVisible();
    await bars
      .bar(words('stand_down_bar_cancelled'))
      .getByRole('button', { name: words('stand_down_understood') })
      .click();
    await expect(bars.bar(words('stand_down_bar_cancelled'))).toBeHidden();
    await expect(ward.page.getByText(wordsLike('stand_down_opened', { name: doctor }))).toBeVisible();
    await expect.poll(() => notifications.shown()).toEqual([]);
  });
  expect(pushService.faults).toEqual([]);
});

test('ALE-8 taken by a colleague: the push closes the notification on the device that still shows it', async ({
  hospital,
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const ward = await newTablet();
  const onCall = await newTablet({ personal: true, subscription: phone.subscription });
  const colleague = await newTablet();
  await Promise.all([
    ward.signIn(people.requester),
    onCall.signIn(people.onCall),
    colleague.signIn(people.colleague),
  ]);
  await onCall.reachable();
  const request = toCardiology('routine');
  const path = await send(ward, request);
  const notifications = await openNotifications(onCall.page, hospital.origin);
  const { payload: call } = await pushTo(phone, path);
  await notifications.deliver({ ...call, lang: 'ur' });
  // UX-3 in the language of whoever is called.
  await expect
    .poll(() => notifications.shown())
    .toEqual([expect.objectContaining({ body: aboutWords(call, 'ur') })]);

  // The worker alone: no page of the app is open that could close it.
  await onCall.page.goto('about:blank');
  await colleague.inbox
    .card(request.question)
    .locator('xpath=ancestor::li')
    .getByRole('button', { name: wordsLike('come_from_list_for') })
    .click();
  await colleague.page
    .getByRole('button', { name: words('common_minutes', { minutes: 30 }) })
    .first()
    .click();
  await expect(
    ward.consult.line(
      words('consult_story_coming', {
        name: people.colleague.name,
        time: words('common_minutes', { minutes: 30 }),
      }),
    ),
  ).toBeVisible();
  await notifications.deliver((await pushTo(phone, path, 'stand-down')).payload);
  await onCall.open('/more');
  await expect.poll(() => notifications.shown()).toEqual([]);
});

test('OFF-9 ALE-9 a test alert on the readiness page is followed until this device has shown it', async ({
  hospital,
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const onCall = await newTablet({ personal: true, subscription: phone.subscription });
  await onCall.signIn(people.onCall);
  await onCall.reachable();
  const pages = new AlertsPages(() => onCall.page);
  // What was there before this sign-in is old news.
  await expect.poll(() => pages.unread()).toBe(0);

  await onCall.header.go('more');
  await onCall.page.getByRole('link', { name: words('readiness_title') }).click();
  await expect(pages.verdict).not.toContainText(words('readiness_verdict_asking'), { timeout: 15_000 });
  await expect(pages.point(words('readiness_permission'))).toContainText(words('readiness_permission_good'));
  await expect(pages.point(words('readiness_subscription'))).toContainText(
    words('readiness_subscription_good'),
  );
  await expect(pages.point(words('readiness_version'))).toContainText(words('readiness_version_good'));

  await pages.sendTest.click();
  await expect(pages.test).toContainText(wordsLike('test_sent', { channel: words('test_channel_push') }));
  const notifications = await openNotifications(onCall.page, hospital.origin);
  await notifications.deliver((await pushTo(phone, null, 'alert', 'test')).payload);
  await expect(pages.test).toContainText(/\d\d:\d\d:\d\d/);
  await expect(pages.test).toContainText(wordsLike('test_shown_here'));
  await expect(pages.test).toContainText(words('test_good'));

  await onCall.header.go('alerts');
  await pages.row(words('alerts_test')).first().click();
  await expect(onCall.page).toHaveURL(/\/readiness$/);
});

test('ALE-7 a stopped engine and a silent server are said on every screen', async ({ newTablet }) => {
  const tablet = await newTablet();
  // The server's beats, with the engine's lateness put in: everything after the network is real.
  await tablet.context.addInitScript(() => {
    const real = window.fetch.bind(window);
    window.fetch = async (...asked: Parameters<typeof fetch>) => {
      const response = await real(...asked);
      const [where] = asked;
      const path = where instanceof Request ? where.url : String(where);
      if (!path.includes('/stream') || response.body === null) return response;
      const late = new TransformStream<string, string>({
        transform(text, out) {
          const seconds = localStorage.getItem('test-late') ?? '0';
          out.enqueue(text.replaceAll(/"watcherLateSeconds":\d+/g, `"watcherLateSeconds":${seconds}`));
        },
      });
      const body = response.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .pipeThrough(late)
        .pipeThrough(new TextEncoderStream());
      return new Response(body, response);
    };
  });
  await tablet.context.clock.install();
  await tablet.signIn(people.onCall);
  const bars = new AlertsPages(() => tablet.page);
  const stopped = bars.bar(words('watch_stopped_do'));
  await expect(stopped).toBeHidden();

  await test.step('the engine stands still', async () => {
    await tablet.page.evaluate(() => localStorage.setItem('test-late', '150'));
    await expect(stopped).toContainText(
      words('watch_stopped', { time: words('common_minutes', { minutes: 3 }) }),
      { timeout: 40_000 },
    );
    await tablet.header.go('more');
    await expect(stopped).toBeVisible();
    await tablet.page.evaluate(() => localStorage.setItem('test-late', '0'));
    await expect(stopped).toBeHidden({ timeout: 40_000 });
  });

  await test.step('the server is silent for more than two minutes', async () => {
    await tablet.loseNetwork();
    await tablet.page.clock.fastForward(125_000);
    await expect(bars.bar(words('watch_silent_do'))).toBeVisible();
    await tablet.findNetwork();
    await tablet.page.clock.fastForward(30_000);
    await expect(bars.bar(words('watch_silent_do'))).toBeHidden({ timeout: 40_000 });
  });
});

test('ALE-2 ALE-9 preferences are kept at the server; the sender sees who is called and how alive their devices are', async ({
  newTablet,
  pushService,
}) => {
  const phone = pushService.subscribe();
  const onCall = await newTablet({ personal: true, subscription: phone.subscription });
  const ward = await newTablet();
  await Promise.all([onCall.signIn(people.onCall), ward.signIn(people.requester)]);
  await onCall.reachable();

  await test.step('routine alerts rest at night', async () => {
    await onCall.open('/settings/alerts');
    const quiet = onCall.page.getByRole('checkbox', { name: words('preferences_quiet') });
    await quiet.check();
    await onCall.page.getByLabel(words('preferences_quiet_from')).fill('23:30');
    await onCall.page.getByRole('button', { name: words('preferences_save'), exact: true }).click();
    await expect(onCall.page.getByText(wordsLike('preferences_saved'))).toBeVisible();
    await onCall.open('/settings/alerts');
    await expect(quiet).toBeChecked();
    await expect(onCall.page.getByLabel(words('preferences_quiet_from'))).toHaveValue('23:30');
  });

  await test.step('without a network nothing is changed, and that is said', async () => {
    await onCall.loseNetwork();
    await onCall.page.getByRole('checkbox', { name: words('preferences_quiet') }).uncheck();
    await onCall.page.getByRole('button', { name: words('preferences_save'), exact: true }).click();
    await expect(onCall.page.getByText(words('preferences_not_saved_offline'))).toBeVisible();
  });

  await test.step('UX-3 the language of alerts waits for the network, and goes when there is one', async () => {
    await onCall.page.getByRole('link', { name: words('settings_title') }).click();
    const language = onCall.page.getByRole('region', { name: words('settings_language') });
    await language.getByRole('radio', { name: ownNames.ur }).check();
    await expect(language).toContainText(words('settings_language_waiting'));
    await onCall.findNetwork();
    await expect(language).toContainText(words('settings_language_saved'));
    await expect(language.getByRole('radio', { name: ownNames.ur })).toBeChecked();
  });

  await test.step('before sending: who is called', async () => {
    await ward.header.go('new');
    await ward.compose.fill(toCardiology('emergency'));
    const called = ward.page.getByRole('region', { name: words('reach_title') });
    await expect(called.getByRole('listitem').filter({ hasText: doctor })).toContainText(
      new RegExp(`${words('reach_heard_now')}|${wordsLike('reach_heard').source}`),
    );
    await expect(called).toContainText(wordsLike('reach_as_of'));
    await ward.loseNetwork();
    await ward.compose.urgency('urgent').check();
    await expect(called).toContainText(words('reach_not_confirmed'));
    await ward.findNetwork();
  });
});
