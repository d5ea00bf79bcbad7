import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived, words } from './fixtures/words.ts';

test('CON-4 a declined request says why and how the patient gets help, from where the requester goes on', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const head = await newTablet();
  await Promise.all([ward.signIn(people.requester), head.signIn(people.head)]);
  const request = toCardiology();
  await ward.header.go('new');
  const patient = await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(hasArrived);
  const { dialog } = head.consult;
  const decline = async (): Promise<void> => {
    await head.consult.more(words('consult_act_declined'));
    await expect(dialog.getByRole('heading', { name: words('consult_act_declined') })).toBeVisible();
  };
  const save = dialog.getByRole('button', { name: words('consult_save_declined'), exact: true });
  const reason = dialog.getByRole('textbox', { name: words('consult_field_reason') });
  const declined = words('consult_story_declined', { name: people.head.name });
  await head.inbox.card(request.question).click();

  await test.step('never without a way forward', async () => {
    await decline();
    await save.click();
    await expect(dialog).toContainText(words('consult_way_missing'));
    await expect(dialog).toContainText(words('consult_field_reason_missing'));
  });

  await test.step('with advice: it stands above the background, and can be accepted or asked again', async () => {
    await dialog.getByRole('radio', { name: words('consult_way_advice') }).check();
    await dialog.getByRole('textbox', { name: words('consult_way_advice_text') }).fill('Furosemide 40 mg.');
    await reason.fill('Seen in the clinic last week.');
    await save.click();
    const section = ward.consult.section(declined);
    await expect(section).toContainText('Seen in the clinic last week.');
    await expect(section).toContainText(words('consult_story_way_advice', { advice: 'Furosemide 40 mg.' }));
    await expect(ward.consult.button(words('consult_act_closed_declined'))).toBeVisible();
    await ward.consult.button(words('consult_act_resubmitted')).click();
    await ward.consult.dialog.getByRole('textbox').fill('New changes in V2 to V4.');
    await ward.consult.dialog
      .getByRole('button', { name: words('consult_act_resubmitted'), exact: true })
      .click();
    await expect(section).toBeHidden();
    await expect(head.consult.line('New changes in V2 to V4.')).toBeVisible();
  });

  await test.step('agreed by phone', async () => {
    await decline();
    await dialog.getByRole('radio', { name: words('consult_way_phone') }).check();
    await dialog.getByRole('textbox', { name: words('consult_way_with') }).fill('Dr Raza');
    await reason.fill('Talked it through.');
    await save.click();
    await expect(ward.consult.section(declined)).toContainText(
      words('consult_story_way_phone', { with: 'Dr Raza' }),
    );
    await ward.consult.button(words('consult_act_resubmitted')).click();
    await ward.consult.dialog.getByRole('textbox').fill('Worse since.');
    await ward.consult.dialog
      .getByRole('button', { name: words('consult_act_resubmitted'), exact: true })
      .click();
    await expect(head.consult.line('Worse since.')).toBeVisible();
  });

  await test.step('another department: one tap asks it about the same patient', async () => {
    await decline();
    await dialog.getByRole('radio', { name: words('consult_way_department') }).check();
    await dialog.getByRole('combobox').selectOption({ label: 'Neurology' });
    await reason.fill('Not the heart.');
    await save.click();
    await ward.consult
      .section(declined)
      .getByRole('link', { name: words('consult_ask_department', { department: 'Neurology' }) })
      .click();
    await expect(ward.page.getByRole('main')).toContainText(patient);
    await expect(ward.page.getByRole('main')).toContainText('Neurology');
    await expect(ward.compose.question).toHaveValue('');
  });
});

test('CON-4 passed to another department: it starts anew there, and both sides see where it went', async ({
  newTablet,
}) => {
  const ward = await newTablet();
  const head = await newTablet();
  await Promise.all([ward.signIn(people.requester), head.signIn(people.head)]);
  const request = toCardiology('emergency');
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await head.inbox.card(request.question).click();
  await head.consult.more(words('consult_act_redirected'));
  await head.consult.dialog.getByRole('combobox').selectOption({ label: 'Neurology' });
  await head.consult.dialog
    .getByRole('textbox', { name: words('consult_field_reason') })
    .fill('This is a stroke.');
  await head.consult.dialog
    .getByRole('button', { name: words('consult_save_redirected'), exact: true })
    .click();
  const passed = words('consult_story_redirected', { name: people.head.name, department: 'Neurology' });
  for (const tablet of [ward, head])
    await expect(tablet.consult.line(passed)).toContainText('This is a stroke.');
  // A list that is scrolled keeps its rows where they are; looked at anew it is without what was passed on.
  await head.header.go('sent');
  await head.header.go('inbox');
  await expect(head.inbox.cards().first()).toBeVisible();
  await expect(head.inbox.cards().filter({ hasText: request.question })).toHaveCount(0);
  await ward.header.go('sent');
  await expect(ward.inbox.card(request.question)).toContainText(words('inbox_to', { name: 'Neurology' }));
});

test('FM-15 OFF-7 an event of a newer app is kept, said, and in nobody’s way', async ({ newTablet }) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await ward.signIn(people.requester);
  const request = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.click();
  await expect(ward.consult.story).toContainText(hasArrived);

  // As a server of next year would answer: one of the acts is of a kind this build has never heard of.
  await asked.context.route('**/api/sync/pull', async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as {
      documents: { content?: { events?: Record<string, unknown>[] } }[];
    };
    for (const { content } of json.documents) {
      if (!JSON.stringify(content ?? {}).includes(request.question)) continue;
      const given = content?.events?.find(({ type }) => type === 'auto-assigned');
      if (given !== undefined)
        Object.assign(given, {
          type: 'voice-note-added',
          author: content?.events?.[0]?.['author'],
          body: { seconds: 12 },
        });
    }
    await route.fulfill({ response, json });
  });
  await asked.signIn(people.onCall);
  await expect(asked.inbox.card(request.question)).toBeVisible();
  // Nothing newer of it comes past that answer meanwhile: that it was opened is an act as well.
  await asked.loseNetwork();
  await asked.inbox.card(request.question).click();
  const line = asked.consult.line(words('consult_story_newer', { name: people.requester.name }));
  await expect(line).toContainText(words('consult_no_effect_newer'));
  await expect(asked.consult.question).toContainText(request.question);
  await asked.findNetwork();
  await asked.consult.come(15);
  await expect(
    ward.consult.line(
      words('consult_story_coming', {
        name: people.onCall.name,
        time: words('common_minutes', { minutes: 15 }),
      }),
    ),
  ).toBeVisible();
});
