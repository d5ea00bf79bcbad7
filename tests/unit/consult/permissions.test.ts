import { describe, expect, test } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { authoredConsultTypes, type AuthoredConsultType, type ConsultBody } from '#shared/consult/events.ts';
import {
  mayAct,
  relationOf,
  takenFromByAcknowledging,
  takesByAcknowledging,
} from '#shared/consult/permissions.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { roleSchema, type Person, type Role } from '#shared/directory/staff.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  department,
  departmentId,
  directoryOf,
  grant,
  hospital,
  membership,
  people,
  person,
  requestContent,
  sampleBodies,
  story,
  storyStart,
} from '#tests/builders.ts';

// ── a consult with a department in every relation to it ──────────────────────────────────────────────────────────────
const relations = [
  'asking',
  'answering',
  'earlier',
  'joining',
  'above-asking',
  'above-answering',
  'third',
] as const;
type Relation = (typeof relations)[number];
const departments = [
  department('asking', { parent: departmentId('above-asking') }),
  department('answering', { parent: departmentId('above-answering') }),
  ...['earlier', 'joining', 'above-asking', 'above-answering', 'third'].map((name) => department(name)),
];
const author = person('author', [membership(departmentId('asking'), 'doctor')]);
const recipient = person('recipient', [membership(departmentId('answering'), 'doctor')]);
const told = story()
  .submitted(
    { requestingDepartment: departmentId('asking'), receivingDepartment: departmentId('earlier') },
    { by: author },
  )
  .act('joined', { department: departmentId('joining'), reason: 'Same question.' }, { by: author })
  .act('redirected', { department: departmentId('answering'), reason: 'Theirs.' }, { by: author });
const consult = projectConsult(told.events)!;
const authorsEvent = told.events[0]!.id;

const bodies: { readonly [T in AuthoredConsultType]: ConsultBody<T> } = {
  ...sampleBodies,
  submitted: {
    content: requestContent({
      requestingDepartment: departmentId('asking'),
      receivingDepartment: departmentId('answering'),
    }),
    linked: [],
  },
  assigned: { to: recipient.id, acknowledges: false },
  reassigned: { to: recipient.id, reason: '' },
  redirected: { department: departmentId('third'), reason: 'Theirs.' },
  joined: { department: departmentId('third'), reason: 'Same.' },
  corrected: { of: authorsEvent, text: 'x' },
  'entered-in-error': { of: authorsEvent, reason: 'x' },
};
const allowedTo = (who: Person, onConsult: Consult = consult): AuthoredConsultType[] =>
  authoredConsultTypes.filter(
    (action) =>
      mayAct({
        action,
        body: bodies[action],
        person: who,
        consult: action === 'submitted' ? null : onConsult,
        directory: directoryOf([author, recipient, who], departments),
        at: storyStart,
      }).allowed,
  );
const words = (list: string): string[] => list.split(/\s+/).filter((word) => word !== '');

// ── CON-3 a second time, by hand: what a part may do; everything else is denied ──────────────────────────────────────
const reads = 'opened';
const asks = `resubmitted info-provided urgency-changed recommendation-marked closed reopened cancelled rang
  note-added message-posted attachment-added joined ${reads}`;
const treats = `acknowledged promise-changed seen info-requested completed follow-up-recorded follow-up-ended
  note-added message-posted attachment-added joined ${reads}`;
const leads = `acknowledged assigned reassigned unassigned redirected declined message-posted ${reads}`;
const joins = `info-provided rang note-added message-posted attachment-added ${reads}`;
const treatedBefore = `note-added ${reads}`;
const nothing = '';
const manages = `reassigned redirected force-closed ${reads}`;

