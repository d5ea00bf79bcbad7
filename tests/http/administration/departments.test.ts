import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  departmentListSchema,
  departmentRecordSchema,
  type DepartmentFields,
} from '#shared/administration/departments.ts';
import { lockTimesOf, offlineLeaseHoursOf } from '#shared/directory/organisation.ts';
import { organisationRecordSchema } from '#shared/administration/organisation.ts';
import { permissionMatrixSchema } from '#shared/administration/permission-matrix.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { EscalationPolicy } from '#shared/directory/escalation-policy.ts';
import { departmentId, personId } from '#tests/builders.ts';
import {
  cardiology,
  medicine,
  office,
  people,
  startTown,
  town as documents,
  wordsOf,
  type Town,
} from './town.ts';

let town: Town;
beforeEach(async () => {
  town = await startTown();
});
afterEach(() => town.server.close());

const path = (id: string) => `/api/departments/${id}`;
const read = async (id: string) =>
  departmentRecordSchema.parse(await (await (await town.session('chief')).get(path(id))).json());
/** Sends an edit of fields as they are now. */
async function edit(by: 'chief' | 'head', id: string, becomes: Partial<DepartmentFields>): Promise<string> {
  const { fields } = await read(id);
  const was = Object.fromEntries(
    Object.keys(becomes).map((name) => [name, fields[name as keyof DepartmentFields]]),
  );
  return wordsOf(await (await town.session(by)).patch(path(id), { was, becomes }));
}
const fieldsOf = (over: Partial<DepartmentFields> = {}) => {
  const model = documents.find((one) => one.id === medicine);
  if (model?.kind !== 'department') throw new Error('no department');
  const { kind: _kind, id: _id, active: _active, ...fields } = model;
  return { ...fields, name: 'Neurology', code: 'NEUR', head: null, ...over };
};

