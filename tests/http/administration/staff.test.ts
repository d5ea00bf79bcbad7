import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  linkSentSchema,
  staffListSchema,
  staffRecordSchema,
  staffSessionsSchema,
} from '#shared/administration/staff.ts';
import { personSchema } from '#shared/directory/staff.ts';
import { pullAnswerSchema } from '#shared/sync/protocol.ts';
import { personId } from '#tests/builders.ts';
import { testPassword } from '#tests/server.ts';
import { cardiology, emailOf, medicine, newStaff, people, startTown, wordsOf, type Town } from './town.ts';

let town: Town;
beforeEach(async () => {
  town = await startTown();
});
afterEach(() => town.server.close());

const path = (name: keyof typeof people) => `/api/staff/${people[name].id}`;

describe('creating somebody', () => {
  it('PEO-1 makes one person however often it is asked', async () => {
    const chief = await town.session('chief');
    const body = { id: personId('nadia'), fields: newStaff() };
    const answers = [await chief.post('/api/staff', body), await chief.post('/api/staff', body)];
    const [first, second] = await Promise.all(
      answers.map(async (one) => staffRecordSchema.parse(await one.json())),
    );
    expect(first).toMatchObject({ fields: newStaff(), active: true, account: 'invited', lostEdits: [] });
    expect(first?.lastChange?.by).toBe(people.chief.id);
    expect(second?.fields).toEqual(first?.fields);
    const other = { ...body, fields: newStaff({ name: 'Somebody Else' }) };
    expect(await wordsOf(await chief.post('/api/staff', other))).toBe('409 · refused · id-taken id');
  });

  it('an e-mail in two spellings is one address, and a taken one writes nothing', async () => {
    const chief = await town.session('chief');
    await chief.post('/api/staff', { id: personId('nadia'), fields: newStaff() });
    const fields = newStaff({ email: ' NADIA@Hospital.TEST ', mobile: null });
    expect(await wordsOf(await chief.post('/api/staff', { id: personId('twin'), fields }))).toBe(
      '409 · refused · email-taken email',
    );
    expect(town.server.parts.directory.current().people.has(personId('twin'))).toBe(false);
  });

  it.each([
    ['a name with 300 characters', { name: 'x'.repeat(300) }, '400 · malformed · fields.name'],
    ['a name that turns around', { name: 'Ali \u202eadmin' }, '409 · refused · direction-marks name'],
    ['a right-to-left mark', { name: 'علی\u200f' }, '409 · refused · direction-marks name'],
    ['a control character', { name: 'Ali\u0007' }, '400 · malformed · fields.name'],
    [
      'two primary departments',
      {
        memberships: [
          { department: medicine, role: 'doctor', primary: true },
          { department: cardiology, role: 'doctor', primary: true },
        ],
      },
      '409 · refused · two-primary memberships',
    ],
    [
      'no primary department',
      {
        memberships: [{ department: medicine, role: 'doctor', primary: false }],
      },
      '409 · refused · no-primary memberships',
    ],
    [
      'a department nobody knows',
      {
        memberships: [{ department: personId('no department'), role: 'doctor', primary: true }],
      },
      '409 · refused · unknown-department memberships.0.department',
    ],
    [
      'a second head',
      {
        memberships: [{ department: medicine, role: 'head', primary: true }],
      },
      '409 · refused · two-heads memberships.0.role',
    ],
    [
      'a designation nobody knows',
      { designation: 'wizard' },
      '409 · refused · unknown-designation designation',
    ],
    ['no address', { email: 'nowhere' }, '400 · malformed · fields.email'],
    ['no number', { mobile: '0300 1234567' }, '400 · malformed · fields.mobile'],
  ])('refuses %s with the place and the reason', async (_what, over, words) => {
    const chief = await town.session('chief');
    const fields = { ...newStaff(), ...over };
    expect(await wordsOf(await chief.post('/api/staff', { id: personId('nadia'), fields }))).toBe(words);
    expect(town.server.parts.directory.current().people.has(personId('nadia'))).toBe(false);
    expect(await town.server.parts.accounts.byEmail('nadia@hospital.test')).toBeNull();
  });

  it('takes a name in a right-to-left script', async () => {
    const chief = await town.session('chief');
    const fields = newStaff({ name: 'محمد علی', initials: 'مع' });
    expect((await chief.post('/api/staff', { id: personId('nadia'), fields })).status).toBe(200);
  });
});

