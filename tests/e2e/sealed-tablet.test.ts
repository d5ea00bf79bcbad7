import { filesWith } from './fixtures/files-with.ts';
import { people } from './fixtures/hospital.ts';
import { toCardiology } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';

/** No word of a language, so that it stands nowhere by chance, and whole in whatever a browser compresses. */
const planted = {
  surname: 'Zqorblaxinu',
  mrn: 'QX77Z4W19',
  ward: 'Vlupnarq-7',
  question: 'Wexofibrinj after stenting?',
  reason: 'Kyptoluzem since Monday.',
  draft: 'Jhumbravoq on arrival, ',
} as const;
const unusual = ['Zqorblaxinu', 'QX77Z4W19', 'Vlupnarq', 'Wexofibrinj', 'Kyptoluzem', 'Jhumbravoq'];

test('promise 7: on a lost tablet no name, number, note or half-written word can be read, and its person finds them all again', async ({
  newTablet,
}) => {
  const ward = await newTablet({ ownBrowser: true });
  await ward.signIn(people.requester);
  await ward.loseNetwork();

  await ward.header.go('new');
  await ward.compose.registerPatient({
    name: `Amal ${planted.surname}`,
    age: 61,
    sex: 'female',
    ward: planted.ward,
  });
  await ward.page.getByRole('textbox', { name: words('patient_mrn') }).fill(planted.mrn);
  const request = toCardiology('urgent');
  await ward.compose.urgency('urgent').check();
  await ward.compose.chooseDepartment(request.department);
  for (const [question, answer] of Object.entries(request.intake ?? {}))
    await ward.page
      .getByRole('group', { name: question })
      .getByRole('radio', { name: answer, exact: true })
      .check();
  await ward.compose.question.fill(planted.question);
  await ward.compose.reason.fill(planted.reason);
  await ward.compose.send.click();
  await expect(ward.consult.article).toContainText('Kyptoluzem');

  await ward.header.go('new');
  const known = await ward.compose.choosePatient(request.search);
  await ward.compose.question.pressSequentially(planted.draft);
  await expect(ward.compose.draftKept).toBeVisible();

  await ward.header.go('sent');
  await ward.page.getByRole('searchbox', { name: words('inbox_search') }).fill(planted.surname);
  await expect(ward.inbox.card(planted.question)).toHaveCount(1);

  // What a search of the files must find, or it would prove nothing.
  await ward.page.evaluate(async () => {
    localStorage.setItem('control', 'Control-Ghrimblewost');
    await (await caches.open('control')).put('/control', new Response('Control-Ghrimblewost'));
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open('control');
      opening.onupgradeneeded = () => opening.result.createObjectStore('docs');
      opening.onerror = () => reject(new Error('not opened'));
      opening.onsuccess = () => {
        const transaction = opening.result.transaction('docs', 'readwrite', { durability: 'strict' });
        transaction.objectStore('docs').put({ text: 'Control-Ghrimblewost' }, 1);
        transaction.oncomplete = () => resolve();
      };
    });
  });
  await ward.switchOff();

  const control = filesWith(ward.profile, ['Control-Ghrimblewost']);
  for (const part of ['IndexedDB', 'Local Storage', 'CacheStorage'])
    expect(control.join('\n'), `the search finds what lies in the clear in ${part}`).toContain(part);
  expect(filesWith(ward.profile, [...unusual, known]), 'words of patients in the files').toEqual([]);

  await ward.switchOn({ offline: true });
  await ward.open('/new');
  await expect(ward.compose.question).toHaveValue(planted.draft);
  await ward.header.go('sent');
  await expect(ward.inbox.card(planted.question)).toHaveCount(1);
  await ward.inbox.card(planted.question).click();
  await expect(ward.consult.article).toContainText('Kyptoluzem');
});
