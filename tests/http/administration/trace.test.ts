import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pendingAuditKey } from '#server/audit/pending.ts';
import { departmentRecordSchema } from '#shared/administration/departments.ts';
import { staffRecordSchema } from '#shared/administration/staff.ts';
import { personId } from '#tests/builders.ts';
import { cardiology, emailOf, newStaff, people, startTown, wordsOf, type Town } from './town.ts';

let town: Town;
beforeEach(async () => {
  town = await startTown();
});
afterEach(() => town.server.close());

const entrySchema = z.looseObject({
  action: z.string(),
  subjects: z.array(z.string()),
  outcome: z.string(),
  fields: z.array(z.string()).optional(),
  actor: z.looseObject({ person: z.string().nullable() }).optional(),
});
type Entry = z.infer<typeof entrySchema>;

/** All entries there are, in the chain or still waiting in the document they belong to. */
async function entries(): Promise<Entry[]> {
  const held = await Promise.all(
    (['audit', 'directory', 'accounts'] as const).map((name) =>
      town.server.store.database(name).scan({ startKey: '', limit: 10_000, includeDocs: true }),
    ),
  );
  return held.flat().flatMap(({ doc }) => {
    const pending = doc?.body[pendingAuditKey];
    const own = doc?.body['kind'] === 'audit-entry' ? [doc.body] : [];
    return z.array(entrySchema).parse([...own, ...(Array.isArray(pending) ? (pending as unknown[]) : [])]);
  });
}
const of = async (action: string): Promise<Entry[]> =>
  (await entries()).filter((one) => one.action === action);
const staff = `/api/staff/${people.doctor.id}`;

describe('AUD-1 the trace of administration', () => {
  it('each change says who, whom and which fields, and never what they said', async () => {
    const chief = await town.session('chief');
    await chief.post('/api/staff', { id: personId('nadia'), fields: newStaff() });
    await chief.patch(staff, {
      was: { phone: null, mobile: null },
      becomes: { phone: '4410', mobile: '+923005555555' },
    });
    await chief.patch(`/api/departments/${cardiology}`, {
      was: { extension: null },
      becomes: { extension: '1' },
    });
    await chief.patch('/api/organisation', {
      was: { name: 'Test Hospital' },
      becomes: { name: 'City Hospital' },
    });
    expect(await of('staff.create')).toContainEqual(
      expect.objectContaining({ subjects: [personId('nadia')], fields: Object.keys(newStaff()) }),
    );
    // One with the public document, one with the number that is kept elsewhere: neither write is ever without one.
    expect((await of('staff.edit')).map(({ fields }) => fields?.join(' ')).sort()).toEqual([
      'mobile',
      'phone mobile',
    ]);
    expect(await of('department.edit')).toMatchObject([{ subjects: [cardiology], fields: ['extension'] }]);
    expect(await of('organisation.edit')).toMatchObject([
      { actor: { person: people.chief.id }, fields: ['name'] },
    ]);
    const text = JSON.stringify(await entries());
    for (const secret of ['+923005555555', '4410', 'nadia@hospital.test', 'City Hospital'])
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
  });

  it('each denied attempt is on record, and a refused one changes nothing', async () => {
    const doctor = await town.session('doctor');
    await doctor.patch(staff, { was: { permissions: [] }, becomes: { permissions: ['manage-staff'] } });
    await doctor.get('/api/staff');
    await doctor.post(`/api/staff/${people.chief.id}/reset`, { by: 'screen' });
    await doctor.patch(`/api/departments/${cardiology}`, {
      was: { head: null },
      becomes: { head: people.doctor.id },
    });
    const denied = (await entries()).filter(({ outcome }) => outcome === 'denied');
    expect(denied.map(({ action, actor }) => [action, actor?.person]).sort()).toEqual(
      ['account.reset', 'department.edit', 'staff.edit', 'staff.list'].map((action) => [
        action,
        people.doctor.id,
      ]),
    );
    expect((await town.staff('doctor')).fields.permissions).toEqual([]);
  });
});

describe('edits that met on a cluster', () => {
  it('ADM-2 the one that lost is shown, never applied, and goes when somebody has looked', async () => {
    const chief = await town.session('chief');
    const database = town.server.store.database('directory');
    const lastChange = { by: people.deputy.id, at: town.server.clock.now() };
    for (const [id, lost] of [
      [people.doctor.id, { ...people.doctor, phone: '9999', lastChange }],
      [cardiology, { extension: '7', lastChange }],
    ] as const) {
      const held = await database.get(id);
      const lostEdit = { ...held?.body, ...lost };
      await database.write([{ id, rev: held?.rev, body: { ...held?.body, lostEdits: [lostEdit] } }]);
    }
    await town.server.parts.directory.caughtUp();
    expect((await town.staff('doctor')).lostEdits).toEqual([
      { fields: { phone: '9999' }, change: lastChange },
    ]);
    const department = departmentRecordSchema.parse(
      await (await chief.get(`/api/departments/${cardiology}`)).json(),
    );
    expect(department.lostEdits).toEqual([{ fields: { extension: '7' }, change: lastChange }]);
    // Any other change leaves them to be seen.
    await chief.patch(staff, { was: { name: 'doctor' }, becomes: { name: 'Dr Doctor' } });
    expect((await town.staff('doctor')).lostEdits).toHaveLength(1);
    const looked = staffRecordSchema.parse(await (await chief.delete(`${staff}/lost-edits`)).json());
    expect(looked).toMatchObject({ lostEdits: [], fields: { phone: null, name: 'Dr Doctor' } });
    expect(await wordsOf(await chief.delete(`/api/departments/${cardiology}/lost-edits`))).toBe('200');
  });
});

describe('two administrators at one moment', () => {
  it('PEO-3 cannot take each other’s place away: one of them stays', async () => {
    const [chief, deputy] = [await town.session('chief'), await town.session('deputy')];
    const off = (who: 'chief' | 'deputy') => `/api/staff/${people[who].id}/deactivate`;
    const answers = await Promise.all([
      deputy.post(off('chief'), { handOverTo: null }),
      chief.post(off('deputy'), { handOverTo: null }),
    ]);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const held = town.server.parts.directory.current().people;
    expect([people.chief.id, people.deputy.id].some((id) => held.get(id)?.active === true)).toBe(true);
  });

  it('one address goes to one person', async () => {
    const chief = await town.session('chief');
    const names = ['nurse', 'clerk', 'physician'] as const;
    const edit = { was: { email: null }, becomes: { email: emailOf('shared') } };
    const answers = await Promise.all(
      names.map((name) => chief.patch(`/api/staff/${people[name].id}`, edit)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });
});
