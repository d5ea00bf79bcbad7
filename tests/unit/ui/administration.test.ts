import { describe, expect, test } from 'vitest';
import { administrationActSchema, mayAdminister } from '#shared/administration/rights.ts';
import { refusalCodeSchema } from '#shared/administration/refusals.ts';
import type { StaffRecord } from '#shared/administration/staff.ts';
import { authoredConsultTypes } from '#shared/consult/events.ts';
import { defaultTargets } from '#shared/consult/vocabulary.ts';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { EscalationStep } from '#shared/directory/escalation-policy.ts';
import { policyProblems } from '#shared/directory/policy-problems.ts';
import type { Role } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { newDepartment } from '$lib/admin/departments/new-department.ts';
import { playForm } from '$lib/admin/departments/policy-play.ts';
import { inOrderOfTime, moved, withRecipient, withTargets } from '$lib/admin/departments/steps.ts';
import { treeOf } from '$lib/admin/departments/tree.ts';
import { designationCode } from '$lib/admin/organisation/designation-code.ts';
import { administrationActWord, consultActWord } from '$lib/admin/permissions/act-words.ts';
import { administrationRows, consultRows } from '$lib/admin/permissions/what-may.ts';
import { placesFor } from '$lib/admin/places.ts';
import { refusalWords } from '$lib/admin/refusal-words.ts';
import { initialsOf } from '$lib/admin/staff/initials.ts';
import { withMembership, withoutMembership } from '$lib/admin/staff/memberships.ts';
import { withTemplate } from '$lib/admin/staff/permission-templates.ts';
import {
  filterOfQuery,
  noStaffFilter,
  queryOfFilter,
  searchableStaff,
  staffLike,
} from '$lib/admin/staff/staff-list.ts';
import { optionsLike } from '$lib/ui/choice/combobox.ts';
import {
  department,
  departments,
  grant,
  hospital,
  organisation,
  people,
  personId,
  storyStart,
} from '#tests/builders.ts';
import { rotaWeek, shift } from '../directory/rota-builders.ts';

const cardiology = departments.cardiology.id;

const staff = (name: string, role: Role, over: Partial<StaffRecord> = {}): StaffRecord => ({
  id: personId(name),
  fields: {
    name,
    initials: 'XX',
    email: null,
    phone: null,
    mobile: null,
    designation: 'registrar',
    memberships: [{ department: cardiology, role, primary: true }],
    permissions: [],
  },
  active: true,
  account: 'ready',
  lastChange: null,
  lostEdits: [],
  ...over,
});

describe('the list of staff', () => {
  const everybody = [
    staff('Dr Ayesha Siddiq', 'doctor'),
    staff('Zaïd Khan', 'nurse', { account: 'invited' }),
    staff('Old Hand', 'doctor', { active: false, account: 'none' }),
  ];
  const like = (over: Partial<typeof noStaffFilter>): string[] =>
    staffLike(searchableStaff(everybody), { ...noStaffFilter, ...over }).map(({ fields }) => fields.name);

  test('PEO-1 every person stands under exactly one of in use and not in use, and all under everybody', () => {
    expect([...like({ state: 'active' }), ...like({ state: 'inactive' })].sort()).toEqual(
      like({ state: 'all' }).sort(),
    );
  });
  test.each([
    [{ text: 'siddiq ay' }, ['Dr Ayesha Siddiq']],
    [{ text: 'zaid' }, ['Zaïd Khan']],
    [{ role: 'nurse' as const }, ['Zaïd Khan']],
    [{ state: 'no-sign-in' as const }, ['Zaïd Khan']],
    [{ department: departments.surgery.id }, []],
    [{ designation: 'ward-clerk' }, []],
  ])('%o finds %o', (filter, names) => expect(like(filter)).toEqual(names));

  test('two thousand people are filtered within one frame', () => {
    const many = searchableStaff(Array.from({ length: 2000 }, (_, at) => staff(`Person ${at}`, 'doctor')));
    const before = process.cpuUsage();
    expect(staffLike(many, { ...noStaffFilter, text: 'person 1999' })).toHaveLength(1);
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(50_000);
  });
  test('a filter comes back from its own address', () => {
    const filter = { ...noStaffFilter, text: 'ayesha', role: 'doctor' as const, state: 'all' as const };
    const query = new URLSearchParams(queryOfFilter(filter));
    expect(filterOfQuery(query, ['doctor', 'nurse'])).toEqual(filter);
    expect(queryOfFilter(noStaffFilter)).toBe('');
  });
});

