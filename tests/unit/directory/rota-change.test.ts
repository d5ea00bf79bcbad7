import { describe, expect, it } from 'vitest';
import {
  applyRotaChange,
  copiedShifts,
  fieldsOfShift,
  wallOf,
  type ChangeSetting,
} from '#shared/directory/rota-change.ts';
import { editRotaWeek } from '#shared/directory/rota-edit.ts';
import { instantOfLocal, localTimeOf } from '#shared/directory/local-time.ts';
import { emptyRotaWeek, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import { instant, msBetween } from '#shared/lib/instant.ts';
import { departments, hospital, organisation, people } from '#tests/builders.ts';

const cardiology = departments.cardiology.id;
const longBefore = instant('2025-01-01T00:00:00.000Z');
const setting = (timeZone: string): ChangeSetting => ({
  timeZone,
  now: longBefore,
  otherWeek: () => null,
});
const nights = (end: string) => ({
  change: 'pattern' as const,
  pattern: {
    tier: 'first' as const,
    person: people.cardiologist.id,
    start: '20:00',
    end,
    days: [1, 2, 3, 4, 5, 6, 7],
  },
});
const hoursOf = ({ startsAt, endsAt }: Shift): number => msBetween(startsAt, endsAt) / 3_600_000;
const apply = (
  week: RotaWeek,
  timeZone: string,
  ...changes: Parameters<typeof applyRotaChange>[1][]
): RotaWeek =>
  changes.reduce((held, change) => {
    const next = applyRotaChange(held, change, setting(timeZone));
    if (!next.ok) throw new Error(next.error);
    return next.value;
  }, week);

describe('FM-50 patterns on the days on which the clock changes', () => {
  it.each([
    ['forward in Berlin', 'Europe/Berlin', '2026-W13', 5, 11],
    ['back in Berlin', 'Europe/Berlin', '2026-W43', 5, 13],
    ['never in Karachi', 'Asia/Karachi', '2026-W13', 5, 12],
  ])(
    'DEP-5 %s: the night of that weekend has its own length, every other one twelve hours',
    (_when, zone, week, night, hours) => {
      const { shifts } = apply(emptyRotaWeek(cardiology, week), zone, nights('08:00'));
      expect(shifts).toHaveLength(7);
      expect(shifts.map(hoursOf)).toEqual(shifts.map((_, day) => (day === night ? hours : 12)));
      for (const shift of shifts) expect(localTimeOf(shift.endsAt, zone).time).toBe('08:00');
    },
  );

  it('a turn from midnight to midnight in Karachi stands on its own day', () => {
    const { shifts } = apply(emptyRotaWeek(cardiology, '2026-W13'), 'Asia/Karachi', {
      ...nights('00:00'),
      pattern: { ...nights('00:00').pattern, start: '00:00' },
    });
    expect(shifts.map(({ startsAt }) => localTimeOf(startsAt, 'Asia/Karachi').date)).toEqual(
      [23, 24, 25, 26, 27, 28, 29].map((day) => `2026-03-${String(day)}`),
    );
    expect(shifts[0]?.startsAt).toBe('2026-03-22T19:00:00.000Z');
  });
});

describe('copying a week', () => {
  const zone = 'Europe/Berlin';
  it.each([
    ['into the week in which summer time begins', '2026-W12', '2026-W13'],
    ['out of it', '2026-W13', '2026-W14'],
    ['into the week in which it ends', '2026-W42', '2026-W43'],
    ['out of that', '2026-W43', '2026-W44'],
  ])('DEP-5 %s keeps every local time', (_what, from, to) => {
    const source = apply(emptyRotaWeek(cardiology, from), zone, nights('08:00'));
    const copied = copiedShifts(emptyRotaWeek(cardiology, to), source, setting(zone));
    const wall = (shifts: readonly Shift[]) =>
      shifts.map((shift) => Object.values(wallOf(shift, zone)).map((text) => text.slice(11)));
    expect(wall(copied)).toEqual(wall(source.shifts));
    expect(copied).toHaveLength(7);
  });

  it('leaves alone what is there, what has begun, and what was agreed for one date', () => {
    const source = apply(emptyRotaWeek(cardiology, '2026-W12'), zone, nights('08:00'));
    const [first, second] = source.shifts;
    if (first === undefined || second === undefined) throw new Error('no nights');
    const withOverride: RotaWeek = {
      ...source,
      shifts: [...source.shifts, { ...first, id: 'over', override: { agreedBy: people.head.id } }],
    };
    const thursday: Shift = {
      ...first,
      id: 'thursday',
      startsAt: instantOfLocal('2026-03-26', '18:00', zone),
      endsAt: instantOfLocal('2026-03-26', '22:00', zone),
    };
    const copied = copiedShifts(
      { ...emptyRotaWeek(cardiology, '2026-W13'), shifts: [thursday] },
      withOverride,
      {
        ...setting(zone),
        now: instantOfLocal('2026-03-25', '12:00', zone),
      },
    );
    expect(copied.map(({ startsAt }) => localTimeOf(startsAt, zone).date)).toEqual([
      '2026-03-25',
      '2026-03-27',
      '2026-03-28',
      '2026-03-29',
    ]);
  });
});

describe('what the clock showed', () => {
  const zone = 'Europe/Berlin';
  const add = (startsAt: string, wall: string) =>
    applyRotaChange(
      emptyRotaWeek(cardiology, '2026-W13'),
      {
        change: 'add',
        shift: 'one',
        fields: {
          tier: 'first',
          person: people.cardiologist.id,
          startsAt: instant(startsAt),
          endsAt: instant('2026-03-29T10:00:00.000Z'),
          override: null,
        },
        wall: { startsAt: wall, endsAt: '2026-03-29T12:00' },
      },
      setting(zone),
    );
  it.each([
    ['02:30, which the clock leaves out', '2026-03-29T01:30:00.000Z', '2026-03-29T02:30'],
    ['another hour than the moment has there', '2026-03-29T04:00:00.000Z', '2026-03-29T05:00'],
  ])('%s is refused', (_what, startsAt, wall) => {
    expect(add(startsAt, wall)).toEqual({ ok: false, error: 'no-such-time' });
  });
  it('what the clock does show is taken, also the second of two hours that look alike', () => {
    expect(add('2026-03-29T01:30:00.000Z', '2026-03-29T03:30').ok).toBe(true);
    const second = instant('2026-10-25T01:30:00.000Z');
    expect(localTimeOf(second, zone).time).toBe('02:30');
    expect(wallOf({ startsAt: second, endsAt: second }, zone).startsAt).toBe('2026-10-25T02:30');
  });
});

describe('a list of changes', () => {
  const directory = hospital({ organisation: organisation({ timeZone: 'Europe/Berlin' }) });
  it('without a zone, or for a week the year does not have, nothing is written', () => {
    const week = emptyRotaWeek(cardiology, '2026-W13');
    const nowhere = hospital({ organisation: null });
    expect(editRotaWeek(week, [nights('08:00')], nowhere, longBefore)).toEqual({
      ok: false,
      error: [{ row: null, fault: 'unknown-time-zone' }],
    });
    const never = emptyRotaWeek(cardiology, '2026-W54');
    expect(editRotaWeek(never, [nights('08:00')], directory, longBefore)).toEqual({
      ok: false,
      error: [{ row: null, fault: 'unknown-week' }],
    });
  });

  it('says every row that cannot be made, not the first alone', () => {
    const week = apply(emptyRotaWeek(cardiology, '2026-W13'), 'Europe/Berlin', nights('08:00'));
    const [first] = week.shifts;
    if (first === undefined) throw new Error('no nights');
    const stale = { ...fieldsOfShift(first), person: people.head.id };
    const edited = editRotaWeek(
      week,
      [
        { change: 'remove', shift: first.id, was: stale },
        { change: 'edit', shift: 'gone', edit: { was: { tier: 'first' }, becomes: { tier: 'second' } } },
      ],
      directory,
      longBefore,
    );
    expect(edited.ok ? [] : edited.error).toEqual([
      { row: 0, fault: 'changed-meanwhile' },
      { row: 1, fault: 'changed-meanwhile' },
    ]);
  });
});
