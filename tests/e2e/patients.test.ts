import { people } from './fixtures/hospital.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { words, wordsLike } from './fixtures/words.ts';

/** Registers somebody at the bedside in a new consult, and sends it. Answers the question asked. */
async function registerAndAsk(tablet: Tablet, name: string, mrn: string): Promise<string> {
  const { page, compose } = tablet;
  const request = toCardiology('routine');
  await tablet.header.go('new');
  await compose.patientSearch.fill(name);
  await page.getByRole('button', { name: words('compose_patient_register', { typed: name }) }).click();
  await page
    .getByRole('group', { name: words('patient_sex'), exact: true })
    .getByRole('radio', { name: words('patient_sex_male'), exact: true })
    .check();
  await page.getByRole('textbox', { name: words('patient_ward'), exact: true }).fill('W77');
  await page.getByRole('textbox', { name: words('patient_mrn') }).fill(mrn);
  await compose.urgency(request.urgency).check();
  await compose.chooseDepartment(request.department);
  for (const [question, answer] of Object.entries(request.intake ?? {}))
    await page
      .getByRole('group', { name: question })
      .getByRole('radio', { name: answer, exact: true })
      .check();
  await compose.question.fill(request.question);
  await compose.reason.fill(request.reason);
  await compose.send.click();
  await expect(tablet.consult.question).toContainText(request.question);
  return request.question;
}

async function openPatient(tablet: Tablet, name: string): Promise<void> {
  await tablet.header.go('more');
  await tablet.page.getByRole('link', { name: words('patient_search_title') }).click();
  await tablet.compose.patientSearch.fill(name);
  await tablet.compose.patientsFound.filter({ hasText: name }).first().click();
  await expect(tablet.page.getByRole('heading', { level: 1 })).toContainText(name);
}

test('PAT-1 PAT-3 one MRN registered on two tablets without a network is joined, and the joining is undone', async ({
  newTablet,
}) => {
  const one = await newTablet();
  const two = await newTablet();
  await Promise.all([one.signIn(people.requester), two.signIn(people.requester)]);
  await Promise.all([one.loseNetwork(), two.loseNetwork()]);
  const mrn = 'E2E-4711';
  const asked = await registerAndAsk(one, 'Zafrullah Khan', mrn);
  const askedToo = await registerAndAsk(two, 'Zafarullah Khaan', mrn);
  await one.findNetwork();
  await two.findNetwork();

  await openPatient(one, 'Zafrullah Khan');
  const { page } = one;
  const history = page.getByRole('region', { name: words('patient_consults') });
  await expect(history).toContainText(asked);
  await test.step('both stand side by side, and one says which stays', async () => {
    await page.getByRole('button', { name: words('patient_shares_compare') }).click();
    const dialog = page.getByRole('dialog', { name: words('patient_join_title') });
    await expect(dialog.getByRole('row').filter({ hasText: words('patient_name') })).toContainText(
      'Zafarullah Khaan',
    );
    await dialog.getByRole('radio', { name: words('patient_join_this') }).check();
    await dialog.getByRole('textbox', { name: words('patient_reason') }).fill('Same wristband');
    await dialog.getByRole('button', { name: words('patient_join_save') }).click();
    await expect(dialog).toBeHidden();
  });
  await test.step('the other’s consult follows', async () => {
    await expect(history).toContainText(askedToo);
    await expect(page.getByRole('button', { name: words('patient_shares_compare') })).toHaveCount(0);
  });
  await test.step('undone, each has its own again', async () => {
    await page.getByRole('link', { name: words('patient_shares_open') }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Zafarullah Khaan');
    await page.getByRole('button', { name: words('patient_separate') }).click();
    const dialog = page.getByRole('dialog', { name: words('patient_separate') });
    await dialog.getByRole('textbox', { name: words('patient_reason') }).fill('Two brothers');
    await dialog.getByRole('button', { name: words('patient_separate') }).click();
    await expect(history).toContainText(askedToo);
    await expect(history).not.toContainText(asked);
    await expect(page.getByRole('button', { name: words('patient_shares_compare') })).toBeVisible();
  });
});

test('promise 5 another department’s patient is recognised, opens only for a reason, and is not kept on the tablet', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const stranger = await newTablet();
  await Promise.all([ward.signIn(people.requester), stranger.signIn(people.head)]);
  // A patient only their own ward knows: nobody has been asked about them.
  const name = 'Quddusia Zehra';
  await ward.header.go('new');
  const session = ward.page;
  await ward.compose.patientSearch.fill(name);
  await session.getByRole('button', { name: words('compose_patient_register', { typed: name }) }).click();
  await session
    .getByRole('group', { name: words('patient_sex'), exact: true })
    .getByRole('radio', { name: words('patient_sex_female'), exact: true })
    .check();
  await session.getByRole('textbox', { name: words('patient_ward'), exact: true }).fill('W78');
  await session.getByRole('textbox', { name: words('patient_mrn') }).fill('E2E-998877');
  const request = toCardiology('routine');
  await ward.compose.urgency('routine').check();
  await ward.compose.chooseDepartment('Nephrology');
  await ward.compose.question.fill(request.question);
  await ward.compose.reason.fill(request.reason);
  await ward.compose.send.click();
  await expect(
    ward.consult.line(
      words('consult_story_submitted', { name: people.requester.name, department: 'Nephrology' }),
    ),
  ).toBeVisible();

  const { page } = stranger;
  await stranger.open('/patients');
  await stranger.compose.patientSearch.fill('Quddusia');
  await expect(page.getByText(words('compose_patient_none'))).toBeVisible();
  const found = page.getByRole('list', { name: words('patient_search_found_everywhere') }).getByRole('link');
  await expect(async () => {
    await page.getByRole('button', { name: words('patient_search_everywhere_button') }).click();
    await expect(found).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
  await expect(found).toContainText('Quddusia Z.');
  await expect(found).toContainText('…8877');
  await expect(found).not.toContainText('Zehra');

  stranger.forgive(/status of 404/);
  await found.click();
  await expect(page.getByRole('heading', { name: words('patient_open_title') })).toBeVisible();
  await page.getByRole('button', { name: words('patient_open_button') }).click();
  await expect(page.getByText(words('patient_open_why_missing'))).toBeVisible();
  await page.getByRole('radio', { name: words('patient_open_covering') }).check();
  await page.getByRole('button', { name: words('patient_open_button') }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  await expect(page.getByText(request.question)).toBeVisible();
  await expect(page.getByText(wordsLike('patient_record_not_kept'))).toBeVisible();

  await test.step('without a network nothing of it is here', async () => {
    await stranger.loseNetwork();
    await page.reload();
    await expect(page.getByText(words('patient_elsewhere_no_answer'))).toBeVisible();
    await expect(page.getByText('Zehra')).toHaveCount(0);
  });
});