type Row = readonly [relation: Relation, role: Role, clinical: string, notClinical: string];
const rows: readonly Row[] = [
  ['asking', 'doctor', `submitted ${asks}`, reads],
  ['asking', 'receiver', `submitted ${asks}`, reads],
  ['asking', 'head', `submitted ${asks}`, reads],
  ['asking', 'nurse', reads, reads],
  ['asking', 'clerk', reads, reads],
  ['asking', 'administrator', reads, reads],
  ['asking', 'auditor', reads, reads],
  ['answering', 'doctor', treats, reads],
  ['answering', 'receiver', `${treats} ${leads}`, leads],
  ['answering', 'head', `${treats} ${leads}`, leads],
  ['answering', 'nurse', reads, reads],
  ['answering', 'clerk', reads, reads],
  ['answering', 'administrator', reads, reads],
  ['answering', 'auditor', reads, reads],
  ['earlier', 'doctor', treatedBefore, reads],
  ['earlier', 'receiver', treatedBefore, reads],
  ['earlier', 'head', treatedBefore, reads],
  ['earlier', 'nurse', reads, reads],
  ['earlier', 'clerk', reads, reads],
  ['earlier', 'administrator', reads, reads],
  ['earlier', 'auditor', reads, reads],
  ['joining', 'doctor', joins, reads],
  ['joining', 'receiver', joins, reads],
  ['joining', 'head', joins, reads],
  ['joining', 'nurse', reads, reads],
  ['joining', 'clerk', reads, reads],
  ['joining', 'administrator', reads, reads],
  ['joining', 'auditor', reads, reads],
  ['above-asking', 'doctor', nothing, nothing],
  ['above-asking', 'receiver', nothing, nothing],
  ['above-asking', 'head', `submitted ${asks}`, reads],
  ['above-asking', 'nurse', nothing, nothing],
  ['above-asking', 'clerk', nothing, nothing],
  ['above-asking', 'administrator', nothing, nothing],
  ['above-asking', 'auditor', nothing, nothing],
  ['above-answering', 'doctor', nothing, nothing],
  ['above-answering', 'receiver', nothing, nothing],
  ['above-answering', 'head', `${treats} ${leads}`, leads],
  ['above-answering', 'nurse', nothing, nothing],
  ['above-answering', 'clerk', nothing, nothing],
  ['above-answering', 'administrator', nothing, nothing],
  ['above-answering', 'auditor', nothing, nothing],
  ['third', 'doctor', nothing, nothing],
  ['third', 'receiver', nothing, nothing],
  ['third', 'head', nothing, nothing],
  ['third', 'nurse', nothing, nothing],
  ['third', 'clerk', nothing, nothing],
  ['third', 'administrator', nothing, nothing],
  ['third', 'auditor', nothing, nothing],
];
/** Added by manage-department-consults, for members only. */
const granted = (relation: Relation): string => (relation === 'answering' ? leads : nothing);

const expected = (...lists: readonly string[]): AuthoredConsultType[] => {
  const allowed = new Set(lists.flatMap(words));
  return authoredConsultTypes.filter((type) => allowed.has(type));
};

describe('CON-3 role × act × relation', () => {
  test('the table of this test has every role in every relation, and only acts that exist', () => {
    expect(new Set(rows.map(([relation, role]) => `${relation} ${role}`)).size).toBe(
      relations.length * roleSchema.options.length,
    );
    const named = new Set(rows.flatMap(([, , ...lists]) => lists.flatMap(words)).concat(words(manages)));
    expect([...named].filter((type) => !(authoredConsultTypes as readonly string[]).includes(type))).toEqual(
      [],
    );
  });

  describe.each(rows)('%s %s', (relation, role, clinical, notClinical) => {
    const member = (over: Partial<Person>): Person =>
      person('member', [membership(departmentId(relation), role)], over);

    test('with a clinical designation', () => {
      expect(allowedTo(member({}))).toEqual(expected(clinical));
    });
    test('without one', () => {
      expect(allowedTo(member({ designation: 'ward-clerk' }))).toEqual(expected(notClinical));
    });
    test('with a designation nobody knows', () => {
      expect(allowedTo(member({ designation: 'wizard' }))).toEqual(expected(notClinical));
    });
    test('with manage-department-consults', () => {
      const grants = [grant('manage-department-consults')];
      expect(allowedTo(member({ grants }))).toEqual(expected(clinical, granted(relation)));
      expect(allowedTo(member({ grants, designation: 'ward-clerk' }))).toEqual(
        expected(notClinical, granted(relation)),
      );
    });
    test('with manage-hospital-consults', () => {
      const grants = [grant('manage-hospital-consults')];
      expect(allowedTo(member({ grants }))).toEqual(expected(clinical, manages));
    });
    test('of yesterday or of tomorrow: nothing', () => {
      const at = membership(departmentId(relation), role);
      const ended = person('ended', [{ ...at, until: storyStart }]);
      const coming = person('coming', [{ ...at, from: addMinutes(storyStart, 1) }]);
      expect(allowedTo(ended)).toEqual([]);
      expect(allowedTo(coming)).toEqual([]);
    });
  });

  test.each([
    'manage-staff',
    'manage-departments',
    'see-department-dashboard',
    'see-hospital-dashboard',
    'manage-permissions',
  ] as const)('the permission %s opens no consult', (permission) => {
    const who = person('p', [membership(departmentId('third'), 'administrator')], {
      grants: [grant(permission)],
    });
    expect(allowedTo(who)).toEqual([]);
  });

  test('a grant that has ended opens nothing', () => {
    const grants = [{ ...grant('manage-hospital-consults'), until: storyStart }];
    expect(allowedTo(person('p', [], { grants }))).toEqual([]);
  });

  test('the head and the delegated receiver as the department names them lead it', () => {
    const named = departments.map((each) =>
      each.name === 'answering' ? { ...each, receiver: recipient.id } : each,
    );
    const directory = directoryOf([recipient], named);
    const hats = relationOf({ consult, person: recipient, directory, at: storyStart });
    expect(hats.has('receiving-leader')).toBe(true);
    const plain = relationOf({
      consult,
      person: recipient,
      directory: directoryOf([recipient], departments),
      at: storyStart,
    });
    expect(plain.has('receiving-leader')).toBe(false);
  });

  test('with no directory loaded nobody is clinical: rules refuse rather than guess', () => {
    const directory = directoryOf([recipient], departments, { organisation: null });
    const act = { action: 'seen', body: {}, person: recipient, consult, directory, at: storyStart } as const;
    expect(mayAct(act)).toEqual({ allowed: false, code: 'not-allowed' });
  });
});

