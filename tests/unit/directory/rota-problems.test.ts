import { describe, expect, it } from 'vitest';
import { isRefused, rotaProblems } from '#shared/directory/rota-problems.ts';
import { rotaWeekSchema, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import { shiftsOfPattern } from '#shared/directory/shift-pattern.ts';
import { swapShifts } from '#shared/directory/swap.ts';
import { instantOfLocal } from '#shared/directory/local-time.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import {
  departments,
  directoryOf,
  membership,
  organisation,
  people,
  person,
  storyStart,
} from '#tests/builders.ts';
import { rotaWeek, shift } from './rota-builders.ts';

const cardiology = departments.cardiology.id;
const duty = departments.radiology.id;
const hour = (hours: number): Instant => addMinutes(storyStart, hours * 60);
const left = person('left', [membership(cardiology, 'doctor')], { active: false });
const [anna, bilal] = [people.cardiologist, people.cardiologist2];
const directory = directoryOf([...Object.values(people), left], Object.values(departments), {
  organisation: organisation({ dutyAdministration: duty }),
});
const turn = (from: number, to: number, who = anna, tier: Shift['tier'] = 'first'): Shift =>
  shift(tier, who.id, hour(from), hour(to));
const typesOf = (week: RotaWeek, now = storyStart) =>
  rotaProblems(week, directory, now).map(({ type }) => type);

describe('an impossible shift', () => {
  it.each([
    ['ends before it starts', turn(12, 2), 'ends-before-start'],
    ['has no length', turn(12, 12), 'ends-before-start'],
    ['is longer than a day', turn(0, 24.5), 'longer-than-a-day'],
    ['starts in another week', turn(7 * 24, 7 * 24 + 12), 'other-week'],
    [
      'is of a person nobody knows',
      { ...turn(0, 12), person: departments.cardiology.id as never },
      'unknown-person',
    ],
    ['is of a person who left', turn(0, 12, left), 'inactive-person'],
    ['is of a person of another department', turn(0, 12, people.requester), 'not-of-department'],
    [
      'was agreed by the one who asked',
      { ...turn(0, 12), override: { askedBy: anna.id, agreedBy: anna.id } },
      'not-agreed',
    ],
    [
      'is taken by one who neither asked nor agreed',
      { ...turn(0, 12), override: { askedBy: bilal.id, agreedBy: people.head.id } },
      'not-agreed',
    ],
  ] as [string, Shift, string][])('DEP-5 that %s is refused, and its row is named', (_what, bad, type) => {
    const week = rotaWeek(cardiology, [turn(20, 30, bilal, 'second'), bad]);
    const found = rotaProblems(week, directory, storyStart);
    expect(found).toContainEqual({ type, row: 1, shift: bad.id });
    expect(found.filter(isRefused)).toHaveLength(1);
  });

  it('twice the same id names the second', () => {
    const week = rotaWeek(cardiology, [turn(0, 12), { ...turn(12, 20), id: turn(0, 12).id }]);
    expect(rotaProblems(week, directory, storyStart)).toContainEqual({
      type: 'same-id',
      row: 1,
      shift: turn(0, 12).id,
    });
  });

  it('a night that summer time makes thirteen or twenty-five hours long is possible', () => {
    const london = directoryOf(Object.values(people), Object.values(departments), {
      organisation: organisation({ timeZone: 'Europe/London' }),
    });
    const [whole] = shiftsOfPattern(
      { tier: 'first', person: anna.id, start: '08:00', end: '08:00', days: [6] },
      '2026-W43',
      'Europe/London',
    );
    if (whole === undefined) throw new Error('no shift');
    expect(
      rotaProblems(rotaWeek(cardiology, [whole], '2026-W43'), london, storyStart).filter(isRefused),
    ).toEqual([]);
    const longer = { ...whole, endsAt: addMinutes(whole.endsAt, 1) };
    expect(
      rotaProblems(rotaWeek(cardiology, [longer], '2026-W43'), london, storyStart).filter(isRefused),
    ).toMatchObject([{ type: 'longer-than-a-day', row: 0 }]);
  });

  it("the week is the hospital's own: Sunday 21:00 UTC is Monday in Karachi", () => {
    const at = instantOfLocal('2026-03-09', '02:00', 'Asia/Karachi');
    expect(at.slice(0, 10)).toBe('2026-03-08');
    const late = shift('first', anna.id, at, addMinutes(at, 60));
    expect(typesOf(rotaWeek(cardiology, [late], '2026-W11'))).not.toContain('other-week');
    expect(typesOf(rotaWeek(cardiology, [late], '2026-W10'))).toContain('other-week');
  });
});

