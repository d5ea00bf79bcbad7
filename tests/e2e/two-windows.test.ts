import type { Request } from '@playwright/test';
import { pushItemSchema, pushRequestSchema } from '#shared/sync/protocol.ts';
import { buildWithVersion, removeBuild } from './fixtures/build.ts';
import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';

test('FM-8 OFF-1 two windows of one person show the same, and the one that is left goes on sending', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  const first = ward.page;
  const second = await ward.newWindow('/sent');
  const request = toCardiology();
  ward.use(second);
  await ward.header.confirmed();
  ward.use(first);
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(request.question);

  ward.use(second);
  await expect(ward.inbox.card(request.question)).toBeVisible();
  await first.close();
  await ward.inbox.card(request.question).click();
  await ward.consult.writeMessage('The troponin is back: 1200.');
  await expect(ward.consult.line('The troponin is back: 1200.')).toContainText(hasArrived);
  await asked.inbox.card(request.question).click();
  await expect(asked.consult.line('The troponin is back: 1200.')).toBeVisible();
});

test('FM-8 FM-9 the window that leads is frozen, thawed, and crashes: what is written in the other one is sent within seconds each time', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  await ward.signIn(people.requester);
  const first = ward.page;
  const second = await ward.newWindow('/sent');
  ward.use(second);
  await ward.header.confirmed();
  const leader = await ward.context.newCDPSession(first);
  await leader.send('Page.setWebLifecycleState', { state: 'frozen' });
  await ward.header.go('new');
  const request = toCardiology();
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(hasArrived, { timeout: 30_000 });

  await leader.send('Page.setWebLifecycleState', { state: 'active' });
  ward.use(first);
  await ward.header.go('sent');
  await expect(ward.inbox.card(request.question)).toContainText(hasArrived);

  ward.forgive(/crashed/);
  const crashed = first.waitForEvent('crash');
  // It is never answered: whoever should is gone.
  void leader.send('Page.crash').catch(() => undefined);
  await crashed;
  ward.use(second);
  await ward.consult.writeMessage('The troponin is back: 1200.');
  await expect(ward.consult.line('The troponin is back: 1200.')).toContainText(hasArrived);
  await first.close();
});

/** Which kinds of events went to the server and were answered, and how often each. */
function countSendings(tablet: Tablet): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  tablet.context.on('requestfinished', (request: Request) => {
    if (!request.url().endsWith('/api/sync/push')) return;
    for (const item of pushRequestSchema.parse(request.postDataJSON()).items) {
      const { type } = pushItemSchema.parse(item).event;
      sent.set(type, (sent.get(type) ?? 0) + 1);
    }
  });
  return sent;
}

test('FM-8 OFF-14 what is written offline in two windows shows in both, and each act is sent once', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  const first = ward.page;
  const second = await ward.newWindow('/sent');
  const sent = countSendings(ward);
  await ward.loseNetwork();
  const request = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));

  ward.use(second);
  await ward.inbox.card(request.question).click();
  await ward.consult.writeMessage('Written in the second window.');
  ward.use(first);
  await expect(ward.consult.line('Written in the second window.')).toContainText(
    words('consult_delivery_here'),
  );

  await ward.findNetwork();
  for (const page of [first, second]) {
    ward.use(page);
    await expect(ward.consult.line('Written in the second window.')).toContainText(hasArrived, {
      timeout: 40_000,
    });
  }
  await asked.inbox.card(request.question).click();
  await expect(asked.consult.line('Written in the second window.')).toHaveCount(1);
  expect([sent.get('submitted'), sent.get('message-posted')]).toEqual([1, 1]);
});

test('OFF-2 one draft open in two windows: what was not sent with the other is not lost, and not taken for sent', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  await ward.signIn(people.requester);
  const first = ward.page;
  const request = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(request);
  const second = await ward.newWindow('/new');
  ward.use(second);
  await expect(ward.compose.question).toHaveValue(request.question);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(request.question);

  ward.use(first);
  await ward.compose.history.fill('Only written in the first window.');
  const told = ward.page.getByRole('status').filter({ hasText: words('compose_sent_elsewhere') });
  await expect(told).toBeVisible();
  await expect(ward.compose.send).toBeDisabled();
  await told.getByRole('button', { name: words('compose_sent_elsewhere_another') }).click();
  await ward.compose.send.click();
  await expect(ward.consult.article).toContainText('Only written in the first window.');
  await ward.header.go('sent');
  await expect(ward.inbox.card(request.question)).toHaveCount(2);
});

test('FM-55 OPS-6 a newer app is offered in both windows; taken in one, the other changes over when nobody writes in it', async ({
  build,
  hospital,
  newTablet,
}) => {
  const newer = buildWithVersion(build, 'e2e-version-3');
  const ward = await newTablet();
  await ward.signIn(people.requester);
  ward.forgiveLostNetwork();
  const first = ward.page;
  const second = await ward.newWindow('/new');
  ward.use(second);
  await expect(ward.compose.patientSearch).toBeVisible();
  await hospital.start(newer);
  await ward.lookForUpdate();
  for (const page of [first, second]) {
    ward.use(page);
    await expect(ward.header.updateBanner).toBeVisible();
  }
  await ward.compose.history.pressSequentially('Half a word');
  const opened = second.evaluate(() => performance.timeOrigin);
  ward.use(first);
  const before = await first.evaluate(() => performance.timeOrigin);
  await ward.header.updateBanner.getByRole('button', { name: words('common_update_take') }).click();
  await expect
    .poll(
      () =>
        first
          .evaluate(() => (document.readyState === 'complete' ? performance.timeOrigin : 0))
          .catch(() => 0),
      {
        timeout: 30_000,
      },
    )
    .toBeGreaterThan(before);
  await ward.open('/settings');
  await expect(ward.page.getByText(words('settings_version', { version: newer.version }))).toBeVisible();

  ward.use(second);
  await ward.compose.history.pressSequentially(' and the rest');
  expect(await second.evaluate(() => performance.timeOrigin)).toBe(await opened);
  await ward.compose.history.blur();
  await expect(ward.compose.history).toHaveValue('Half a word and the rest');
  await expect
    .poll(() => second.evaluate(() => performance.timeOrigin).catch(() => null))
    .not.toBe(await opened);
  await expect(ward.compose.history).toHaveValue('Half a word and the rest');
  await expect(ward.header.updateBanner).toBeHidden();
  await hospital.stop();
  removeBuild(newer);
});