describe('a person', () => {
  test.each([
    ['Dr Ayesha Siddiq', 'AS'],
    ['  nida   farooqi ', 'NF'],
    ['Madonna', 'M'],
    ['', ''],
  ])('initials of %o are %o', (name, initials) => expect(initialsOf(name)).toBe(initials));

  test('exactly one department stays the primary one, whatever is added or removed', () => {
    const first = { department: cardiology, role: 'doctor' as const, primary: true };
    const second = { department: departments.medicine.id, role: 'head' as const, primary: false };
    const both = withMembership(withMembership([], { ...first, primary: false }), second);
    expect(both.map(({ primary }) => primary)).toEqual([true, false]);
    expect(withoutMembership(both, 0)).toEqual([{ ...second, primary: true }]);
    expect(withoutMembership(withoutMembership(both, 0), 0)).toEqual([]);
  });
  test('PEO-3 a template gives and takes only what the actor holds', () => {
    expect(
      withTemplate(['manage-staff', 'see-hospital-dashboard'], ['manage-permissions'], (permission) =>
        ['manage-permissions', 'manage-staff'].includes(permission),
      ),
    ).toEqual(['see-hospital-dashboard', 'manage-permissions']);
  });
});

describe('departments', () => {
  test('DEP-1 a tree shows each department once, also one in a circle or with a parent that is not there', () => {
    const a = department('a', { parent: department('b').id });
    const b = department('b', { parent: department('a').id });
    const lost = department('lost', { parent: department('nowhere').id });
    const rows = treeOf([departments.cardiology, departments.heartCentre, a, b, lost]);
    expect(rows.map(({ department: { name } }) => name).sort()).toEqual(
      ['a', 'b', 'cardiology', 'heart-centre', 'lost'].sort(),
    );
    expect(rows.find(({ department: { id } }) => id === cardiology)?.depth).toBe(1);
  });
  test('DEP-2 usual steps follow new times, steps of its own stay', () => {
    const before = defaultTargets.emergency;
    const after = { ...before, acknowledged: 5 };
    expect(withTargets(defaultPolicy('emergency', before), 'emergency', before, after)).toEqual(
      defaultPolicy('emergency', after),
    );
    const own = { steps: defaultPolicy('emergency', before).steps.slice(1) };
    expect(withTargets(own, 'emergency', before, after)).toBe(own);
  });
  test('a new department may be stored as it is once it has a name and a code', () => {
    for (const policy of Object.values(newDepartment().policies)) expect(policyProblems(policy)).toEqual([]);
  });
  test('steps move, keep their number, and come back into order', () => {
    const steps = defaultPolicy('urgent').steps;
    const swapped = moved(steps, 0, 1);
    expect(swapped).toHaveLength(steps.length);
    expect(swapped[1]).toBe(steps[0]);
    expect(moved(steps, 0, -1)).toEqual(steps);
    expect(inOrderOfTime(swapped).map(({ afterMinutes }) => afterMinutes)).toEqual(
      steps.map(({ afterMinutes }) => afterMinutes),
    );
  });
  test('whom a step calls stands in the order in which they are called, each once', () => {
    const named = { who: 'named', person: personId('somebody') } as const;
    let notify: EscalationStep['notify'] = [named];
    notify = withRecipient(notify, { who: 'head' }, true);
    notify = withRecipient(notify, { who: 'assignee' }, true);
    notify = withRecipient(notify, { who: 'head' }, true);
    expect(notify).toEqual([{ who: 'assignee' }, { who: 'head' }, named]);
    expect(withRecipient(notify, named, false)).toEqual([{ who: 'assignee' }, { who: 'head' }]);
  });

  test('DEP-7 the preview plays what stands in the form against the rota, and says who is missing', () => {
    const until = addMinutes(storyStart, 600);
    const directory = hospital({
      organisation: organisation({ dutyAdministration: departments.radiology.id }),
      rotaWeeks: [
        rotaWeek(cardiology, [shift('first', people.cardiologist.id, storyStart, until)]),
        rotaWeek(departments.radiology.id, [
          shift('first', people.manager.id, storyStart, addMinutes(storyStart, 3000)),
        ]),
      ],
    });
    const { kind: _kind, id: _id, active: _active, ...stored } = departments.cardiology;
    const fields = {
      ...stored,
      head: people.head.id,
      policies: { ...stored.policies, emergency: defaultPolicy('emergency') },
    };
    const play = playForm({
      directory,
      department: cardiology,
      fields,
      urgency: 'emergency',
      from: storyStart,
    });
    expect(play.calls[0]?.people.map(({ person }) => person)).toEqual([people.cardiologist.id]);
    expect(
      play.calls.some(({ people: called }) => called.some(({ person }) => person === people.head.id)),
    ).toBe(true);
    expect(play.gaps).toContainEqual({ tier: 'first', from: until, until: addMinutes(storyStart, 1440) });
    expect(play.gaps.filter(({ tier }) => tier === 'second')).toHaveLength(1);
    const outOfOrder = { steps: [...fields.policies.emergency.steps].reverse() };
    const wrong = playForm({
      directory,
      department: cardiology,
      fields: { ...fields, policies: { ...fields.policies, emergency: outOfOrder } },
      urgency: 'emergency',
      from: storyStart,
    });
    expect(wrong).toMatchObject({ isPlayable: false, calls: [] });
  });
});

