import { z } from 'zod';
import { timeOfDaySchema } from '#shared/alert/preferences.ts';
import { personIdSchema } from '#shared/lib/id.ts';
import { tierSchema, type Tier } from './escalation-policy.ts';
import {
  addDays,
  daysOfWeek,
  instantOfLocal,
  localTimeOf,
  type IsoWeek,
  type LocalDate,
} from './local-time.ts';
import { rotaWeekId, type RotaWeek, type Shift } from './rota.ts';

/**
 * The same turn on several days of a week, in local times of day. `end` at or before `start` lies on the next day, so equal times are a whole
 * day and no turn is longer. `days`: 1 is Monday, 7 is Sunday; the day on which it starts.
 */
export const shiftPatternSchema = z.strictObject({
  tier: tierSchema,
  person: personIdSchema,
  start: timeOfDaySchema,
  end: timeOfDaySchema,
  days: z.array(z.int().min(1).max(7)).min(1).max(7),
});
export type ShiftPattern = z.infer<typeof shiftPatternSchema>;

const shiftIdOf = (tier: Tier, date: LocalDate, start: string, person: string): string =>
  `${tier}-${date}-${start.replace(':', '')}-${person.slice(0, 8)}`;

/**
 * The turns of a pattern that start in a week, in the order of the days; [] for a week the year does not have. A turn that lies wholly in the hour that
 * summer time leaves out is not there on that day.
 */
export function shiftsOfPattern(pattern: ShiftPattern, week: IsoWeek, timeZone: string): Shift[] {
  const { tier, person, start, end } = pattern;
  const dates = daysOfWeek(week) ?? [];
  return [...new Set(pattern.days)]
    .sort((a, b) => a - b)
    .flatMap((day) => dates[day - 1] ?? [])
    .map((date) => ({
      id: shiftIdOf(tier, date, start, person),
      tier,
      person,
      startsAt: instantOfLocal(date, start, timeZone),
      endsAt: instantOfLocal(end > start ? date : addDays(date, 1), end, timeZone),
      override: null,
    }))
    .filter(({ startsAt, endsAt }) => startsAt < endsAt);
}

const daysBetween = (from: LocalDate, to: LocalDate): number =>
  Math.round((Date.parse(`${to}T00:00:00.000Z`) - Date.parse(`${from}T00:00:00.000Z`)) / 86_400_000);

/**
 * A week's plain shifts in another week: the same days and local times, whatever summer time does. Overrides were agreed for
 * one date and stay behind. null for a week the year does not have.
 */
export function copyWeek(from: RotaWeek, week: IsoWeek, timeZone: string): RotaWeek | null {
  const [monday] = daysOfWeek(from.week) ?? [];
  const [newMonday] = daysOfWeek(week) ?? [];
  if (monday === undefined || newMonday === undefined) return null;
  const days = daysBetween(monday, newMonday);
  const moved = (at: Shift['startsAt']): Shift['startsAt'] => {
    const { date, time } = localTimeOf(at, timeZone);
    return instantOfLocal(addDays(date, days), time, timeZone);
  };
  const shifts = from.shifts
    .filter((shift) => shift.override === null)
    .map((shift): Shift => {
      const startsAt = moved(shift.startsAt);
      const { date, time } = localTimeOf(startsAt, timeZone);
      return {
        ...shift,
        id: shiftIdOf(shift.tier, date, time, shift.person),
        startsAt,
        endsAt: moved(shift.endsAt),
      };
    });
  return {
    kind: 'rota-week',
    id: rotaWeekId(from.department, week),
    department: from.department,
    week,
    shifts,
  };
}
