import { readFileSync } from 'node:fs';
import type { DepartmentRecord } from '#shared/administration/departments.ts';
import type { StaffRecord } from '#shared/administration/staff.ts';
import { signInByApi, type ApiSession } from './fixtures/api.ts';
import { administrator, people } from './fixtures/hospital.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';
import { AdminPages } from './pages/admin-pages.ts';

async function answer<T>(session: ApiSession, method: string, path: string, body?: unknown): Promise<T> {
  const response = await session.request(method, path, body);
  expect([method, path, response.status]).toEqual([method, path, 200]);
  return (await response.json()) as T;
}

test('FM-27 ADM-2 two administrators change one department: each field stands beside the other’s, and what is chosen is saved', async ({
  hospital,
  newTablet,
}) => {
  const tablet = await newTablet();
  await tablet.signIn(administrator);
  const admin = new AdminPages(() => tablet.page);
  const api = await signInByApi(hospital.origin, administrator);

  // The head of Cardiology may manage departments from now on.
  const { staff } = await answer<{ staff: StaffRecord[] }>(api, 'GET', '/api/staff');
  const head = staff.find(({ fields }) => fields.name === people.head.name);
  if (head === undefined) throw new Error('the demo has no such head');
  const { permissions } = head.fields;
  await answer(api, 'PATCH', `/api/staff/${head.id}`, {
    was: { permissions },
    becomes: { permissions: [...permissions, 'manage-departments'] },
  });

  await admin.openDepartment('Cardiology');
  const extension = admin.field('admin_extension');
  const before = await extension.inputValue();
  await extension.fill('4999');
  await tablet.page.reload();
  await expect(admin.broughtBack).toBeVisible();
  await expect(extension).toHaveValue('4999');

  const other = await signInByApi(hospital.origin, people.head);
  const { departments } = await answer<{ departments: DepartmentRecord[] }>(other, 'GET', '/api/departments');
  const cardiology = departments.find(({ fields }) => fields.code === 'CARD');
  if (cardiology === undefined) throw new Error('the demo has no Cardiology');
  const path = `/api/departments/${cardiology.id}`;
  await answer(other, 'PATCH', path, {
    was: { extension: before, email: cardiology.fields.email },
    becomes: { extension: '4777', email: 'heart@sahil-hospital.example' },
  });

  tablet.forgive(/status of 409/);
  await admin.saveButton.click();
  await expect(admin.meeting).toContainText(people.head.name);
  await expect(admin.meeting).toContainText('4777');
  await expect(admin.field('admin_email')).toHaveValue('heart@sahil-hospital.example');
  // Nothing was overwritten, and nothing is sent before somebody has chosen.
  await admin.saveButton.click();
  await expect(
    admin.main.getByRole('status').filter({ hasText: words('admin_choose_first', { count: 1 }) }),
  ).toBeVisible();
  expect((await answer<DepartmentRecord>(other, 'GET', path)).fields.extension).toBe('4777');

  await admin.choice('admin_extension', 'mine').check();
  await admin.save();
  await expect(admin.meeting).toBeHidden();
  const { fields } = await answer<DepartmentRecord>(other, 'GET', path);
  expect(fields).toMatchObject({ extension: '4999', email: 'heart@sahil-hospital.example' });
});

test('ADM-1 a doctor sees no administration and is refused by address; a head says who receives and nothing else', async ({
  hospital,
  newTablet,
}) => {
  const [doctor, head] = await Promise.all([newTablet(), newTablet()]);
  await Promise.all([doctor.signIn(people.onCall), head.signIn(people.head)]);
  await doctor.open('/more');
  await expect(doctor.page.getByRole('link', { name: words('settings_title') })).toBeVisible();
  await expect(doctor.page.getByRole('link', { name: words('admin_title') })).toHaveCount(0);
  const refused = new AdminPages(() => doctor.page);
  for (const path of ['staff', 'staff/new', 'organisation']) {
    await doctor.open(`/admin/${path}`);
    await expect(refused.notYours).toBeVisible();
  }
  const api = await signInByApi(hospital.origin, people.onCall);
  for (const path of ['/api/staff', '/api/organisation'])
    expect([path, (await api.request('GET', path)).status]).toEqual([path, 403]);

  const admin = new AdminPages(() => head.page);
  await head.open('/more');
  await head.page.getByRole('link', { name: words('admin_title') }).click();
  await admin.openDepartment('Cardiology');
  await expect(admin.main.getByRole('tab')).toHaveCount(0);
  await expect(admin.field('admin_name')).toHaveCount(0);
  await admin.choose('admin_receiver', people.colleague.name);
  await admin.save();
  await head.page.reload();
  await expect(admin.combobox('admin_receiver')).toHaveValue(people.colleague.name);
});

