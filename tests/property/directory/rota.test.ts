import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  daysOfWeek,
  instantOfLocal,
  localTimeOf,
  weekOf,
  weekOfDate,
} from '#shared/directory/local-time.ts';
import { gaps, onCall } from '#shared/directory/on-call.ts';
import { shiftsOfPattern } from '#shared/directory/shift-pattern.ts';
import { turnAt, turns } from '#shared/directory/turns.ts';
import { addMinutes, msToInstant, type Instant } from '#shared/lib/instant.ts';
import { departments, directoryOf, people, storyStart } from '#tests/builders.ts';
import { rotaWeek, shift } from '#tests/unit/directory/rota-builders.ts';

const zones = ['Europe/London', 'America/New_York', 'Asia/Karachi', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const zone = fc.constantFrom(...zones);
const moment = fc
  .integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2032, 0, 1) / 60_000 })
  .map((minutes) => msToInstant(minutes * 60_000));
const timeOfDay = fc
  .integer({ min: 0, max: 1439 })
  .map(
    (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
  );
const cardiology = departments.cardiology.id;
const doctors = [people.cardiologist, people.cardiologist2, people.receiver];

describe('local times', () => {
  it('a moment becomes the same moment again, or the first of the two that look alike', () => {
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const { date, time } = localTimeOf(at, timeZone);
        const back = instantOfLocal(date, time, timeZone);
        expect(back <= at).toBe(true);
        expect(localTimeOf(back, timeZone)).toEqual(localTimeOf(at, timeZone));
      }),
    );
  });

  it('later on the wall of one day is never earlier in time', () => {
    fc.assert(
      fc.property(moment, timeOfDay, timeOfDay, zone, (at, a, b, timeZone) => {
        const { date } = localTimeOf(at, timeZone);
        const [first, second] = a < b ? [a, b] : [b, a];
        // Within the hour that is left out two times can change places by no more than being pushed past it.
        const early = instantOfLocal(date, first, timeZone);
        const late = instantOfLocal(date, second, timeZone);
        const skipped = localTimeOf(early, timeZone).time !== first;
        expect(skipped || early <= late).toBe(true);
      }),
    );
  });

  it('every day lies in the week its week lists', () => {
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const { date, weekday } = localTimeOf(at, timeZone);
        expect(daysOfWeek(weekOf(at, timeZone))?.[weekday - 1]).toBe(date);
        expect(weekOfDate(addDays(date, 7))).not.toBe(weekOfDate(date));
      }),
    );
  });

  it('DEP-5 patterns that meet on the wall leave no gap, on any day of any year', () => {
    fc.assert(
      fc.property(moment, timeOfDay, timeOfDay, zone, (at, change, back, timeZone) => {
        fc.pre(change !== back);
        const week = weekOf(at, timeZone);
        const all = { tier: 'first' as const, days: [1, 2, 3, 4, 5, 6, 7] };
        const shifts = [
          ...shiftsOfPattern(
            { ...all, person: people.cardiologist.id, start: change, end: back },
            week,
            timeZone,
          ),
          ...shiftsOfPattern(
            { ...all, person: people.cardiologist2.id, start: back, end: change },
            week,
            timeZone,
          ),
        ].sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
        const [first] = shifts;
        const last = shifts.at(-1);
        if (first === undefined || last === undefined) throw new Error('no shifts');
        const directory = directoryOf(Object.values(people), Object.values(departments), {
          rotaWeeks: [rotaWeek(cardiology, shifts, week)],
        });
        // From the second day on, where both patterns have begun.
        expect(gaps(directory, cardiology, 'first', addMinutes(first.startsAt, 1500), last.startsAt)).toEqual(
          [],
        );
      }),
    );
  });
});

describe('turns', () => {
  const stretch = fc.record({
    who: fc.constantFrom(...doctors),
    from: fc.integer({ min: -72, max: 72 }),
    hours: fc.integer({ min: 1, max: 24 }),
    isOverride: fc.boolean(),
  });
  const hour = (hours: number): Instant => addMinutes(storyStart, hours * 60);
  const directoryWith = (stretches: readonly (typeof stretch extends fc.Arbitrary<infer T> ? T : never)[]) =>
    directoryOf(Object.values(people), Object.values(departments), {
      rotaWeeks: [
        rotaWeek(
          cardiology,
          stretches.map(({ who, from, hours, isOverride }, at) => ({
            ...shift('first', who.id, hour(from), hour(from + hours), isOverride ? people.head.id : null),
            id: String(at),
          })),
        ),
      ],
    });

  it('cover the whole time, meet, alternate, and say what onCall and gaps say', () => {
    fc.assert(
      fc.property(
        fc.array(stretch, { maxLength: 12 }),
        fc.integer({ min: -80, max: 80 }),
        (stretches, at) => {
          const directory = directoryWith(stretches);
          const [from, until] = [hour(-80), hour(100)];
          const found = turns(directory, cardiology, 'first', from, until);
          expect(found[0]?.from).toBe(from);
          expect(found.at(-1)?.until).toBe(until);
          found.slice(1).forEach((turn, index) => {
            expect(turn.from).toBe(found[index]?.until);
            expect(turn.person).not.toBe(found[index]?.person);
          });
          const present = found.find((turn) => turn.from <= hour(at) && hour(at) < turn.until);
          expect(present?.person ?? null).toBe(onCall(directory, cardiology, 'first', hour(at)));
          expect(turnAt(directory, cardiology, 'first', hour(at)).person).toBe(present?.person ?? null);
          expect(
            found
              .filter(({ person }) => person === null)
              .map((turn) => ({ from: turn.from, until: turn.until })),
          ).toEqual(gaps(directory, cardiology, 'first', from, until));
        },
      ),
    );
  });
});
