import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { hasArrived } from './fixtures/words.ts';

test('FM-25 OFF-2 tapping Send twice makes one consult', async ({ newTablet }) => {
  const ward = await newTablet();
  const asked = await newTablet();
  await Promise.all([ward.signIn(people.requester), asked.signIn(people.onCall)]);
  const request = toCardiology();
  await ward.header.go('new');
  await ward.compose.fill(request);
  await ward.compose.send.dblclick();
  await expect(ward.consult.story).toContainText(hasArrived);
  await expect(asked.inbox.card(request.question)).toHaveCount(1);
  await ward.header.go('sent');
  await expect(ward.inbox.card(request.question)).toHaveCount(1);
});

test('OFF-2 a page that dies in the middle of a word loses no letter of it', async ({ newTablet }) => {
  const ward = await newTablet();
  await ward.signIn(people.requester);
  const request = toCardiology('emergency');
  await ward.header.go('new');
  const patient = await ward.compose.fill(request);
  await ward.compose.history.pressSequentially('Diabetic, two stents in 2019, on cl');
  await ward.page.reload();
  await expect(ward.compose.restored).toBeVisible();
  await expect(ward.compose.question).toHaveValue(request.question);
  await expect(ward.compose.reason).toHaveValue(request.reason);
  await expect(ward.compose.history).toHaveValue('Diabetic, two stents in 2019, on cl');
  await expect(ward.compose.urgency('emergency')).toBeChecked();
  await expect(ward.page.getByRole('main')).toContainText(patient);

  await ward.compose.history.press('End');
  await ward.compose.history.pressSequentially('opidogrel');
  await ward.compose.send.click();
  await expect(ward.consult.article).toContainText('Diabetic, two stents in 2019, on clopidogrel');
  await expect(ward.consult.story).toContainText(hasArrived);
});