describe('editing somebody', () => {
  it('ADM-2 a save never wipes what the form did not name: phone, number, targets of alerts', async () => {
    const chief = await town.session('chief');
    const doctor = await town.session('doctor');
    const preferences = {
      channels: { emergency: ['sms'], urgent: ['sms'], routine: [] },
      quietHours: { from: '22:00', until: '06:00' },
    };
    await doctor.put('/api/alerts/preferences', { preferences, mobile: '+923009999999' });
    await chief.patch(path('doctor'), { was: { phone: null }, becomes: { phone: '4410' } });
    await chief.patch(path('doctor'), { was: { name: 'doctor' }, becomes: { name: 'Dr Doctor' } });
    expect((await town.staff('doctor')).fields).toMatchObject({
      name: 'Dr Doctor',
      phone: '4410',
      mobile: '+923009999999',
      email: emailOf('doctor'),
    });
    const becomes = { mobile: '+923001111111' };
    await chief.patch(path('doctor'), { was: { mobile: '+923009999999' }, becomes });
    const told: unknown = await (await doctor.get('/api/alerts/preferences')).json();
    expect(told).toMatchObject({ preferences, mobile: '+923001111111' });
  });

  it('ADM-2 two administrators on different fields: both stay; on one field: the second is told which, and nothing is written', async () => {
    const [chief, deputy] = [await town.session('chief'), await town.session('deputy')];
    const [a, b] = await Promise.all([
      chief.patch(path('doctor'), { was: { phone: null }, becomes: { phone: '4410' } }),
      deputy.patch(path('doctor'), { was: { name: 'doctor' }, becomes: { name: 'Dr Doctor' } }),
    ]);
    expect([a.status, b.status]).toEqual([200, 200]);
    await town.session('doctor');
    const stale = {
      was: { phone: null, email: emailOf('doctor') },
      becomes: { phone: '4499', email: 'stale@hospital.test' },
    };
    expect(await wordsOf(await deputy.patch(path('doctor'), stale))).toBe('409 · conflict · phone');
    expect((await town.staff('doctor')).fields).toMatchObject({
      phone: '4410',
      name: 'Dr Doctor',
      email: emailOf('doctor'),
    });
    // The address that was set aside for it is free again.
    expect(
      (await chief.patch(path('nurse'), { was: { email: null }, becomes: { email: 'stale@hospital.test' } }))
        .status,
    ).toBe(200);
  });

  it('of many who change one field at once exactly one wins', async () => {
    const [chief, deputy] = [await town.session('chief'), await town.session('deputy')];
    const answers = await Promise.all(
      ['1', '2', '3', '4', '5', '6'].map((phone, index) =>
        (index % 2 === 0 ? chief : deputy).patch(path('doctor'), {
          was: { phone: null },
          becomes: { phone },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  });

  it('keeps the history of departments and permissions, and leaves what did not change as it was', async () => {
    const chief = await town.session('chief');
    const was = { memberships: [{ department: cardiology, role: 'doctor', primary: true }] };
    const becomes = {
      memberships: [...was.memberships, { department: medicine, role: 'doctor', primary: false }],
    };
    await chief.patch(path('doctor'), { was, becomes });
    town.server.clock.advance(60_000);
    await chief.patch(path('doctor'), {
      was: becomes,
      becomes: { memberships: [{ department: medicine, role: 'doctor', primary: true }] },
    });
    const held = town.server.parts.directory.current().people.get(people.doctor.id)!;
    const [first, second, third] = held.memberships;
    expect(first).toMatchObject({
      department: cardiology,
      from: '2020-01-01T00:00:00.000Z',
      until: town.server.clock.now(),
    });
    expect(second).toMatchObject({ department: medicine, primary: false, until: town.server.clock.now() });
    expect(third).toMatchObject({
      department: medicine,
      primary: true,
      from: town.server.clock.now(),
      until: null,
    });
  });

  it('a person signs in by the new address and no more by the old, which is free for others', async () => {
    const chief = await town.session('chief');
    await town.session('doctor');
    const edit = { was: { email: emailOf('doctor') }, becomes: { email: 'Dr.New@hospital.test' } };
    expect((await chief.patch(path('doctor'), edit)).status).toBe(200);
    expect((await town.server.signIn('dr.new@hospital.test', { password: testPassword })).person).toBe(
      people.doctor.id,
    );
    await expect(town.server.signIn(emailOf('doctor'))).rejects.toThrow('401');
    const other = { was: { email: null }, becomes: { email: emailOf('doctor') } };
    expect((await chief.patch(path('nurse'), other)).status).toBe(200);
  });

  it('an address left by a change that never ended does not stay lost', async () => {
    const chief = await town.session('chief');
    const { accounts } = town.server.parts;
    expect(await accounts.reserveEmail(people.doctor.id, 'left@hospital.test', town.server.clock.now())).toBe(
      true,
    );
    const edit = { was: { email: null }, becomes: { email: 'left@hospital.test' } };
    expect(await wordsOf(await chief.patch(path('nurse'), edit))).toBe('409 · refused · email-taken email');
    town.server.clock.advance(60_000);
    expect((await chief.patch(path('nurse'), edit)).status).toBe(200);
  });

  it('PEO-3 permissions need the permission to give them, and never oneself', async () => {
    const granting = { was: { permissions: [] }, becomes: { permissions: ['manage-staff'] } };
    const byChief = await town.session('chief');
    expect((await byChief.patch(path('clerk'), granting)).status).toBe(200);
    const cases = [
      ['staffManager', 'doctor', '403 · forbidden · not-permitted permissions'],
      ['permissionManager', 'doctor', '403 · forbidden · not-held permissions.manage-staff'],
      ['doctor', 'doctor', '403 · forbidden · not-permitted permissions'],
    ] as const;
    for (const [by, whom, words] of cases)
      expect([by, await wordsOf(await (await town.session(by)).patch(path(whom), granting))]).toEqual([
        by,
        words,
      ]);
    const all = people.chief.grants.map(({ permission }) => permission);
    const own = { was: { permissions: all }, becomes: { permissions: all.slice(1) } };
    expect(await wordsOf(await byChief.patch(path('chief'), own))).toBe(
      '403 · forbidden · own-permissions permissions',
    );
  });
});

describe('reading staff', () => {
  it('PEO-1 lists everybody by name with what the form needs', async () => {
    const { staff } = staffListSchema.parse(
      await (await (await town.session('chief')).get('/api/staff')).json(),
    );
    expect(staff.map(({ fields }) => fields.name)).toEqual(
      Object.values(people)
        .map(({ name }) => name)
        .sort(),
    );
    expect(staff.find(({ id }) => id === people.chief.id)).toMatchObject({ account: 'ready', active: true });
    expect(staff.find(({ id }) => id === people.nurse.id)).toMatchObject({ account: 'none' });
  });

  it('no tablet is ever sent a credential, a private number, an e-mail, or who changed what', async () => {
    const chief = await town.session('chief');
    await chief.post('/api/staff', { id: personId('nadia'), fields: newStaff() });
    await chief.patch(`/api/staff/${personId('nadia')}`, {
      was: { phone: null },
      becomes: { phone: '4410' },
    });
    const answer = await (
      await town.session('clerk')
    ).post('/api/sync/pull', {
      collection: 'directory',
      checkpoint: null,
      limit: 500,
    });
    const text = await answer.text();
    const { documents } = pullAnswerSchema.parse(JSON.parse(text));
    expect(documents.length).toBeGreaterThan(Object.keys(people).length);
    for (const secret of [
      '@hospital.test',
      '+923001234567',
      'pendingAudit',
      'lastChange',
      'lostEdits',
      'passwordHash',
    ])
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
    const sent = documents.find(({ id }) => id === personId('nadia'));
    const content = sent !== undefined && 'content' in sent ? sent.content : null;
    expect(Object.keys(content ?? {}).sort()).toEqual(Object.keys(personSchema.shape).sort());
    expect(content?.['phone']).toBe('4410');
  });
});

describe('letting in and out', () => {
  it('PEO-4 an invitation is shown once; whoever has a password gets none', async () => {
    const chief = await town.session('chief');
    await town.session('doctor');
    await chief.post('/api/staff', { id: personId('nadia'), fields: newStaff() });
    const made = await chief.post(`/api/staff/${personId('nadia')}/invitation`, { by: 'screen' });
    const { address } = linkSentSchema.parse(await made.json());
    expect(address).toMatch(/^https:\/\/consult\.test\/welcome#/);
    const words = async (name: keyof typeof people, link: string, by: string) =>
      wordsOf(await chief.post(`${path(name)}/${link}`, { by }));
    expect(await words('doctor', 'invitation', 'screen')).toBe('409 · refused · account-ready');
    expect(await words('doctor', 'reset', 'screen')).toBe('200');
    expect(await words('doctor', 'reset', 'mail')).toBe('409 · refused · no-mail');
    expect(await words('nurse', 'reset', 'screen')).toBe('409 · refused · no-account');
  });

  it('PEO-4 shows where somebody is signed in, and signs them out everywhere', async () => {
    const [chief, doctor] = [await town.session('chief'), await town.session('doctor')];
    const sessions = async () =>
      staffSessionsSchema.parse(await (await chief.get(`${path('doctor')}/sessions`)).json()).sessions;
    expect(await sessions()).toMatchObject([{ device: doctor.device, deviceKind: 'ward', ended: false }]);
    expect((await chief.delete(`${path('doctor')}/sessions`)).status).toBe(204);
    expect(await sessions()).toMatchObject([{ ended: true }]);
    expect((await doctor.get('/api/session')).status).toBe(401);
  });
});
