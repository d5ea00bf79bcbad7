import { localTimeOf } from '#shared/directory/local-time.ts';
import { addMinutes, msToInstant } from '#shared/lib/instant.ts';
import { openHospital, type Hospital } from './fixtures/hospital.ts';
import type { Tablet } from './fixtures/tablet.ts';
import { expect, test as demoTest } from './fixtures/test.ts';
import { words } from './fixtures/words.ts';
import { AdminPages } from './pages/admin-pages.ts';
import { ImportPage } from './pages/import-page.ts';
import { RotaEditPage } from './pages/rota-edit-page.ts';
import { WelcomePage } from './pages/welcome-page.ts';

/** Nobody is in it, and nothing: the real server on an empty folder. */
const test = demoTest.extend({
  hospital: async ({ build, trustFile, pushService }, use, testInfo) => {
    const { host } = new URL(pushService.subscribe().subscription.endpoint);
    const hospital = await openHospital({
      build,
      trustFile,
      isEmpty: true,
      environment: () => Promise.resolve({ PUSH_SERVICES: host }),
    });
    await use(hospital);
    if (testInfo.status !== testInfo.expectedStatus)
      await testInfo.attach('server log', { body: hospital.log(), contentType: 'text/plain' });
    await hospital.close();
  },
});

interface Newcomer {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}
const administrator: Newcomer = {
  name: 'Rukhsana Gill',
  email: 'rukhsana.gill@noor-hospital.example',
  password: 'lantern-harbour-quilt-41',
};
const requester: Newcomer = {
  name: 'Dr Bilal Anwar',
  email: 'bilal.anwar@noor-hospital.example',
  password: 'thimble-orchard-drum-77',
};
const onCall: Newcomer = {
  name: 'Dr Sana Yousaf',
  email: 'sana.yousaf@noor-hospital.example',
  password: 'pebble-window-cello-58',
};
const head = { name: 'Dr Kamran Lodhi', email: 'kamran.lodhi@noor-hospital.example' };

const staffCount = 200;
/** As a spreadsheet writes it, semicolons and all; who matters to the story stands in the middle. */
function staffFile(): string {
  const rows = [
    `${requester.name};${requester.email};House Officer;MED;doctor`,
    `${onCall.name};${onCall.email};Registrar;CARD;doctor`,
    `${head.name};${head.email};Professor;CARD;doctor`,
  ];
  const codes = ['MED', 'CARD', 'SURG'];
  for (let place = rows.length; place < staffCount; place++)
    rows.push(
      `Nurse ${place};nurse.${place}@noor-hospital.example;Nurse in charge;${codes[place % 3] ?? ''};nurse`,
    );
  return ['Name;E-mail;Designation;Department;Role', ...rows.slice(3), ...rows.slice(0, 3), ''].join('\r\n');
}

/** Where it is neither night nor near midnight: a turn of today begins and ends today. */
function zoneOfDaytime(now: number): { zone: string; shown: string } {
  const zones = ['Asia/Karachi', 'America/Bogota', 'Pacific/Guadalcanal'];
  const zone = zones.find((one) => /^(?:0[6-9]|1[0-5])/.test(localTimeOf(msToInstant(now), one).time));
  if (zone === undefined) throw new Error('the zones leave an hour out');
  return { zone, shown: zone.replace('/', ' / ') };
}

/** The one-time link on the terminal of whoever started the server. */
async function printedLink(hospital: Hospital): Promise<string> {
  const link = /https?:\/\/\S+\/welcome\/administrator#[\w-]+/;
  await expect.poll(() => hospital.log()).toMatch(link);
  return link.exec(hospital.log())?.[0] ?? '';
}

async function signIn(tablet: Tablet, person: Newcomer): Promise<void> {
  await tablet.signInPage.signIn(person.email, person.password);
  await tablet.header.sees(person.name);
  await tablet.header.confirmed();
}
async function takeInvitation(tablet: Tablet, link: string, person: Newcomer): Promise<void> {
  const welcome = new WelcomePage(() => tablet.page);
  await welcome.open(link);
  await welcome.choosePassword(person.password);
  await welcome.savePassword();
  await signIn(tablet, person);
}

