import { describe, expect, test } from 'vitest';
import { onCallSince } from '#shared/directory/on-call-since.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { rotaWeekId } from '#shared/directory/rota.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, hospital, people, storyStart } from '#tests/builders.ts';

/** Hours of the story. */
const h = (hour: number): Instant => addMinutes(storyStart, 60 * hour);
const me = people.cardiologist;
let made = 0;
const duty = (from: number, until: number, over: Partial<Shift> = {}): Shift => ({
  id: `shift-${String(++made)}`,
  tier: 'first',
  person: me.id,
  startsAt: h(from),
  endsAt: h(until),
  override: null,
  ...over,
});
const week = (shifts: readonly Shift[], department = departments.cardiology.id) => ({
  kind: 'rota-week' as const,
  id: rotaWeekId(department, '2026-W10'),
  department,
  week: '2026-W10',
  shifts: [...shifts],
});
const since = (hour: number, shifts: readonly Shift[], elsewhere: readonly Shift[] = []) =>
  onCallSince(
    hospital({ rotaWeeks: [week(shifts), week(elsewhere, departments.radiology.id)] }),
    me.id,
    h(hour),
  );
const other = { person: people.cardiologist2.id };

describe('ALE-9 since when somebody is on call', () => {
  test.each<[string, number, Shift[], Shift[], number | null]>([
    ['not on call', 0, [], [], null],
    ['before the shift', -1, [duty(0, 8)], [], null],
    ['at its first moment', 0, [duty(0, 8)], [], 0],
    ['its end belongs to the next', 8, [duty(0, 8)], [], null],
    ['two shifts in a row are one turn', 9, [duty(0, 8), duty(8, 16)], [], 0],
    ['a gap between them ends it', 9, [duty(0, 7), duty(8, 16)], [], 8],
    ['another tier goes on with it', 9, [duty(0, 8), duty(8, 16, { tier: 'second' })], [], 0],
    ['another department goes on with it', 9, [duty(8, 16)], [duty(0, 8)], 0],
    ['two at once count from the earlier', 5, [duty(3, 8)], [duty(1, 6)], 1],
    [
      'a shift that somebody else’s override holds is none',
      5,
      [duty(0, 8), duty(0, 8, { ...other, override: { agreedBy: other.person } })],
      [],
      null,
    ],
  ])('%s', (_name, hour, shifts, elsewhere, from) => {
    expect(since(hour, shifts, elsewhere)).toBe(from === null ? null : h(from));
  });

  test('months of shifts in a row come to an end', () => {
    const shifts = Array.from({ length: 300 }, (_, day) => duty(-24 * (day + 1), -24 * day));
    expect(since(-1, shifts)).not.toBeNull();
  });
});
