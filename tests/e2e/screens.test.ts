import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { devices } from '@playwright/test';
import { administrator, people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';
import { AdminPages } from './pages/admin-pages.ts';

const folder = 'test-results/screens';
interface Look {
  readonly width: number;
  readonly height: number;
  readonly time: 'day' | 'night';
}
/**
 * Each size and each theme once in every run; `SCREENS=all` looks at the other pairs too. The phone has the layout of the upright tablet and the
 * colours of the day, which are looked through for accessibility there: in a usual run its own faults are words over words and what is too wide.
 */
const always: readonly Look[] = [
  { width: 1280, height: 800, time: 'day' },
  { width: 800, height: 1280, time: 'night' },
  { width: 390, height: 844, time: 'day' },
];
const others: readonly Look[] = [
  { width: 1280, height: 800, time: 'night' },
  { width: 800, height: 1280, time: 'day' },
  { width: 390, height: 844, time: 'night' },
];
const isWhole = process.env['SCREENS'] === 'all';
const looks = isWhole ? [...always, ...others] : always;
const colorSchemes = { day: 'light', night: 'dark' } as const;
const grave = new Set(['serious', 'critical']);

interface Fault {
  readonly screen: string;
  readonly rule: string;
  readonly where: string;
}

/** Words that lie over other words where what matters most stands: who it is about, and the alarm. */
const overlapping = (page: Tablet['page']): Promise<string[]> =>
  page.evaluate(() => {
    const words = [...document.querySelectorAll('article > header *, [role="alert"] *')].filter(
      (element) => element.childElementCount === 0 && element.textContent.trim() !== '',
    );
    const rects = words.map((element) => ({
      text: element.textContent,
      rect: element.getBoundingClientRect(),
    }));
    return rects.flatMap(({ text, rect }, at) =>
      rects
        .slice(at + 1)
        .filter(
          ({ rect: other }) =>
            Math.min(rect.right, other.right) - Math.max(rect.left, other.left) > 2 &&
            Math.min(rect.bottom, other.bottom) - Math.max(rect.top, other.top) > 4,
        )
        .map((other) => `${text} | ${other.text}`),
    );
  });

for (const { width, height, time } of looks) {
  const colorScheme = colorSchemes[time];
  const size = `${width}x${height}`;

  test(`UX-1 UX-5 every screen by ${time} at ${size}: no serious accessibility fault, nothing wider than the tablet`, async ({
    newTablet,
  }, testInfo) => {
    testInfo.setTimeout(300_000);
    mkdirSync(folder, { recursive: true });
    const faults: Fault[] = [];
    const context = {
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce' as const,
      ...(width < 500 ? { isMobile: true, deviceScaleFactor: devices['iPhone 13'].deviceScaleFactor } : {}),
    };
    let number = 0;

    async function look(tablet: Tablet, screen: string): Promise<void> {
      const { page } = tablet;
      number += 1;
      await page.screenshot({
        path: `${folder}/${size}-${time}-${String(number).padStart(2, '0')}-${screen}.png`,
        animations: 'disabled',
      });
      const { violations } =
        width < 500 && !isWhole
          ? { violations: [] }
          : await new AxeBuilder({ page })
              // What passes is not carried over: on a full list it is most of the work.
              .options({ resultTypes: ['violations'], iframes: false })
              .analyze();
      for (const { id, impact, nodes } of violations)
        if (typeof impact === 'string' && grave.has(impact))
          for (const { target } of nodes) faults.push({ screen, rule: id, where: target.join(' ') });
      for (const where of await overlapping(page)) faults.push({ screen, rule: 'words over words', where });
      for (const dir of ['ltr', 'rtl']) {
        await page.evaluate((to) => void (document.documentElement.dir = to), dir);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) faults.push({ screen, rule: `wider than the screen (${dir})`, where: `${over} px` });
      }
      await page.evaluate(() => void (document.documentElement.dir = 'ltr'));
    }

    const asked = await newTablet({ context });
    await asked.open();
    await expect(asked.page.getByRole('heading', { name: words('session_demo_people') })).toBeVisible();
    await look(asked, 'sign-in');
    asked.forgive(/status of 401/);
    await asked.signInPage.signIn(people.onCall.email, 'not the password');
    await expect(asked.signInPage.failure).toBeVisible();
    await look(asked, 'sign-in-refused');
    await asked.signIn(people.onCall);
    await expect(asked.inbox.cards().first()).toBeVisible();
    await look(asked, 'inbox-department');
    await asked.page.getByRole('button', { name: words('inbox_mine') }).click();
    await look(asked, 'inbox-mine');
    await asked.page.getByRole('searchbox', { name: words('inbox_search') }).fill('nobody of this name');
    await look(asked, 'inbox-search-nothing');
    await asked.open('/');
    await asked.inbox.card(words('common_clock_acknowledged')).first().click();
    await expect(asked.consult.story).toBeVisible();
    await look(asked, 'consult-waiting');
    await asked.consult.button(words('consult_more')).click();
    await look(asked, 'consult-more');
    await asked.consult.dialog.getByRole('button', { name: words('consult_act_info_requested') }).click();
    await asked.consult.dialog.getByRole('button', { name: words('consult_save_ask'), exact: true }).click();
    await look(asked, 'consult-ask-missing');
    await asked.open('/alerts');
    await look(asked, 'alerts');

    const asking = await newTablet({ context });
    await asking.signIn(people.requester);
    await asking.open('/sent');
    await expect(asking.inbox.cards(asking.inbox.sentList).first()).toBeVisible();
    await look(asking, 'sent');
    await asking.inbox
      .cards(asking.inbox.sentList)
      .filter({ hasText: words('common_status_completed') })
      .first()
      .click();
    await expect(asking.consult.answer).toBeVisible();
    await look(asking, 'consult-answered');
    await asking.open('/sent');
    await asking.page.getByRole('button', { name: words('inbox_sent_ended') }).click();
    await expect(asking.inbox.cards(asking.inbox.sentList).first()).toBeVisible();
    await look(asking, 'sent-ended');
    await asking.open('/new');
    await expect(asking.compose.patientSearch).toBeVisible();
    await look(asking, 'new-empty');
    await asking.compose.send.click();
    await look(asking, 'new-missing');
    await asking.compose.fill(toCardiology('emergency'));
    await asking.page.getByRole('textbox', { name: words('consult_vital_respirations') }).fill('26');
    await asking.page.getByRole('textbox', { name: words('consult_vital_systolic') }).fill('84');
    await look(asking, 'new-vitals');
    await asking.compose.urgency('emergency').scrollIntoViewIfNeeded();
    await look(asking, 'new-emergency');
    for (const [path, screen] of [
      ['/more', 'more'],
      ['/patients', 'patients'],
      ['/lists', 'lists'],
      ['/settings', 'settings'],
      ['/rota', 'rota'],
      ['/tablet', 'tablet'],
      ['/no-such-place', 'not-found'],
    ] as const) {
      await asking.open(path);
      await expect(asking.page.getByRole('main')).toBeVisible();
      if (screen === 'patients') await asking.compose.patientSearch.fill('W4');
      await look(asking, screen);
    }
    await asking.open('/patients');
    await asking.compose.choosePatient('W4');
    await expect(asking.page.getByRole('heading', { name: words('patient_about') })).toBeVisible();
    await look(asking, 'patient');
    await asking.open('/more');
    await asking.page.getByRole('button', { name: words('session_sign_out') }).click();
    await look(asking, 'sign-out');

    const administering = await newTablet({ context });
    await administering.signIn(administrator);
    const admin = new AdminPages(() => administering.page);
    await administering.open('/admin');
    await expect(admin.main.getByRole('link', { name: words('admin_staff_title') })).toBeVisible();
    await look(administering, 'admin');
    await administering.open('/admin/staff');
    await expect(admin.main.getByRole('listitem').first()).toBeVisible();
    await look(administering, 'admin-staff');
    await admin.main.getByRole('listitem').first().getByRole('link').click();
    await expect(admin.main.getByRole('region', { name: words('admin_sessions') })).toBeVisible();
    await look(administering, 'admin-person');
    await administering.open('/admin/staff/new');
    await admin.main.getByRole('button', { name: words('admin_staff_create') }).click();
    await expect(admin.main.getByText(words('admin_fault_name_missing'))).toBeVisible();
    await look(administering, 'admin-person-missing');
    await admin.openDepartment('Cardiology');
    await look(administering, 'admin-department');
    await admin.part('admin_tab_escalation');
    await admin.step(4).getByRole('button').first().click();
    await look(administering, 'admin-escalation');
    await administering.open('/admin/organisation');
    await expect(admin.field('admin_organisation_name')).toBeVisible();
    await look(administering, 'admin-organisation');
    await administering.open('/admin/permissions');
    await admin.choose('admin_matrix_person', people.head.name);
    await look(administering, 'admin-permissions');

    await asking.loseNetwork();
    await asking.context.clock.install();
    await asking.open('/new');
    // The patient of the draft comes from the storage a moment after the draft.
    await expect(asking.page.getByRole('button', { name: words('compose_patient_change') })).toBeVisible();
    await asking.compose.send.click();
    await expect(asking.consult.question).toBeVisible();
    await asking.workFor({ minutes: 11 });
    await expect(asking.header.alarm).toBeVisible();
    await look(asking, 'alarm');
    await asking.open('/tablet');
    await expect(asking.header.alarm).toBeVisible();
    await look(asking, 'tablet-waiting');
    await asking.open('/');
    await look(asking, 'inbox-stale');
    await asking.lock.button.click();
    await expect(asking.lock.password).toBeVisible();
    await look(asking, 'locked');
    await asking.lock.back.click();
    await expect(asking.lock.who).toBeVisible();
    await look(asking, 'who-are-you');
    expect(faults).toEqual([]);
  });
}
