import type { Page } from '@playwright/test';
import { people } from './fixtures/hospital.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

const keptKey = 'hc-first-screen';
const rows = 'a[data-row]';

/** Waits until the inbox was kept for the next start. */
const kept = (page: Page): Promise<unknown> =>
  page.waitForFunction((key) => localStorage.getItem(key) !== null, keptKey);

/** From the next load on: what the kept screen said, and the order of the live rows when it left. */
const watchStart = (page: Page): Promise<unknown> =>
  page.addInitScript((selector) => {
    const textsOf = (root: ParentNode): string[] =>
      [...root.querySelectorAll(selector)].map((row) => row.getAttribute('href') ?? '');
    const told: { first: string[]; live: string[] } = { first: [], live: [] };
    Object.assign(window, { told });
    new MutationObserver(() => {
      const first = document.querySelector('[data-first]');
      if (first !== null) told.first = textsOf(first);
      else if (told.first.length > 0 && told.live.length === 0) told.live = textsOf(document);
    }).observe(document, { childList: true, subtree: true });
  }, rows);
interface Told {
  readonly first: readonly string[];
  readonly live: readonly string[];
}
const told = (page: Page): Promise<Told> => page.evaluate(() => Reflect.get(window, 'told') as Told);

test('OFF-3 the next start shows the inbox as it last stood, then the live one in its place', async ({
  newTablet,
}) => {
  const tablet = await newTablet();
  await tablet.signIn(people.onCall);
  const { page } = tablet;
  await expect(page.locator(rows).first()).toBeVisible();
  await kept(page);
  await watchStart(page);
  await page.goto('/');
  await expect.poll(async () => (await told(page)).live.length).toBeGreaterThan(0);
  const { first, live } = await told(page);
  expect(first.length).toBeGreaterThan(0);
  expect(live.slice(0, first.length)).toEqual(first);
  await expect(page.locator('[data-first]')).toHaveCount(0);
});

test('a tap on the kept screen opens that consult as soon as it can be opened', async ({ newTablet }) => {
  const tablet = await newTablet();
  await tablet.signIn(people.onCall);
  const { page } = tablet;
  await expect(page.locator(rows).first()).toBeVisible();
  await kept(page);
  await page.addInitScript((selector) => {
    const seen = new MutationObserver(() => {
      const row = document.querySelector<HTMLElement>(`[data-first] ${selector}`);
      if (row === null) return;
      seen.disconnect();
      row.click();
    });
    seen.observe(document, { childList: true, subtree: true });
  }, rows);
  await page.goto('/');
  await expect(page).toHaveURL(/\/consult\//);
  await expect(tablet.consult.article).toBeVisible();
});

test('signing out takes the kept screen away', async ({ newTablet }) => {
  const tablet = await newTablet();
  await tablet.signIn(people.onCall);
  const { page } = tablet;
  await expect(page.locator(rows).first()).toBeVisible();
  await kept(page);
  await tablet.open('/more');
  await page.getByRole('button', { name: words('session_sign_out') }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: words('session_sign_out') })
    .click();
  await expect(page.locator('input[type=password]')).toBeVisible();
  expect(await page.evaluate((key) => localStorage.getItem(key), keptKey)).toBeNull();
});
