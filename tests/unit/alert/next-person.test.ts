import { describe, expect, it } from 'vitest';
import { successors } from '#shared/alert/next-person.ts';
import { calledLater, verdictOf, whoIsCalled } from '#shared/alert/reachability.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import {
  departments,
  directoryOf,
  membership,
  organisation,
  people,
  person,
  storyStart,
} from '#tests/builders.ts';
import { rotaWeek, shift } from '#tests/unit/directory/rota-builders.ts';

const cardiology = departments.cardiology.id;
const staff = {
  ...people,
  first: person('first', [membership(cardiology, 'doctor')]),
  second: person('second', [membership(cardiology, 'doctor')]),
  consultant: person('consultant', [membership(cardiology, 'doctor')]),
  duty: person('duty', [membership(departments.radiology.id, 'administrator')]),
};
const names = new Map(Object.entries(staff).map(([name, { id }]) => [id, name]));
const turn = (tier: Tier, { id }: Person) =>
  shift(tier, id, addMinutes(storyStart, -600), addMinutes(storyStart, 6000));

function hospital(over: { left?: readonly Person[]; duty?: boolean } = {}): Directory {
  const { left = [], duty = true } = over;
  const active = Object.values(staff).map((one) => (left.includes(one) ? { ...one, active: false } : one));
  return {
    ...directoryOf(
      active,
      [
        departments.medicine,
        { ...departments.cardiology, head: staff.head.id, receiver: staff.receiver.id },
        departments.surgery,
        { ...departments.heartCentre, head: staff.parentHead.id },
        departments.radiology,
      ],
      {
        rotaWeeks: [
          rotaWeek(cardiology, [
            turn('first', staff.first),
            turn('second', staff.second),
            turn('consultant', staff.consultant),
          ]),
          rotaWeek(departments.radiology.id, duty ? [turn('first', staff.duty)] : []),
        ],
      },
    ),
    organisation: { ...organisation(), dutyAdministration: departments.radiology.id },
  };
}
const above = (as: string, without: readonly Person[] = [], directory = hospital()): string[] =>
  successors({
    department: cardiology,
    as,
    without: new Set<PersonId>(without.map(({ id }) => id)),
    directory,
    at: storyStart,
  }).map((next) => `${names.get(next.person) ?? ''} as ${next.as}`);

const all = [
  'first as on-call first',
  'second as on-call second',
  'receiver as receiver',
  'consultant as on-call consultant',
  'head as head',
  'parentHead as parent-head',
  'duty as duty-administrator',
];

describe('#45 who is called instead of somebody whose devices are silent', () => {
  it.each<[string, string[], string[]]>([
    ['an assignee: everybody, from the first on call up', above('assignee'), all],
    ['the first on call: from the second up', above('on-call first'), all.slice(1)],
    ['the receiver: never back to the second', above('receiver'), all.slice(3)],
    ['the head: the head above, the duty administrator', above('head'), all.slice(5)],
    ['the duty administrator: nobody is above', above('duty-administrator'), []],
    [
      'those alerted already are passed over',
      above('on-call first', [staff.second, staff.receiver]),
      all.slice(3),
    ],
    [
      'those who left are passed over',
      above('on-call first', [], hospital({ left: [staff.second, staff.head] })),
      [all[2], all[3], all[5], all[6]] as string[],
    ],
    [
      'the requester of the consult is never called for it',
      above('head', [staff.parentHead]),
      [all[6]] as string[],
    ],
  ])('%s', (_why, found, expected) => expect(found).toEqual(expected));

  it('a gap in the duty administration ends at the administrators', () => {
    expect(above('parent-head', [], hospital({ duty: false }))).toContain('duty as administrator');
  });

  it('one who holds two of the posts is named once, for the first', () => {
    const directory = hospital();
    const both: Directory = {
      ...directory,
      departments: new Map(
        [...directory.departments].map(([id, one]) => [
          id,
          id === cardiology ? { ...one, head: staff.consultant.id } : one,
        ]),
      ),
    };
    expect(above('receiver', [], both).filter((line) => line.startsWith('consultant'))).toEqual([
      'consultant as on-call consultant',
    ]);
  });
});

describe('ALE-9 who would be called', () => {
  const called = (over: Partial<Parameters<typeof whoIsCalled>[0]> = {}) =>
    whoIsCalled({
      department: cardiology,
      urgency: 'emergency',
      preferredDoctor: null,
      requester: staff.requester.id,
      directory: hospital(),
      openConsults: new Map(),
      lastRoundRobin: null,
      at: storyStart,
      ...over,
    }).map((next) => `${names.get(next.person) ?? ''} as ${next.as}`);

  it('an emergency: whoever it would be assigned to, then the receiver', () => {
    expect(called()).toEqual(['first as assignee', 'receiver as receiver']);
  });
  it('routine in a department that takes by hand: first on call and receiver', () => {
    const directory = hospital();
    const manual = { mode: 'manual' as const };
    const byHand: Directory = {
      ...directory,
      departments: new Map(
        [...directory.departments].map(([id, one]) => [
          id,
          id === cardiology
            ? { ...one, assignment: { emergency: manual, urgent: manual, routine: manual } }
            : one,
        ]),
      ),
    };
    expect(called({ urgency: 'routine', directory: byHand })).toEqual([
      'first as on-call first',
      'receiver as receiver',
    ]);
  });
  it('never the one who asks', () => {
    expect(called({ requester: staff.first.id })).not.toContain('first as on-call first');
  });
  it('never nobody', () => {
    expect(
      called({ department: departments.radiology.id, directory: hospital({ duty: false }) }).length,
    ).toBeGreaterThan(0);
  });

  it('whoever else has a post there comes after them, upwards, each once, the one who asks as well', () => {
    const input = { department: cardiology, directory: hospital(), at: storyStart };
    const first = { person: staff.first.id, as: 'assignee' };
    const later = calledLater(input, [first]).map(({ person, as }) => `${names.get(person) ?? ''} as ${as}`);
    expect(later).toEqual(above('assignee', [staff.first]));
    expect(later).toContain('consultant as on-call consultant');
    expect(calledLater(input, []).map(({ person }) => person)).toContain(staff.first.id);
  });

  it.each<[string, Parameters<typeof verdictOf>, string]>([
    ['no channel at all', [[], storyStart, storyStart], 'none'],
    ['heard of now', [['push'], storyStart, storyStart], 'alive'],
    ['heard of a day ago', [['push'], storyStart, addMinutes(storyStart, 1440)], 'alive'],
    ['heard of longer ago', [['push'], storyStart, addMinutes(storyStart, 1441)], 'quiet'],
    ['never heard of', [['email'], null, storyStart], 'quiet'],
  ])('%s', (_why, args, verdict) => expect(verdictOf(...args)).toBe(verdict));
});
