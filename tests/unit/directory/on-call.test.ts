import { describe, expect, it } from 'vitest';
import { gaps, onCall, tiersHeld } from '#shared/directory/on-call.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { departments, directoryOf, people, storyStart } from '#tests/builders.ts';
import { rotaWeek, shift } from './rota-builders.ts';

const hour = (hours: number): Instant => addMinutes(storyStart, hours * 60);
const cardiology = departments.cardiology.id;
const [anna, bilal, carim] = [people.cardiologist, people.cardiologist2, people.receiver];
const withShifts = (...shifts: Shift[]) =>
  directoryOf(Object.values(people), Object.values(departments), {
    rotaWeeks: [rotaWeek(cardiology, shifts)],
  });

describe('on call', () => {
  const day = shift('first', anna.id, hour(0), hour(12));
  const night = shift('first', bilal.id, hour(12), hour(24));

  it.each([
    [-1, null],
    [0, anna.id],
    [11, anna.id],
    [12, bilal.id],
    [24, null],
  ])('DEP-5 at hour %i: a turn begins with its start and has ended at its end', (at, expected) => {
    expect(onCall(withShifts(day, night), cardiology, 'first', hour(at))).toBe(expected);
  });

  it('another tier and another department have nobody', () => {
    expect(onCall(withShifts(day), cardiology, 'second', hour(1))).toBeNull();
    expect(onCall(withShifts(day), departments.surgery.id, 'first', hour(1))).toBeNull();
  });

  it('DEP-5 an override lies over the plain shift, and only for its hours', () => {
    const swap = shift('first', bilal.id, hour(2), hour(4), anna.id);
    const directory = withShifts(day, swap);
    expect([1, 2, 3, 4].map((at) => onCall(directory, cardiology, 'first', hour(at)))).toEqual([
      anna.id,
      bilal.id,
      bilal.id,
      anna.id,
    ]);
  });

  it('an override of an inactive person leaves the plain shift; an inactive person is skipped', () => {
    const left = { ...bilal, active: false };
    const directory = withShifts(day, night, shift('first', bilal.id, hour(2), hour(4), anna.id));
    const after = { ...directory, people: new Map(directory.people).set(left.id, left) };
    expect(onCall(after, cardiology, 'first', hour(3))).toBe(anna.id);
    expect(onCall(after, cardiology, 'first', hour(13))).toBeNull();
  });

  it('of two plain turns that overlap the one that began later holds, whatever their order', () => {
    const later = shift('first', carim.id, hour(6), hour(18));
    expect(onCall(withShifts(day, later), cardiology, 'first', hour(7))).toBe(carim.id);
    expect(onCall(withShifts(later, day), cardiology, 'first', hour(7))).toBe(carim.id);
  });

  it('a turn that crosses into the next week counts there too', () => {
    const directory = directoryOf(Object.values(people), Object.values(departments), {
      rotaWeeks: [
        rotaWeek(cardiology, [shift('first', anna.id, hour(0), hour(200))], '2026-W10'),
        rotaWeek(cardiology, [], '2026-W11'),
      ],
    });
    expect(onCall(directory, cardiology, 'first', hour(170))).toBe(anna.id);
  });

  it('one person may hold several tiers', () => {
    const directory = withShifts(day, shift('consultant', anna.id, hour(0), hour(24)));
    expect(tiersHeld(directory, cardiology, anna.id, hour(1))).toEqual(['first', 'consultant']);
    expect(tiersHeld(directory, cardiology, anna.id, hour(13))).toEqual(['consultant']);
  });

  it('ALE-10 gaps are the stretches in which nobody active has the tier', () => {
    const directory = withShifts(
      shift('first', anna.id, hour(2), hour(5)),
      shift('first', bilal.id, hour(4), hour(6)),
      shift('first', carim.id, hour(9), hour(30)),
    );
    expect(gaps(directory, cardiology, 'first', hour(0), hour(24))).toEqual([
      { from: hour(0), until: hour(2) },
      { from: hour(6), until: hour(9) },
    ]);
    expect(gaps(directory, cardiology, 'second', hour(0), hour(24))).toEqual([
      { from: hour(0), until: hour(24) },
    ]);
    expect(gaps(directory, cardiology, 'first', hour(10), hour(24))).toEqual([]);
  });
});