describe('named, but of no department', () => {
  const gone = person('gone', [membership(departmentId('third'), 'doctor')]);
  test('an assignee who moved away finishes what they have', () => {
    expect(allowedTo(gone, { ...consult, assignee: gone.id, involved: [gone.id] })).toEqual(
      expected(treats.replace('joined', '')),
    );
  });
  test('who is only named reads', () => {
    expect(allowedTo(gone, { ...consult, involved: [gone.id] })).toEqual(expected(reads));
  });
  test('an assignee who is no doctor reads', () => {
    const nurse = person('nurse', [membership(departmentId('answering'), 'nurse')]);
    expect(allowedTo(nurse, { ...consult, assignee: nurse.id, involved: [nurse.id] })).toEqual(
      expected(reads),
    );
  });
});

// ── what an act says ─────────────────────────────────────────────────────────────────────────────────────────────────
const codeOf = <T extends AuthoredConsultType>(
  action: T,
  body: ConsultBody<T>,
  who: Person,
  on: Consult | null = projectConsult(story().submitted().events),
): string => {
  const permit = mayAct({ action, body, person: who, consult: on, directory: hospital(), at: storyStart });
  return permit.allowed ? 'allowed' : permit.code;
};
const given = (by: 'machine' | 'person', acknowledged = false): Consult => {
  const base = story().submitted();
  if (by === 'machine')
    base.system('auto-assigned', { of: base.last.id, to: people.cardiologist2.id, rule: 'on-call' });
  else base.act('assigned', { to: people.cardiologist2.id, acknowledges: false });
  if (acknowledged) base.act('acknowledged', undefined, { by: people.cardiologist2 });
  return projectConsult(base.events)!;
};