describe('a week of the rota', () => {
  it('overlaps are shown with both rows and may stand; an override lies over a plain turn without one', () => {
    const over = { ...turn(2, 4, bilal), id: 'over', override: { agreedBy: people.head.id } };
    const week = rotaWeek(cardiology, [turn(0, 12), turn(10, 20, bilal), over, turn(0, 20, bilal, 'second')]);
    const found = rotaProblems(week, directory, storyStart);
    expect(found.filter(({ type }) => type === 'overlap')).toEqual([
      { type: 'overlap', row: 1, shift: turn(10, 20, bilal).id, other: 0 },
    ]);
    expect(found.filter(isRefused)).toEqual([]);
  });

  it("DEP-5 a gap in the duty administrator's tier is refused, one elsewhere is shown", () => {
    const onDuty = person('on-duty', [membership(duty, 'administrator')]);
    const known = { ...directory, people: new Map(directory.people).set(onDuty.id, onDuty) };
    const whole = [1, 2, 3, 4, 5, 6, 7].flatMap((day) =>
      shiftsOfPattern(
        { tier: 'first', person: onDuty.id, start: '00:00', end: '00:00', days: [day] },
        '2026-W10',
        'Asia/Karachi',
      ),
    );
    expect(rotaProblems(rotaWeek(duty, whole), known, storyStart)).toEqual([]);
    const torn = whole.filter((_, day) => day !== 3);
    const found = rotaProblems(rotaWeek(duty, torn), known, storyStart);
    expect(found).toEqual([{ type: 'duty-gap', from: whole[3]?.startsAt, until: whole[3]?.endsAt }]);
    expect(found.every(isRefused)).toBe(true);
    // Gaps that are over are nobody's concern.
    expect(rotaProblems(rotaWeek(duty, torn), known, whole[4]?.startsAt ?? storyStart)).toEqual([]);
    const elsewhere = rotaProblems(
      rotaWeek(cardiology, [turn(0, 12)]),
      { ...directory, departments: new Map(directory.departments).set(cardiology, usesFirst) },
      storyStart,
    );
    expect(elsewhere.map(({ type }) => type)).toContain('gap');
    expect(elsewhere.filter(isRefused)).toEqual([]);
  });
  const usesFirst = {
    ...departments.cardiology,
    assignment: {
      emergency: { mode: 'on-call' as const },
      urgent: { mode: 'on-call' as const },
      routine: { mode: 'on-call' as const },
    },
  };

  it.each([
    ['of a department nobody knows', { department: people.head.id as never }, 'unknown-department'],
    ['the year does not have', { week: '2026-W54' }, 'unknown-week'],
    ['under another id', { id: 'rota:other' }, 'wrong-id'],
  ])('%s is refused', (_what, over, type) => {
    expect(typesOf({ ...rotaWeek(cardiology, []), ...over })).toEqual([type]);
  });

  it('nothing is judged while the time zone is not known', () => {
    const unknown = { ...directory, organisation: null };
    expect(rotaProblems(rotaWeek(cardiology, []), unknown, storyStart)).toEqual([
      { type: 'unknown-time-zone' },
    ]);
  });
});

describe('a swap', () => {
  const mine = turn(24, 36);
  const theirs = turn(48, 60, bilal);
  const week = rotaWeek(cardiology, [mine, theirs]);
  const agreed = { askedBy: anna.id, agreedBy: bilal.id };
  const swap = (
    agreement = agreed,
    ids: readonly [string, string] = [mine.id, theirs.id],
    now = storyStart,
  ) => swapShifts([week], ids, agreement, now);

  it("DEP-5 of two who both said yes puts each over the other's turn, and the rota takes it", () => {
    const result = swap();
    if (!result.ok) throw new Error(result.error.type);
    const [swapped] = result.value;
    expect(
      swapped?.shifts
        .slice(2)
        .map(({ person: who, startsAt, override }) => [who, startsAt, override?.agreedBy]),
    ).toEqual([
      [bilal.id, mine.startsAt, bilal.id],
      [anna.id, theirs.startsAt, bilal.id],
    ]);
    expect(rotaWeekSchema.parse(swapped)).toEqual(swapped);
    expect(rotaProblems(swapped ?? week, directory, storyStart).filter(isRefused)).toEqual([]);
  });

  it('that crosses two weeks changes both documents', () => {
    const next = turn(7 * 24, 7 * 24 + 12, bilal);
    const weeks = [rotaWeek(cardiology, [mine]), rotaWeek(cardiology, [next], '2026-W11')];
    const result = swapShifts(weeks, [mine.id, next.id], agreed, storyStart);
    expect(result.ok && result.value.map(({ week: name, shifts }) => [name, shifts.length])).toEqual([
      ['2026-W10', 2],
      ['2026-W11', 2],
    ]);
  });

  it.each([
    [
      'a head agrees for one of them',
      { askedBy: anna.id, agreedBy: people.head.id },
      undefined,
      storyStart,
      'not-theirs',
    ],
    [
      'one person both asks and agrees',
      { askedBy: anna.id, agreedBy: anna.id },
      undefined,
      storyStart,
      'not-theirs',
    ],
    ["both turns are one person's", agreed, [mine.id, mine.id] as const, storyStart, 'nothing-to-swap'],
    ['a turn is not there', agreed, [mine.id, 'none'] as const, storyStart, 'unknown-shift'],
    ['a turn has begun', agreed, undefined, hour(25), 'has-begun'],
  ])('is refused when %s', (_what, agreement, ids, now, type) => {
    const result = swap(agreement, ids ?? [mine.id, theirs.id], now);
    expect(result.ok ? null : result.error.type).toBe(type);
  });

  it('of which only one half is written is refused', () => {
    const result = swap();
    if (!result.ok) throw new Error(result.error.type);
    const shifts = result.value[0]?.shifts ?? [];
    const half = shifts.map((one, row) => (row === 3 ? { ...one, override: { ...agreed } } : one));
    expect(typesOf(rotaWeek(cardiology, half))).toContain('half-a-swap');
  });

  it('a rota written before it was kept who asked is read and stands', () => {
    const old = { ...turn(0, 12), override: { agreedBy: people.head.id } };
    const parsed = rotaWeekSchema.parse(rotaWeek(cardiology, [old]));
    expect(parsed.shifts[0]?.override).toEqual({ agreedBy: people.head.id });
    expect(rotaProblems(parsed, directory, storyStart).filter(isRefused)).toEqual([]);
  });
});
