import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

test('CON-12 a head acknowledges and assigns several at once; what cannot be is left and says why', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const head = await newTablet();
  await Promise.all([ward.signIn(people.requester), head.signIn(people.head)]);
  // Nobody on call takes routine ones by a rule: they wait for somebody who gives them out.
  const request = toCardiology('routine');
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.question).toContainText(request.question);

  const { page } = head;
  await page.getByRole('link', { name: words('lists_open') }).click();
  const kinds = page.getByRole('group', { name: words('lists_which') });
  await kinds.getByRole('button', { name: words('lists_department') }).click();
  await expect(head.inbox.card(request.question)).toBeVisible();

  await page.getByRole('button', { name: words('lists_choose'), exact: true }).click();
  const rowOf = (text: string) => page.getByRole('listitem').filter({ hasText: text });
  await rowOf(request.question).getByRole('checkbox').check();
  // One that a doctor has promised to come to.
  await rowOf(words('common_clock_promise')).first().getByRole('checkbox').check();
  await expect(page.getByText(words('lists_chosen', { count: 2 }))).toBeVisible();

  const bar = page.getByRole('group', { name: words('lists_choose') });
  await bar.getByRole('button', { name: words('lists_bulk_assign') }).click();
  const dialog = page.getByRole('dialog', { name: words('lists_bulk_assign') });
  await dialog.getByRole('combobox', { name: words('lists_bulk_to') }).selectOption(people.colleague.name);
  const rows = dialog.getByRole('list', { name: words('lists_bulk_rows') }).getByRole('listitem');
  await expect(rows).toHaveCount(2);
  const given = rows.filter({ hasText: words('lists_bulk_will', { name: people.colleague.name }) });
  await expect(given).toHaveCount(1);
  await dialog.getByRole('button', { name: words('lists_bulk_save', { count: 1 }) }).click();
  await expect(
    dialog.getByText(words('lists_bulk_summary', { done: 1, name: people.colleague.name, left: 1 })),
  ).toBeVisible();
  await expect(rows.filter({ hasText: 'has it already' })).toHaveCount(1);
  await dialog.getByRole('button', { name: words('lists_choose_done') }).click();

  await test.step('the requester sees who has it', async () => {
    await ward.header.go('sent');
    await expect(ward.inbox.card(request.question)).toContainText(people.colleague.name);
  });
});

test('CON-8 OFF-1 a saved filter is there after a restart without a network, and nothing is left out until it is used', async ({
  newTablet,
}) => {
  const tablet = await newTablet();
  await tablet.signIn(people.head);
  const { page } = tablet;
  await page.getByRole('link', { name: words('lists_open') }).click();
  const all = page.getByRole('list', { name: words('lists_all') }).getByRole('listitem');
  await expect(all.first()).toBeVisible();

  await page.getByRole('button', { name: words('lists_filter'), exact: true }).click();
  const dialog = page.getByRole('dialog', { name: words('lists_filter_title') });
  await dialog.getByRole('checkbox', { name: words('common_urgency_emergency') }).check();
  await dialog.getByRole('textbox', { name: words('lists_save_name') }).fill('Night round');
  await dialog.getByRole('button', { name: words('lists_save') }).click();
  await page.keyboard.press('Escape');
  await expect(
    page.getByText(words('lists_only', { words: words('common_urgency_emergency') })),
  ).toBeVisible();

  await tablet.loseNetwork();
  await page.reload();
  await expect(all.first()).toBeVisible();
  await expect(page.getByText(words('lists_only', { words: '' }))).toHaveCount(0);
  const saved = page.getByRole('list', { name: words('lists_saved') });
  await saved.getByRole('button', { name: 'Night round', exact: true }).click();
  await expect(
    page.getByText(words('lists_only', { words: words('common_urgency_emergency') })),
  ).toBeVisible();
  for (const card of await all.all())
    await expect(card).toContainText(words('common_urgency_emergency'), { ignoreCase: true });
  await saved.getByRole('button', { name: words('lists_saved_delete', { name: 'Night round' }) }).click();
  await expect(saved).toHaveCount(0);
});