describe('departments', () => {
  it('DEP-1 a new one is made once, and only with a code nobody has', async () => {
    const chief = await town.session('chief');
    const create = async (name: string, fields: DepartmentFields) =>
      wordsOf(await chief.post('/api/departments', { id: departmentId(name), fields }));
    expect(await create('neurology', fieldsOf())).toBe('200');
    expect(await create('neurology', fieldsOf())).toBe('200');
    expect(await create('twin', fieldsOf({ name: 'Nerves' }))).toBe('409 · refused · code-taken code');
    expect(await create('twin', fieldsOf({ name: 'neurology ', code: 'NERV' }))).toBe(
      '409 · refused · name-taken name',
    );
  });

  it('DEP-1 whoever is to lead a new one is named with it, though nobody belongs to it yet', async () => {
    const chief = await town.session('chief');
    const create = async (name: string, fields: DepartmentFields) =>
      wordsOf(await chief.post('/api/departments', { id: departmentId(name), fields }));
    const head = people.physician.id;
    expect(await create('neurology', fieldsOf({ head, receiver: head }))).toBe(
      '409 · refused · not-a-member receiver',
    );
    expect(await create('neurology', fieldsOf({ head: personId('nobody') }))).toBe(
      '409 · refused · unknown-person head',
    );
    expect(await create('neurology', fieldsOf({ head: people.chief.id }))).toBe(
      '403 · forbidden · own-standing head',
    );
    expect(await create('neurology', fieldsOf({ head }))).toBe('200');
    // And stays head when something else is changed.
    expect(await edit('chief', departmentId('neurology'), { extension: '4000', head })).toBe('200');
  });

  it('DEP-1 the tree never runs in a circle, at any depth', async () => {
    const chief = await town.session('chief');
    const ids = ['a', 'b', 'c', 'd'].map(departmentId);
    for (const [index, id] of ids.entries()) {
      const fields = fieldsOf({
        name: `Level ${index}`,
        code: 'ABCD'[index]!.repeat(3),
        parent: ids[index - 1] ?? null,
      });
      expect((await chief.post('/api/departments', { id, fields })).status).toBe(200);
    }
    for (const below of ids)
      expect(await edit('chief', ids[0]!, { parent: below })).toBe('409 · refused · cycle parent');
    expect(await edit('chief', ids[3]!, { parent: null })).toBe('200');
    expect(await edit('chief', ids[2]!, { parent: departmentId('nowhere') })).toBe(
      '409 · refused · unknown-parent parent',
    );
  });

  it('ADM-2 two administrators on one department: other fields stay, the same field is told', async () => {
    const [chief, deputy] = [await town.session('chief'), await town.session('deputy')];
    const [a, b] = await Promise.all([
      chief.patch(path(cardiology), { was: { extension: null }, becomes: { extension: '4410' } }),
      deputy.patch(path(cardiology), { was: { email: null }, becomes: { email: 'heart@hospital.test' } }),
    ]);
    expect([a.status, b.status]).toEqual([200, 200]);
    const stale = { was: { extension: null }, becomes: { extension: '9999' } };
    expect(await wordsOf(await deputy.patch(path(cardiology), stale))).toBe('409 · conflict · extension');
    const { fields, lastChange } = await read(cardiology);
    expect(fields).toMatchObject({ extension: '4410', email: 'heart@hospital.test' });
    // The predecessor wiped these when anything was saved.
    expect(fields.targets).toEqual(fieldsOf().targets);
    expect([people.chief.id, people.deputy.id]).toContain(lastChange?.by);
  });

  it('DEP-1 a head sets the receiver of their own department and nothing else', async () => {
    expect(await edit('head', cardiology, { receiver: people.doctor.id })).toBe('200');
    expect(await edit('head', cardiology, { receiver: people.physician.id })).toBe(
      '409 · refused · not-a-member receiver',
    );
    expect(await edit('head', cardiology, { extension: '1' })).toBe('403 · forbidden · not-permitted');
    expect(await edit('head', medicine, { receiver: null })).toBe('403 · forbidden · not-permitted');
    const head = await town.session('head');
    const { departments } = departmentListSchema.parse(await (await head.get('/api/departments')).json());
    expect(departments.map(({ id }) => id)).toEqual([cardiology]);
  });

  it('nobody makes themselves head or receiver', async () => {
    for (const name of ['head', 'receiver'] as const)
      expect(await edit('chief', cardiology, { [name]: people.chief.id })).toBe(
        `403 · forbidden · own-standing ${name}`,
      );
  });

  it.each<[string, Partial<DepartmentFields>, string]>([
    ['a head who left', { head: personId('nobody') }, 'unknown-person head'],
    ['a head from elsewhere', { head: people.physician.id }, 'not-a-member head'],
    ['a second head beside one by role', { head: people.doctor.id }, 'two-heads head'],
    [
      'targets that run backwards',
      {
        targets: { ...fieldsOf().targets, urgent: { acknowledged: 90, seen: 30, completed: 240 } },
      },
      'targets-out-of-order targets.urgent',
    ],
    [
      'somebody named who cannot answer',
      {
        assignment: { ...fieldsOf().assignment, urgent: { mode: 'named', person: people.nurse.id } },
      },
      'cannot-receive assignment.urgent.person',
    ],
    [
      'a question twice',
      {
        intakeQuestions: [
          { id: 'q', text: 'Fever?', required: true, kind: 'yes-no' },
          { id: 'q', text: 'Pain?', required: true, kind: 'yes-no' },
        ],
      },
      'question-twice intakeQuestions.1.id',
    ],
    [
      'a range upside down',
      {
        intakeQuestions: [{ id: 'q', text: 'EF', required: true, kind: 'number', unit: '%', min: 9, max: 1 }],
      },
      'min-above-max intakeQuestions.0.min',
    ],
    [
      'the same choice twice',
      {
        intakeQuestions: [
          { id: 'q', text: 'Side', required: true, kind: 'choice', choices: ['left', 'Left '] },
        ],
      },
      'choice-twice intakeQuestions.0.choices',
    ],
    [
      'a policy that ends in silence',
      {
        policies: {
          ...fieldsOf().policies,
          urgent: {
            steps: [
              {
                afterMinutes: 10,
                unless: 'acknowledged',
                notify: [{ who: 'head' }],
                repeatMinutes: null,
                repeatTimes: null,
              },
            ],
          },
        },
      },
      'policy-dead-end policies.urgent.acknowledged · policy-dead-end policies.urgent.seen · policy-dead-end policies.urgent.completed',
    ],
    ['a name that turns around', { name: 'Car\u2067dio' }, 'direction-marks name'],
  ])('refuses %s with the place and the reason', async (_what, becomes, words) => {
    const before = await read(cardiology);
    expect(await edit('chief', cardiology, becomes)).toBe(`409 · refused · ${words}`);
    expect(await read(cardiology)).toEqual(before);
  });

  it('a choice without options is refused before anything is looked at', async () => {
    const question = { id: 'q', text: 'Side', required: true, kind: 'choice' as const, choices: [] };
    expect(await edit('chief', cardiology, { intakeQuestions: [question] })).toBe(
      '400 · malformed · becomes.intakeQuestions.0.choices',
    );
  });

  it('DEP-1 stays in use while it has people, departments below or the duty administration', async () => {
    const chief = await town.session('chief');
    const end = async (id: string) => wordsOf(await chief.post(`${path(id)}/active`, { active: false }));
    expect(await end(medicine)).toBe('409 · refused · has-people');
    expect(await end(office)).toBe('409 · refused · has-people · is-duty-administration');
    await chief.post('/api/departments', {
      id: departmentId('up'),
      fields: fieldsOf({ name: 'Up', code: 'UP' }),
    });
    const fields = fieldsOf({ name: 'Down', code: 'DOWN', parent: departmentId('up') });
    await chief.post('/api/departments', { id: departmentId('down'), fields });
    expect(await end(departmentId('up'))).toBe('409 · refused · has-departments');
    expect(await end(departmentId('down'))).toBe('200');
    expect(await end(departmentId('up'))).toBe('200');
  });
});

