import type { Locator } from '@playwright/test';
import { rotaWeekAnswerSchema } from '#shared/directory/rota-protocol.ts';
import { fieldsOfShift } from '#shared/directory/rota-change.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { signInByApi } from './fixtures/api.ts';
import { people } from './fixtures/hospital.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

async function openRota(tablet: Tablet): Promise<void> {
  await tablet.header.go('more');
  await tablet.page.getByRole('link', { name: words('rota_about') }).click();
}

/** Holds a finger on it until it is lifted, then carries it that far. */
async function carry(tablet: Tablet, bar: Locator, byPx: number): Promise<void> {
  await bar.scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  if (box === null) throw new Error('nothing to carry');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const finger = await tablet.context.newCDPSession(tablet.page);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
  await expect(bar, 'lifted by the finger').toHaveClass(/lifted/);
  for (const part of [0.25, 0.5, 0.75, 1])
    await finger.send('Input.dispatchTouchEvent', {
      type: 'touchMove',
      touchPoints: [{ x: x + byPx * part, y }],
    });
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await finger.detach();
}

test('DEP-5 ADM-2 the head moves a turn with a finger, sees the gap, saves, and a doctor’s tablet shows it', async ({
  newTablet,
  hospital,
}) => {
  const head = await newTablet();
  await head.signIn(people.head);
  await openRota(head);
  await head.page.getByRole('link', { name: words('rota_edit_open') }).click();
  await head.page.getByRole('link', { name: words('rota_week_after') }).click();
  const grid = head.page.getByRole('group', { name: words('rota_edit_grid') });
  const first = grid.getByRole('region', { name: words('rota_tier_first') });
  const bars = first.locator('[data-shift]:not([disabled])');
  const unsaved = (count: number): Locator =>
    head.page.getByRole('heading', { name: words('rota_changes', { count }) });
  const gaps = first.getByRole('button', { name: new RegExp(`^${words('rota_nobody')},`) });
  const save = head.page.getByRole('button', { name: words('rota_save') });

  await expect(bars.nth(5)).toBeVisible();
  const moved = await bars.nth(4).getAttribute('data-shift');
  const other = await bars.nth(7).getAttribute('data-shift');
  const barOf = (id: string | null): Locator => first.locator(`[data-shift="${id ?? ''}"]`);
  await expect(gaps).toHaveCount(0);
  // About four hours of the line's seven days.
  await carry(head, barOf(moved), 28);
  await expect(unsaved(1)).toBeVisible();
  await expect(gaps).toHaveCount(1);
  await expect(barOf(moved)).toHaveAccessibleName(new RegExp(words('rota_edit_unsaved')));

  // The same with keys: away and back, then half an hour shorter.
  await barOf(other).focus();
  await head.page.keyboard.press('ArrowRight');
  await expect(barOf(other)).not.toBeFocused();
  await head.page.keyboard.press('ArrowLeft');
  await expect(barOf(other)).toBeFocused();
  await head.page.keyboard.press('Delete');
  await expect(barOf(other)).toHaveCount(0);
  await expect(unsaved(2)).toBeVisible();
  await head.page.keyboard.press('Control+z');
  await expect(barOf(other)).toBeVisible();
  await expect(unsaved(1)).toBeVisible();
  await barOf(other).focus();
  await head.page.keyboard.press('Shift+ArrowUp');
  await head.page.keyboard.press('Shift+ArrowDown');
  await expect(unsaved(1)).toBeVisible();

  // Meanwhile the same person, at a desk, gives that very turn another end.
  const desk = await signInByApi(hospital.origin, people.head);
  const place = new URL(head.page.url()).searchParams;
  const path = `/api/rota/${place.get('department') ?? ''}/${place.get('week') ?? ''}`;
  const { week } = rotaWeekAnswerSchema.parse(await (await desk.request('GET', path)).json());
  const held = week.shifts.find(({ id }) => id === moved);
  if (held === undefined) throw new Error('no such turn');
  const { endsAt } = fieldsOfShift(held);
  const edited = await desk.request('POST', `${path}/edit`, {
    changes: [
      {
        change: 'edit',
        shift: held.id,
        edit: { was: { endsAt }, becomes: { endsAt: addMinutes(endsAt, 60) } },
      },
    ],
  });
  expect(edited.status).toBe(200);
  head.forgive(/409/);
  await save.click();
  await expect(head.page.getByRole('heading', { name: words('rota_meet_title') })).toBeVisible();
  await expect(save).toBeDisabled();
  await head.page.getByRole('button', { name: words('rota_meet_take') }).click();
  await save.click();
  await expect(head.page.getByText(words('rota_edit_saved'))).toBeVisible();
  await expect(gaps).toHaveCount(1);
  await expect(save).toBeDisabled();

  const doctor = await newTablet();
  await doctor.signIn(people.onCall);
  await openRota(doctor);
  await expect(doctor.page.getByRole('link', { name: words('rota_edit_open') })).toBeHidden();
  const shown = doctor.page.getByRole('region', { name: words('rota_week') });
  await shown.getByRole('button', { name: words('rota_week_after') }).click();
  await expect(shown.getByText(words('rota_nobody'))).toHaveCount(1);
});

test('DEP-5 a doctor asks to swap a turn; the other agrees, and both tablets show it', async ({
  newTablet,
}) => {
  const asking = await newTablet();
  await asking.signIn(people.onCall);
  await openRota(asking);
  await asking.page
    .getByRole('button', { name: words('rota_swap_ask') })
    .first()
    .click();
  const form = asking.page.getByRole('dialog', { name: words('rota_swap_title') });
  await form.getByLabel(words('rota_swap_with')).selectOption({ label: people.colleague.name });
  await form.getByRole('button', { name: words('rota_swap_send') }).click();
  const swaps = (tablet: Tablet): Locator => tablet.page.getByRole('region', { name: words('rota_swaps') });
  await expect(swaps(asking)).toContainText(words('rota_swap_waits'));

  const asked = await newTablet();
  await asked.signIn(people.colleague);
  await openRota(asked);
  await expect(swaps(asked)).toContainText(people.onCall.name);
  await asked.page.getByRole('button', { name: words('rota_swap_agree') }).click();
  await expect(swaps(asked)).toContainText(words('rota_swap_written'));
  // The asking tablet hears of it by itself.
  await expect(swaps(asking)).toContainText(words('rota_swap_written'));
});
