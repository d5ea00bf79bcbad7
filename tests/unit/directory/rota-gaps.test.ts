import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { Department } from '#shared/directory/department.ts';
import { forwardGaps, gapsAhead, usedTiers } from '#shared/directory/rota-gaps.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { turnAfter, turnAt } from '#shared/directory/turns.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { department, departments, directoryOf, organisation, people, storyStart } from '#tests/builders.ts';
import { rotaWeek, shift } from './rota-builders.ts';

const hour = (hours: number): Instant => addMinutes(storyStart, hours * 60);
const cardiology = departments.cardiology.id;
const [anna, bilal] = [people.cardiologist, people.cardiologist2];
const usual = {
  emergency: defaultPolicy('emergency'),
  urgent: defaultPolicy('urgent'),
  routine: defaultPolicy('routine'),
};
const headOnly = departments.cardiology.policies;
const directoryWith = (departmentsHeld: readonly Department[], ...shifts: Shift[]) =>
  directoryOf(Object.values(people), departmentsHeld, {
    organisation: organisation({ dutyAdministration: departments.radiology.id }),
    rotaWeeks: [rotaWeek(cardiology, shifts)],
  });

describe('tiers that are used', () => {
  const onCall = { mode: 'on-call' as const };
  it.each([
    ['the default policies call all three', { policies: usual }, ['first', 'second', 'consultant']],
    ['policies that call only the head use none', { policies: headOnly }, []],
    [
      'assignment to whoever is on call uses the first',
      { policies: headOnly, assignment: { emergency: onCall, urgent: onCall, routine: onCall } },
      ['first'],
    ],
    ['an administrative department is asked nothing', { policies: usual, type: 'administrative' }, []],
    ['a department that is closed needs nobody', { policies: usual, active: false }, []],
  ] as [string, Partial<Department>, string[]][])('ALE-10 %s', (_what, over, expected) => {
    const one = department('cardiology', over);
    expect(usedTiers(directoryWith([one]), one)).toEqual(expected);
  });

  it('the duty administration has its first tier, whatever its policies', () => {
    const duty = { ...departments.radiology, type: 'administrative' as const, policies: headOnly };
    expect(usedTiers(directoryWith([duty]), duty)).toEqual(['first']);
  });
});

describe('gaps of the next 24 hours', () => {
  const first = (from: number, to: number, who = anna) => shift('first', who.id, hour(from), hour(to));

  it.each([
    ['a gap tonight', [first(-4, 12), first(20, 60)], [[12, 20]]],
    ['one that has begun', [first(-4, -1), first(3, 60)], [[-1, 3]]],
    ['one that ends after the 24 hours', [first(-4, 20), first(30, 60)], [[20, 30]]],
    ['one nobody is foreseen after', [first(-4, 20)], [[20, null]]],
    ['a rota never written', [], [[null, null]]],
    ['a gap further ahead is not seen yet', [first(-4, 26)], []],
    [
      'two',
      [first(-4, 4), first(5, 8), first(9, 60)],
      [
        [4, 5],
        [8, 9],
      ],
    ],
  ] as [string, Shift[], (number | null)[][]][])(
    'ALE-10 %s, with its true edges',
    (_what, shifts, expected) => {
      const at = (hours: number | null | undefined): Instant | null =>
        typeof hours === 'number' ? hour(hours) : null;
      expect(
        gapsAhead(directoryWith([departments.cardiology], ...shifts), cardiology, 'first', storyStart),
      ).toEqual(
        expected.map(([from, until]) => ({
          department: cardiology,
          tier: 'first',
          from: at(from),
          until: at(until),
        })),
      );
    },
  );

  it('an inactive person leaves a gap', () => {
    const directory = directoryWith([departments.cardiology], first(-4, 60));
    const left = { ...directory, people: new Map(directory.people).set(anna.id, { ...anna, active: false }) };
    expect(gapsAhead(left, cardiology, 'first', storyStart)).toHaveLength(1);
  });

  it('are looked for in used tiers of every department', () => {
    const directory = directoryWith(
      [{ ...departments.cardiology, policies: usual }, departments.surgery, departments.radiology],
      first(-4, 60),
    );
    expect(forwardGaps(directory, storyStart).map((gap) => [gap.department, gap.tier])).toEqual(
      expect.arrayContaining([
        [cardiology, 'second'],
        [cardiology, 'consultant'],
        [departments.radiology.id, 'first'],
      ]),
    );
    expect(forwardGaps(directory, storyStart)).toHaveLength(3);
  });
});

describe('turns of duty', () => {
  const shifts = [
    shift('first', anna.id, hour(0), hour(12)),
    shift('first', anna.id, hour(12), hour(24)),
    shift('first', bilal.id, hour(26), hour(36)),
  ];
  const directory = directoryWith([departments.cardiology], ...shifts);

  it('two shifts of one person that meet are one turn', () => {
    expect(turnAt(directory, cardiology, 'first', hour(13))).toEqual({
      person: anna.id,
      from: hour(0),
      until: hour(24),
    });
  });

  it('a gap is a turn of nobody, and the next person comes after it', () => {
    expect(turnAt(directory, cardiology, 'first', hour(25))).toEqual({
      person: null,
      from: hour(24),
      until: hour(26),
    });
    expect(turnAfter(directory, cardiology, 'first', hour(13))).toMatchObject({
      person: bilal.id,
      from: hour(26),
    });
    expect(turnAfter(directory, cardiology, 'first', hour(27))).toBeNull();
  });
});
