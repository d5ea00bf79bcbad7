import { describe, expect, it } from 'vitest';
import {
  addDays,
  daysOfWeek,
  instantOfLocal,
  isTimeZone,
  localTimeOf,
  wallMinutesBetween,
  weekOf,
  weekOfDate,
} from '#shared/directory/local-time.ts';
import { instant } from '#shared/lib/instant.ts';

describe('local times of the hospital', () => {
  it.each([
    ['Europe/London', '2026-01-15', '08:00', '2026-01-15T08:00:00.000Z'],
    ['Europe/London', '2026-07-15', '08:00', '2026-07-15T07:00:00.000Z'],
    ['America/New_York', '2026-01-15', '20:00', '2026-01-16T01:00:00.000Z'],
    ['America/New_York', '2026-07-15', '20:00', '2026-07-16T00:00:00.000Z'],
    ['Asia/Karachi', '2026-07-15', '00:00', '2026-07-14T19:00:00.000Z'],
    ['Asia/Karachi', '2026-01-01', '00:00', '2025-12-31T19:00:00.000Z'],
    ['Asia/Kathmandu', '2026-03-01', '08:00', '2026-03-01T02:15:00.000Z'],
  ])('DEP-5 in %s on %s at %s it is %s', (zone, date, time, expected) => {
    expect(instantOfLocal(date, time, zone)).toBe(expected);
    expect(localTimeOf(instant(expected), zone)).toMatchObject({ date, time });
  });

  it.each([
    // The clock goes from 01:00 to 02:00 (London), from 02:00 to 03:00 (New York).
    ['Europe/London', '2026-03-29', '00:59', '2026-03-29T00:59:00.000Z'],
    ['Europe/London', '2026-03-29', '01:30', '2026-03-29T01:30:00.000Z'],
    ['Europe/London', '2026-03-29', '02:30', '2026-03-29T01:30:00.000Z'],
    ['America/New_York', '2026-03-08', '01:59', '2026-03-08T06:59:00.000Z'],
    ['America/New_York', '2026-03-08', '02:30', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-03-08', '03:30', '2026-03-08T07:30:00.000Z'],
  ])(
    'DEP-5 when summer time begins in %s a time that is never shown is as much later: %s %s is %s',
    (zone, date, time, expected) => {
      expect(instantOfLocal(date, time, zone)).toBe(expected);
    },
  );

  it.each([
    ['Europe/London', '2026-10-25', '00:59', '2026-10-24T23:59:00.000Z'],
    ['Europe/London', '2026-10-25', '01:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/London', '2026-10-25', '02:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30:00.000Z'],
    ['America/New_York', '2026-11-01', '02:00', '2026-11-01T07:00:00.000Z'],
  ])(
    'DEP-5 when summer time ends in %s a time shown twice is the first of the two: %s %s is %s',
    (zone, date, time, expected) => {
      expect(instantOfLocal(date, time, zone)).toBe(expected);
    },
  );

  it('midnight in Karachi begins the day, and belongs to it', () => {
    const midnight = instantOfLocal('2026-03-02', '00:00', 'Asia/Karachi');
    expect(midnight).toBe('2026-03-01T19:00:00.000Z');
    expect(localTimeOf(midnight, 'Asia/Karachi')).toEqual({ date: '2026-03-02', time: '00:00', weekday: 1 });
    expect(weekOf(midnight, 'Asia/Karachi')).toBe('2026-W10');
    expect(weekOf(midnight, 'Europe/London')).toBe('2026-W09');
  });

  it.each([
    ['2026-01-01', '2026-W01'],
    ['2025-12-29', '2026-W01'],
    ['2025-12-28', '2025-W52'],
    ['2026-12-31', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
    ['2024-02-29', '2024-W09'],
  ])('%s lies in ISO week %s', (date, week) => {
    expect(weekOfDate(date)).toBe(week);
    expect(daysOfWeek(week)).toContain(date);
  });

  it.each(['2025-W53', '2026-W54', '2026-W00', '2026-10', 'W10'])('there is no week %s', (week) => {
    expect(daysOfWeek(week)).toBeNull();
  });

  it('a night counts twelve hours on the wall, whatever summer time does to it', () => {
    for (const date of ['2026-03-28', '2026-10-24', '2026-06-01']) {
      const from = instantOfLocal(date, '20:00', 'Europe/London');
      const to = instantOfLocal(addDays(date, 1), '08:00', 'Europe/London');
      expect(wallMinutesBetween(from, to, 'Europe/London')).toBe(12 * 60);
    }
  });

  it('a zone that does not exist is told apart from one that does', () => {
    expect(isTimeZone('Asia/Karachi')).toBe(true);
    expect(isTimeZone('Asia/Atlantis')).toBe(false);
    expect(() => instantOfLocal('2026-03-02', '08:00', 'Asia/Atlantis')).toThrow(RangeError);
    expect(() => instantOfLocal('2026-03-02', 'noon', 'Asia/Karachi')).toThrow(RangeError);
  });
});