describe('policies', () => {
  const calling = (policy: EscalationPolicy, notify: EscalationPolicy['steps'][number]['notify']) => ({
    steps: policy.steps.map((step, at) => (at === 1 ? { ...step, notify } : step)),
  });

  it('DEP-7 one with a step that would call nobody is refused with the step', async () => {
    const { fields } = await read(cardiology);
    const save = (was: DepartmentFields['policies'], urgent: EscalationPolicy) =>
      edit('chief', cardiology, { policies: { ...was, urgent } });
    const nobodyThere = calling(fields.policies.urgent, [{ who: 'on-call', tier: 'consultant' }]);
    expect(await save(fields.policies, nobodyThere)).toBe(
      '409 · refused · policy-calls-nobody policies.urgent.steps.1',
    );
    expect((await read(cardiology)).fields).toEqual(fields);

    const withSomebody = calling(fields.policies.urgent, [
      { who: 'on-call', tier: 'consultant' },
      { who: 'named', person: people.doctor.id },
    ]);
    expect(await save(fields.policies, withSomebody)).toBe('200');
  });

  it('DEP-7 who is called by the usual steps is not judged by a rota that is not written yet', async () => {
    const { fields } = await read(cardiology);
    const later = {
      steps: fields.policies.urgent.steps.map((step) => ({ ...step, afterMinutes: step.afterMinutes + 1 })),
    };
    expect(await edit('chief', cardiology, { policies: { ...fields.policies, urgent: later } })).toBe('200');
  });

  it('DEP-7 the usual steps of an emergency leave room for steps of one’s own', async () => {
    const { fields } = await read(cardiology);
    const usual = defaultPolicy('emergency').steps;
    const [first] = usual;
    if (first === undefined) throw new Error('no step');
    const own = { ...first, notify: [{ who: 'named' as const, person: people.doctor.id }] };
    const emergency = { steps: [own, ...usual] };
    expect(await edit('chief', cardiology, { policies: { ...fields.policies, emergency } })).toBe('200');
    expect((await read(cardiology)).fields.policies.emergency).toEqual(emergency);
  });

  it('DEP-7 one that leaves somebody uncalled is refused, and nothing is stored', async () => {
    const { fields } = await read(cardiology);
    const [only] = defaultPolicy('emergency').steps;
    if (only === undefined) throw new Error('no step');
    const silent = { policies: { ...fields.policies, emergency: { steps: [only] } } };
    expect(await edit('chief', cardiology, silent)).toContain('policy-dead-end');
    expect((await read(cardiology)).fields).toEqual(fields);
  });
});