describe('what an act says decides too', () => {
  const elsewhere = departmentId('atlantis');
  test.each([
    ['own department', { receivingDepartment: departmentId('medicine') }, 'own-department'],
    ['a department nobody knows', { receivingDepartment: elsewhere }, 'unknown-department'],
    ['in another department’s name', { requestingDepartment: departmentId('radiology') }, 'not-allowed'],
    ['as it should be', {}, 'allowed'],
  ])('submitted: %s', (_, content, code) => {
    const body = { content: requestContent(content), linked: [] };
    expect(codeOf('submitted', body, people.requester, null)).toBe(code);
  });

  test('a consult is submitted once', () => {
    expect(codeOf('submitted', sampleBodies.submitted, people.requester)).toBe('not-first');
  });

  test.each([
    [people.cardiologist2, 'allowed'],
    [people.receiver, 'allowed'],
    [people.cardiologyNurse, 'not-allowed'],
    [people.surgeon, 'not-allowed'],
    [people.parentHead, 'not-allowed'],
  ])('CON-4 an assignee belongs to the receiving department: $0.name', (to, code) => {
    expect(codeOf('assigned', { to: to.id, acknowledges: false }, people.head)).toBe(code);
    expect(codeOf('reassigned', { to: to.id, reason: '' }, people.manager)).toBe(code);
  });
  test('nobody is assigned who is not known', () => {
    const nobody = person('nobody', []).id;
    expect(codeOf('assigned', { to: nobody, acknowledges: false }, people.head)).toBe('unknown-person');
  });

  test.each([
    [departmentId('surgery'), 'allowed'],
    [departmentId('medicine'), 'own-department'],
    [departmentId('cardiology'), 'not-allowed'],
    [elsewhere, 'unknown-department'],
  ])('redirected to %s: %s', (to, code) => {
    expect(codeOf('redirected', { department: to, reason: 'x' }, people.head)).toBe(code);
  });

  test('declined towards a department nobody knows, joined by one', () => {
    const wayForward = { way: 'other-department', department: elsewhere } as const;
    expect(codeOf('declined', { wayForward, reason: 'x' }, people.head)).toBe('unknown-department');
    expect(codeOf('joined', { department: elsewhere, reason: 'x' }, people.requester)).toBe(
      'unknown-department',
    );
  });

  test.each([
    ['nobody has', projectConsult(story().submitted().events)!, 'allowed'],
    ['a machine gave to another', given('machine'), 'allowed'],
    ['a machine gave to another, who acknowledged', given('machine', true), 'not-allowed'],
    ['a person gave to another', given('person'), 'not-allowed'],
  ])('a doctor takes what %s', (_, on, code) => {
    expect(codeOf('acknowledged', { promiseMinutes: 0, assignSelf: true }, people.cardiologist, on)).toBe(
      code,
    );
    expect(
      codeOf('assigned', { to: people.cardiologist.id, acknowledges: false }, people.cardiologist, on),
    ).toBe(code);
    expect(codeOf('acknowledged', { promiseMinutes: 0, assignSelf: false }, people.cardiologist, on)).toBe(
      'allowed',
    );
  });

  test.each<[string, Consult, Person, boolean, Person | null]>([
    ['nobody has it', projectConsult(story().submitted().events)!, people.cardiologist, true, null],
    ['a machine gave it to a colleague', given('machine'), people.cardiologist, true, people.cardiologist2],
    ['a machine gave it to them', given('machine'), people.cardiologist2, true, null],
    [
      'a machine gave it to a colleague, who acknowledged',
      given('machine', true),
      people.cardiologist,
      false,
      null,
    ],
    ['a person gave it to a colleague', given('person'), people.cardiologist, false, null],
    ['a machine gave it, and they are no doctor there', given('machine'), people.parentHead, false, null],
  ])('CON-16 who acknowledges takes it, where %s', (_, on, who, takes, from) => {
    expect(takesByAcknowledging(on, who, hospital(), storyStart)).toBe(takes);
    expect(takenFromByAcknowledging(on, who, hospital(), storyStart)).toBe(from?.id ?? null);
  });

  test.each([
    ['a doctor of the department', people.cardiologist, true],
    ['the head of the department above, who would be refused', people.parentHead, false],
  ])('CON-4 acknowledging what nobody has: %s', (_, who, takes) => {
    const on = projectConsult(story().submitted().events)!;
    expect(takesByAcknowledging(on, who, hospital(), storyStart)).toBe(takes);
    const body = { promiseMinutes: 0, assignSelf: takesByAcknowledging(on, who, hospital(), storyStart) };
    expect(codeOf('acknowledged', body, who, on)).toBe('allowed');
    expect(takesByAcknowledging(given('person'), who, hospital(), storyStart)).toBe(false);
  });

  test('a leader takes from somebody by reassigning, in the open', () => {
    const on = given('person');
    expect(codeOf('acknowledged', { promiseMinutes: 0, assignSelf: true }, people.head, on)).toBe(
      'not-allowed',
    );
    expect(codeOf('reassigned', { to: people.head.id, reason: '' }, people.head, on)).toBe('allowed');
  });

  test('a doctor gives nothing to others', () => {
    const body = { to: people.cardiologist2.id, acknowledges: false };
    expect(codeOf('assigned', body, people.cardiologist)).toBe('not-allowed');
  });

  test('the one it was given to takes it', () => {
    const body = { promiseMinutes: 0, assignSelf: true };
    expect(codeOf('acknowledged', body, people.cardiologist2, given('person'))).toBe('allowed');
  });

  test('a head of a department above does not take it for themselves', () => {
    expect(codeOf('acknowledged', { promiseMinutes: 0, assignSelf: true }, people.parentHead)).toBe(
      'not-allowed',
    );
  });

  test('a hand-over is confirmed by the one it was offered to', () => {
    const offered = story().submitted();
    offered.system('hand-over-offered', { to: people.cardiologist2.id, until: storyStart });
    const on = projectConsult(offered.events);
    expect(codeOf('hand-over-confirmed', {}, people.cardiologist2, on)).toBe('allowed');
    expect(codeOf('hand-over-confirmed', {}, people.cardiologist, on)).toBe('not-allowed');
  });

  test.each(['corrected', 'entered-in-error'] as const)('%s: one’s own words only', (type) => {
    const noted = story().submitted().act('note-added');
    const body = { ...sampleBodies[type], of: noted.last.id } as ConsultBody<typeof type>;
    const on = projectConsult(noted.events);
    expect(codeOf(type, body, people.cardiologist, on)).toBe('allowed');
    for (const other of [people.cardiologist2, people.head, people.requester, people.manager]) {
      expect(codeOf(type, body, other, on)).toBe('not-allowed');
    }
    expect(codeOf(type, sampleBodies[type], people.cardiologist, on)).toBe('not-allowed');
  });

  test('nothing is allowed on a consult that is not there', () => {
    expect(codeOf('opened', {}, people.requester, null)).toBe('not-allowed');
  });
});
