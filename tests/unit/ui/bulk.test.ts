import { describe, expect, test } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Person } from '#shared/directory/staff.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { doctorsFor, mayBulk, planRow, rowRefusal, type BulkAct } from '$lib/inbox/bulk.ts';
import { departments, hospital, people, story, storyStart, type Story } from '#tests/builders.ts';

function consultOf(told: Story): Consult {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
}
const directory = hospital();
const at = addMinutes(storyStart, 30);
const asking = (person: Person) => ({ person, directory, at });

const fresh = consultOf(story('fresh').submitted());
const given = consultOf(
  (() => {
    const told = story('given').submitted();
    return told.system('auto-assigned', { of: told.last.id, to: people.cardiologist2.id, rule: 'on-call' });
  })(),
);
const taken = consultOf(
  story('taken').submitted().act('acknowledged', { promiseMinutes: 15, assignSelf: true }),
);
const answered = consultOf(
  story('answered')
    .submitted()
    .act('acknowledged', { promiseMinutes: 15, assignSelf: true })
    .act('completed'),
);
const surgical = consultOf(story('surgical').submitted({ receivingDepartment: departments.surgery.id }));
const to = people.cardiologist.id;

describe('CON-12 several at once', () => {
  test.each<[string, BulkAct, Consult, Person, ReturnType<typeof planRow>]>([
    [
      'assigning a new one acknowledges it too',
      'assign',
      fresh,
      people.receiver,
      { type: 'assigned', body: { to, acknowledges: true } },
    ],
    [
      'assigning takes what only a rule has given',
      'assign',
      given,
      people.receiver,
      { type: 'assigned', body: { to, acknowledges: true } },
    ],
    [
      'assigning leaves what somebody has',
      'assign',
      taken,
      people.receiver,
      { type: 'refused', why: 'has-one-already' },
    ],
    [
      'reassigning gives it to another',
      'reassign',
      given,
      people.receiver,
      { type: 'reassigned', body: { to, reason: '' } },
    ],
    [
      'reassigning to who has it changes nothing',
      'reassign',
      taken,
      people.receiver,
      { type: 'refused', why: 'theirs-already' },
    ],
    [
      'reassigning what nobody has is assigning',
      'reassign',
      fresh,
      people.receiver,
      { type: 'refused', why: 'nobody-has-it' },
    ],
    ['what is over stays over', 'assign', answered, people.receiver, { type: 'refused', why: 'ended' }],
    [
      'another department’s is not theirs to give',
      'assign',
      surgical,
      people.receiver,
      { type: 'refused', why: 'not-yours' },
    ],
    [
      'a doctor who leads nothing gives nothing away',
      'assign',
      fresh,
      people.cardiologist2,
      { type: 'refused', why: 'not-yours' },
    ],
  ])('%s', (_title, act, consult, person, expected) => {
    expect(planRow(act, consult, to, asking(person))).toEqual(expected);
  });

  test('to somebody who is no doctor of the department it is refused, the others are not', () => {
    expect(planRow('assign', fresh, people.surgeon.id, asking(people.receiver))).toEqual({
      type: 'refused',
      why: 'not-theirs',
    });
    expect(planRow('assign', fresh, people.cardiologist2.id, asking(people.receiver)).type).toBe('assigned');
  });

  test('what is planned takes effect, and what is refused would have been refused by the server too or have changed nothing', () => {
    const told = story('effect').submitted();
    const consult = consultOf(told);
    const plan = planRow('assign', consult, to, asking(people.receiver));
    if (plan.type !== 'assigned') throw new Error('refused');
    told.act('assigned', plan.body, { by: people.receiver });
    const after = consultOf(told);
    expect({ assignee: after.assignee, status: after.status, by: after.acknowledgedBy }).toEqual({
      assignee: to,
      status: 'acknowledged',
      by: people.receiver.id,
    });
  });

  test('only doctors of the departments asked are offered, by name', () => {
    const offered = doctorsFor([fresh, surgical], directory, at).map(({ id }) => id);
    expect(offered).toContain(people.cardiologist.id);
    expect(offered).toContain(people.surgeon.id);
    expect(offered).not.toContain(people.requester.id);
    const names = doctorsFor([fresh, surgical], directory, at).map(({ name }) => name);
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b)));
  });

  test('the choice of several is offered to who can give at least one', () => {
    expect(mayBulk([fresh, surgical], asking(people.receiver))).toBe(true);
    expect(mayBulk([fresh, surgical], asking(people.requester))).toBe(false);
    expect(rowRefusal('assign', fresh, asking(people.requester))).toBe('not-yours');
  });
});
