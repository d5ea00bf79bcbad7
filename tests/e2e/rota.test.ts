import { people } from './fixtures/hospital.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

test('DEP-5 OFF-1 who is on call now, the week and my shifts are read, also with no network', async ({
  newTablet,
}) => {
  const tablet = await newTablet();
  await tablet.signIn(people.onCall);
  await expect(tablet.inbox.cards().first()).toBeVisible();
  await tablet.header.go('more');
  await tablet.page.getByRole('link', { name: words('rota_about') }).click();
  const now = tablet.page.getByRole('region', { name: words('rota_now') });
  const week = tablet.page.getByRole('region', { name: words('rota_week') });
  const mine = tablet.page.getByRole('region', { name: words('rota_mine') });

  async function readIt(): Promise<void> {
    await expect(now.getByText(words('rota_tier_first'))).toBeVisible();
    await expect(now.getByText(people.onCall.name)).toBeVisible();
    await expect(now.getByRole('listitem')).toHaveCount(3);
    await expect(week.getByRole('region')).toHaveCount(7);
    await expect(mine.getByRole('listitem').first()).toContainText(words('rota_mine_now'));
  }
  await readIt();
  await week.getByRole('button', { name: words('rota_week_after') }).click();
  await expect(week.getByRole('region')).toHaveCount(7);

  await tablet.loseNetwork();
  await tablet.page.reload();
  await readIt();
});