describe('the organisation', () => {
  const edit = async (was: object, becomes: object) =>
    wordsOf(await (await town.session('chief')).patch('/api/organisation', { was, becomes }));

  it('ADM-1 is changed field by field, with refusals in words', async () => {
    expect(await edit({ name: 'Test Hospital' }, { name: 'City Hospital' })).toBe('200');
    expect(await edit({ name: 'Test Hospital' }, { name: 'Other Hospital' })).toBe('409 · conflict · name');
    expect(await edit({ timeZone: 'Asia/Karachi' }, { timeZone: 'Asia/Atlantis' })).toBe(
      '409 · refused · unknown-time-zone timeZone',
    );
    const { fields } = organisationRecordSchema.parse(
      await (await (await town.session('chief')).get('/api/organisation')).json(),
    );
    const { designations } = fields;
    expect(await edit({ designations }, { designations: designations.slice(1) })).toBe(
      '409 · refused · designation-in-use designations.registrar',
    );
    expect(await edit({ designations }, { designations: [...designations, designations[0]] })).toBe(
      '409 · refused · designation-twice designations.3.code',
    );
    const clinicalClerk = designations.map((one) => ({ ...one, clinical: true }));
    expect(await edit({ designations }, { designations: clinicalClerk })).toBe(
      '403 · forbidden · own-standing designations',
    );
    expect(await edit({ dutyAdministration: office }, { dutyAdministration: departmentId('nowhere') })).toBe(
      '409 · refused · unknown-duty-administration dutyAdministration',
    );
    expect(await edit({ dutyAdministration: office }, { dutyAdministration: medicine })).toBe(
      '409 · refused · gap-in-duty-administration dutyAdministration',
    );
    expect(fields.name).toBe('City Hospital');
  });

  it('ADM-1 OFF-14 has lock times and an offline lease, which every tablet is sent', async () => {
    const lock = { wardMinutes: 5, personalMinutes: 20 };
    expect(await edit({}, { lock })).toBe('200');
    expect(await edit({}, { offlineLeaseHours: 24 })).toBe('200');
    expect(await edit({ lock }, { lock: { ...lock, wardMinutes: 0 } })).toBe(
      '400 · malformed · becomes.lock.wardMinutes',
    );
    expect(await edit({ offlineLeaseHours: 24 }, { offlineLeaseHours: 7 })).toBe(
      '400 · malformed · becomes.offlineLeaseHours',
    );
    await town.server.parts.directory.caughtUp();
    const held = town.server.parts.directory.current().organisation;
    expect([lockTimesOf(held), offlineLeaseHoursOf(held)]).toEqual([lock, 24]);
    expect([lockTimesOf(null), offlineLeaseHoursOf(null)]).toEqual([
      { wardMinutes: 3, personalMinutes: 10 },
      72,
    ]);
  });

  it('ADM-1 says what became of a test message', async () => {
    const chief = await town.session('chief');
    const send = async (channel: string): Promise<unknown> =>
      (await chief.post('/api/organisation/test-send', { channel })).json();
    expect(await send('push')).toEqual({ outcome: 'no-address' });
    expect(await send('email')).toEqual({ outcome: 'not-configured' });
  });
});

describe('the page of permissions', () => {
  it('says what the server decides by, and what the asking person may', async () => {
    const ask = async (name: 'head' | 'chief') =>
      permissionMatrixSchema.parse(await (await (await town.session(name)).get('/api/permissions')).json());
    const { administration, consults, own } = await ask('head');
    expect(administration.find(({ act }) => act === 'staff-edit')?.grounds).toEqual([
      { by: 'permission', permission: 'manage-staff' },
    ]);
    expect(consults.find(({ action }) => action === 'force-closed')?.hats).toEqual(['hospital-manager']);
    expect(own.find(({ act }) => act === 'rota-edit')?.departments).toEqual([cardiology]);
    expect((await ask('chief')).own.find(({ act }) => act === 'rota-edit')?.departments).toBe('all');
  });
});