describe('who may do what', () => {
  const directory = hospital();
  const asked = (who: (typeof people)[keyof typeof people], place: DepartmentId = cardiology) => ({
    person: who,
    department: place,
    directory,
    at: storyStart,
  });

  test('ADM-1 the page says of everybody what the rule itself says', () => {
    for (const person of Object.values(people))
      for (const { act, own } of administrationRows(asked(person))) {
        if (act === 'rota-swap-agree') continue;
        const { allowed } = mayAdminister({ act, person, directory, at: storyStart, department: cardiology });
        expect([person.name, act, own?.where !== 'nowhere']).toEqual([person.name, act, allowed]);
        expect([person.name, act, (own?.because.length ?? 0) > 0]).toEqual([person.name, act, allowed]);
      }
  });
  test('a receiver assigns here, a doctor answers, an auditor does neither', () => {
    const may = (who: (typeof people)[keyof typeof people], action: string): boolean =>
      consultRows(asked(who)).find((row) => row.action === action)?.own?.isAllowed === true;
    expect(may(people.receiver, 'declined')).toBe(true);
    expect(may(people.cardiologist, 'declined')).toBe(false);
    expect(may(people.cardiologist, 'completed')).toBe(true);
    expect(may(people.auditor, 'completed')).toBe(false);
    expect(may(people.cardiologist, 'submitted')).toBe(true);
    expect(may(people.surgeon, 'submitted')).toBe(false);
  });
  test('whoever administers nothing is shown no page', () => {
    const placesOf = (person: (typeof people)[keyof typeof people]): string[] =>
      placesFor((act) => mayAdminister({ act, person, directory, at: storyStart }).allowed);
    expect(placesOf(people.cardiologist)).toEqual([]);
    expect(placesOf(people.auditor)).toEqual(['/admin/permissions', '/audit']);
    const chief = { ...people.manager, grants: [grant('manage-staff')] };
    const withChief = hospital({ people: new Map(directory.people).set(chief.id, chief) });
    expect(
      placesFor((act) => mayAdminister({ act, person: chief, directory: withChief, at: storyStart }).allowed),
    ).toContain('/admin/staff');
  });
  test('every act and every refusal has words of its own', () => {
    const acts = administrationActSchema.options.map(administrationActWord);
    expect(new Set(acts).size).toBe(acts.length);
    const consult = authoredConsultTypes.map(consultActWord);
    expect(new Set(consult).size).toBe(consult.length);
    for (const code of refusalCodeSchema.options) expect(refusalWords(code)).not.toContain('admin_');
  });
});

test('a search field finds by every word typed, with or without accents, names that begin so first', () => {
  const options = [
    { value: '1', label: 'Dr Omar Khan', hint: 'Cardiology' },
    { value: '2', label: 'Khânum Ali' },
    { value: '3', label: 'Sara Malik' },
  ];
  expect(optionsLike(options, 'khan', 9).map(({ value }) => value)).toEqual(['2', '1']);
  expect(optionsLike(options, 'omar card', 9).map(({ value }) => value)).toEqual(['1']);
  expect(optionsLike(options, '', 2)).toHaveLength(2);
});

test('a designation gets a code of its own', () => {
  expect(designationCode('Senior Registrar', [])).toBe('senior-registrar');
  expect(designationCode('Senior Registrar', ['senior-registrar'])).toBe('senior-registrar-2');
  expect(designationCode('', [])).toBe('designation');
});
