import { describe, expect, it } from 'vitest';
import { copyWeek, shiftPatternSchema, shiftsOfPattern } from '#shared/directory/shift-pattern.ts';
import { shiftSchema } from '#shared/directory/rota.ts';
import { msBetween } from '#shared/lib/instant.ts';
import { departments, people } from '#tests/builders.ts';
import { rotaWeek } from './rota-builders.ts';

const night = {
  tier: 'first' as const,
  person: people.cardiologist.id,
  start: '20:00',
  end: '08:00',
  days: [1, 2, 3, 4, 5, 6, 7],
};
const day = { ...night, person: people.cardiologist2.id, start: '08:00', end: '20:00' };
const hoursOf = (shift: { startsAt: never; endsAt: never } | undefined): number =>
  shift === undefined ? 0 : msBetween(shift.startsAt, shift.endsAt) / 3_600_000;

describe('shift patterns', () => {
  it('DEP-5 a night shift runs into the next day', () => {
    const [monday, ...others] = shiftsOfPattern(night, '2026-W10', 'Asia/Karachi');
    expect(monday).toMatchObject({
      startsAt: '2026-03-02T15:00:00.000Z',
      endsAt: '2026-03-03T03:00:00.000Z',
      override: null,
    });
    expect(others).toHaveLength(6);
    for (const shift of [monday, ...others]) expect(shiftSchema.safeParse(shift).success).toBe(true);
  });

  it('a turn that ends at midnight ends when the day does; equal times are a whole day', () => {
    const [evening] = shiftsOfPattern({ ...day, start: '16:00', end: '00:00' }, '2026-W10', 'Asia/Karachi');
    expect(evening?.endsAt).toBe('2026-03-02T19:00:00.000Z');
    const [whole] = shiftsOfPattern({ ...day, start: '08:00', end: '08:00' }, '2026-W10', 'Asia/Karachi');
    expect(hoursOf(whole as never)).toBe(24);
  });

  it.each([
    // zone, week, the night that is an hour shorter or longer (from Saturday to Sunday), its hours
    ['Europe/London', '2026-W13', 11],
    ['Europe/London', '2026-W43', 13],
    ['America/New_York', '2026-W10', 11],
    ['America/New_York', '2026-W44', 13],
    ['Asia/Karachi', '2026-W13', 12],
  ])(
    'DEP-5 in %s, week %s, the night of the change lasts %i hours and joins the day after it',
    (zone, week, hours) => {
      const nights = shiftsOfPattern(night, week, zone);
      const days = shiftsOfPattern(day, week, zone);
      expect(nights.map((shift) => hoursOf(shift as never))).toEqual([12, 12, 12, 12, 12, hours, 12]);
      expect(nights[5]?.endsAt).toBe(days[6]?.startsAt);
    },
  );

  it('a turn that begins at a time that is never shown begins where the one before it ends', () => {
    const [before] = shiftsOfPattern(
      { ...day, start: '20:00', end: '02:30', days: [6] },
      '2026-W10',
      'America/New_York',
    );
    const [after] = shiftsOfPattern(
      { ...day, start: '02:30', end: '08:00', days: [7] },
      '2026-W10',
      'America/New_York',
    );
    expect(before?.endsAt).toBe(after?.startsAt);
  });

  it('days are taken once and in order; a week the year does not have gives none', () => {
    const shifts = shiftsOfPattern({ ...day, days: [3, 1, 3] }, '2026-W10', 'Asia/Karachi');
    expect(shifts.map(({ startsAt }) => startsAt.slice(0, 10))).toEqual(['2026-03-02', '2026-03-04']);
    expect(shiftsOfPattern(day, '2026-W54', 'Asia/Karachi')).toEqual([]);
  });

  it.each([
    ['no day', { ...day, days: [] }],
    ['day 8', { ...day, days: [8] }],
    ['24:00', { ...day, start: '24:00' }],
    ['8:00', { ...day, end: '8:00' }],
  ])('a pattern with %s is refused', (_what, pattern) => {
    expect(shiftPatternSchema.safeParse(pattern).success).toBe(false);
  });

  it('DEP-5 a copied week keeps local times over a change of summer time, and leaves overrides behind', () => {
    const week = rotaWeek(
      departments.cardiology.id,
      [
        ...shiftsOfPattern(night, '2026-W12', 'Europe/London'),
        {
          ...(shiftsOfPattern(day, '2026-W12', 'Europe/London')[0] as never as ReturnType<
            typeof shiftsOfPattern
          >[number]),
          id: 'swap',
          override: { agreedBy: people.head.id },
        },
      ],
      '2026-W12',
    );
    const copied = copyWeek(week, '2026-W14', 'Europe/London');
    expect(copied?.id).toBe(`rota:${departments.cardiology.id}:2026-W14`);
    expect(copied?.shifts).toEqual(shiftsOfPattern(night, '2026-W14', 'Europe/London'));
    expect(copyWeek(week, '2026-W54', 'Europe/London')).toBeNull();
  });
});
