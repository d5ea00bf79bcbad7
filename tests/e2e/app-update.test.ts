import { buildWithVersion, removeBuild } from './fixtures/build.ts';
import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';

test('FM-52 FM-55 OPS-6 a newer app waits until nobody types, and what had not been sent survives it and is sent', async ({
  build,
  hospital,
  newTablet,
}) => {
  const newer = buildWithVersion(build, 'e2e-version-2');
  const ward = await newTablet();
  await ward.signIn(people.requester);
  ward.forgiveLostNetwork();

  await hospital.kill();
  const unsent = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(unsent);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(words('consult_delivery_here'));

  const typing = toCardiology('emergency');
  await ward.header.go('new');
  await ward.compose.fill(typing);
  // The app's own server answers for files only: what is unsent stays unsent until the new app is running.
  await ward.context.route('**/api/**', (route) => route.abort());
  await hospital.start(newer);
  await ward.compose.history.pressSequentially('Diabetic, two ');
  await ward.lookForUpdate();
  await ward.compose.history.pressSequentially('stents');
  await expect(ward.compose.history).toHaveValue('Diabetic, two stents');
  await expect(ward.header.updateBanner).toBeHidden();

  await ward.compose.history.blur();
  await expect(ward.header.updateBanner).toBeVisible();
  await ward.header.updateBanner.getByRole('button', { name: words('common_update_take') }).click();
  await expect(ward.compose.restored).toBeVisible();
  await expect(ward.compose.history).toHaveValue('Diabetic, two stents');
  await ward.open('/settings');
  await expect(ward.page.getByText(words('settings_version', { version: newer.version }))).toBeVisible();
  await ward.open('/sent');
  await expect(ward.inbox.card(unsent.question)).toContainText(words('consult_delivery_here'));

  await ward.context.unroute('**/api/**');
  await expect(ward.inbox.card(unsent.question)).toContainText(hasArrived, {
    timeout: 40_000,
  });
  await hospital.stop();
  removeBuild(newer);
});