test('DEP-7 the policy as it stands in the form says by name who would be woken tonight, and is stored as shown', async ({
  newTablet,
}) => {
  const tablet = await newTablet();
  await tablet.signIn(administrator);
  const admin = new AdminPages(() => tablet.page);
  await admin.openDepartment('Cardiology');
  await admin.part('admin_tab_escalation');
  await expect(admin.woken(people.head.name).first()).toBeVisible();
  await expect(admin.woken(people.requester.name)).toHaveCount(0);

  // The step that calls the head calls a doctor by name as well, and nobody has to save for the preview to know.
  const step = admin.step(4);
  await expect(step).toContainText(words('admin_who_head'));
  await step.getByRole('button').first().click();
  await step.getByRole('combobox', { name: words('admin_step_person') }).fill(people.requester.name);
  await tablet.page.keyboard.press('Enter');
  await expect(step).toContainText(people.requester.name);
  await expect(admin.woken(people.requester.name).first()).toBeVisible();

  // Out of order nothing is played, and it is said at the step.
  const after = step.getByRole('textbox', { name: words('admin_step_after') });
  const minutes = await after.inputValue();
  await after.fill('1');
  await expect(step).toContainText(words('admin_policy_out_of_order'));
  await expect(admin.main.getByText(words('admin_play_not_playable'))).toBeVisible();
  await after.fill(minutes);
  await admin.save();
  await tablet.page.reload();
  await expect(admin.step(4)).toContainText(people.requester.name);
});

test('PEO-1 AUD-1 a doctor who leaves hands over what is open; the audit shows who did it and when, and takes it along as a file', async ({
  newTablet,
}) => {
  const tablet = await newTablet();
  await tablet.signIn(administrator);
  const { page } = tablet;
  const admin = new AdminPages(() => page);
  await test.step('her open consults go to a colleague', async () => {
    await tablet.open('/admin/staff');
    await admin.main.getByRole('searchbox', { name: words('admin_staff_search') }).fill(people.onCall.name);
    await admin.main.getByRole('link', { name: people.onCall.name }).click();
    await admin.main.getByRole('button', { name: words('admin_deactivate') }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: words('admin_hand_over_person') }).check();
    await dialog.getByRole('combobox', { name: words('admin_hand_over_to') }).fill(people.colleague.name);
    await dialog.getByRole('option', { name: people.colleague.name }).first().click();
    await dialog.getByRole('button', { name: words('admin_deactivate') }).click();
    await expect(dialog).toBeHidden();
    await expect(admin.main.getByText(words('admin_inactive_section'), { exact: true })).toBeVisible();
    await expect(admin.main.getByText(/handed over\.$/)).toBeVisible();
  });

  await test.step('the audit finds it by what was done', async () => {
    await tablet.open('/admin');
    await admin.main.getByRole('link', { name: words('admin_audit') }).click();
    await expect(admin.main.getByRole('link', { name: words('admin_title') })).toBeVisible();
    const what = admin.main.getByRole('combobox', { name: words('audit_what') });
    const entry = admin.main
      .getByRole('list', { name: words('audit_title') })
      .getByRole('listitem')
      .filter({ hasText: words('audit_did_staff_deactivate') });
    // It is moved into the audit behind the answer: who looks at once looks again.
    await expect(async () => {
      await what.selectOption('');
      await what.selectOption('staff');
      await expect(entry).toHaveCount(1, { timeout: 2_000 });
    }).toPass();
    await expect(entry).toContainText(administrator.name);
    await expect(entry).toContainText(people.onCall.name);
  });

  await test.step('and the file holds it too', async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      admin.main.getByRole('button', { name: words('audit_export_csv') }).click(),
    ]);
    const lines = readFileSync(await file.path(), 'utf8').split('\r\n');
    expect(lines.filter((line) => line.includes(',staff.deactivate,'))).toHaveLength(1);
    expect(lines.some((line) => line.includes('consult.'))).toBe(false);
  });
});