test('ADM-1 from an empty store to the first consult: an administrator sets up the hospital, two doctors come in by their invitations, and one asks the other', async ({
  hospital,
  newTablet,
}) => {
  // Up to a minute of it is the wait for the turn to begin: nobody can be put on call for a time that is over.
  test.setTimeout(240_000);
  const desk = await newTablet();
  const admin = new AdminPages(() => desk.page);
  // Asked of every server, and only a demo has an answer.
  const noDemo = /404 .*\/api\/session\/demo/;
  desk.forgive(noDemo);
  const { zone, shown } = zoneOfDaytime(Date.now());
  /** A page of administration, by its name in the list. */
  async function administer(key: string): Promise<void> {
    await desk.header.go('more');
    // The page before may have links of the same name.
    await expect(desk.page.getByRole('heading', { level: 1, name: words('settings_more') })).toBeVisible();
    await admin.main.getByRole('link', { name: words('admin_title') }).click();
    await expect(desk.page.getByRole('heading', { level: 1, name: words('admin_title') })).toBeVisible();
    await admin.main
      .getByRole('link')
      .filter({ has: desk.page.getByText(words(key), { exact: true }) })
      .click();
  }

  await test.step('the link from the terminal makes the administrator and names the hospital', async () => {
    const welcome = new WelcomePage(() => desk.page);
    await welcome.open(await printedLink(hospital));
    await welcome.fill('name', administrator.name);
    await welcome.fill('email', administrator.email);
    await welcome.fill('hospital', 'Noor General');
    await welcome.choosePassword(administrator.password);
    await welcome.setUpHospital();
    await signIn(desk, administrator);
    // Nobody lands in an empty inbox and wonders: it says what comes first.
    for (const key of ['admin_first_departments', 'admin_first_people', 'admin_first_rota'])
      await expect(admin.main.getByRole('link', { name: words(key) })).toBeVisible();
  });

  await test.step('the organisation gets its full name and its time zone', async () => {
    await administer('admin_organisation_title');
    const name = admin.field('admin_organisation_name');
    await expect(name).toHaveValue('Noor General');
    await name.fill('Noor General Hospital');
    await admin.choose('admin_time_zone', shown);
    await admin.save();
  });

  await test.step('three departments, one of them under another', async () => {
    await administer('admin_departments_title');
    for (const { name, code, under } of [
      { name: 'Medicine', code: 'MED', under: null },
      { name: 'Cardiology', code: 'CARD', under: 'Medicine' },
      { name: 'Surgery', code: 'SURG', under: null },
    ]) {
      await admin.main.getByRole('link', { name: words('admin_department_new') }).click();
      await admin.field('admin_name').fill(name);
      await admin.field('admin_code').fill(code);
      if (under !== null) await admin.choose('admin_parent', under);
      await admin.main.getByRole('button', { name: words('admin_department_create') }).click();
      await expect(desk.page.getByRole('heading', { level: 1, name })).toBeVisible();
      await admin.main.getByRole('link', { name: words('admin_departments_title') }).click();
    }
  });

  const invitations = await test.step('200 people come from a spreadsheet, with links to print', async () => {
    const sheet = new ImportPage(() => desk.page);
    await administer('admin_import');
    await sheet.chooseFile('staff.csv', staffFile());
    await sheet.create(staffCount);
    await sheet.isDone();
    await sheet.mailInVain();
    await sheet.showInvitations(staffCount);
    // The tests' server has no other address; nobody prints 200 links without knowing it.
    await expect(sheet.opensHereOnly).toBeVisible();
    const strip = await sheet.strip(requester.email);
    for (const said of ['Noor General Hospital', words('admin_sheet_how')])
      await expect(strip.getByText(said)).toBeVisible();
    await sheet.backToScreen();
    return { requester: await sheet.linkOf(requester.email), onCall: await sheet.linkOf(onCall.email) };
  });

  await test.step('a doctor is on call in Cardiology from the next minute on', async () => {
    const rota = new RotaEditPage(() => desk.page);
    await administer('rota_title');
    await rota.chooseDepartment('Cardiology');
    await rota.edit();
    const soon = msToInstant(Math.ceil((Date.now() + 10_000) / 60_000) * 60_000);
    await rota.add('first', {
      person: onCall.name,
      from: localTimeOf(soon, zone).time,
      until: localTimeOf(addMinutes(soon, 8 * 60), zone).time,
    });
    await rota.save();
  });

  await test.step('Cardiology gets its head, and a policy that calls him by name as well', async () => {
    await administer('admin_departments_title');
    await admin.main.getByRole('link', { name: 'Cardiology' }).click();
    await admin.choose('admin_head', head.name);
    await admin.part('admin_tab_escalation');
    const first = admin.step(1);
    await first.getByRole('button').first().click();
    await first.getByRole('combobox', { name: words('admin_step_person') }).fill(head.name);
    await desk.page.keyboard.press('Enter');
    await expect(first).toContainText(head.name);
    await expect(admin.woken(head.name).first()).toBeVisible();
    // Most of the rota is empty yet, which is one line and not one a step.
    await expect(admin.gaps.filter({ hasText: /would find nobody/ })).toHaveCount(1);
    await admin.save();
  });

  const [ward, phone] = await Promise.all([newTablet(), newTablet({ personal: true })]);
  for (const tablet of [ward, phone]) tablet.forgive(noDemo);
  await test.step('two doctors choose their passwords and sign in', async () => {
    await Promise.all([
      takeInvitation(ward, invitations.requester, requester),
      takeInvitation(phone, invitations.onCall, onCall),
    ]);
  });

  const question = 'Is this a STEMI, and where should he go?';
  await test.step('the first consult of the hospital, for a patient registered at the bedside', async () => {
    await ward.header.go('new');
    await ward.compose.registerPatient({ name: 'Yaqoob Masih', age: 61, sex: 'male', ward: 'Ward 3' });
    await ward.compose.urgency('emergency').check();
    // Somebody is on call by now, and the requester sees who.
    await expect(ward.compose.departments.filter({ hasText: 'Cardiology' })).toContainText(onCall.name, {
      timeout: 75_000,
    });
    await ward.compose.chooseDepartment('Cardiology');
    await ward.compose.question.fill(question);
    await ward.compose.reason.fill('Chest pain for an hour, ST elevation in V2 to V4');
    await ward.compose.send.click();
    await expect(ward.consult.question).toContainText(question);
  });

  await test.step('whoever is on call has it', async () => {
    const card = phone.inbox.card(question);
    await expect(card).toContainText('Yaqoob Masih');
    await card.click();
    await expect(phone.consult.line(onCall.name).first()).toBeVisible();
  });
});
