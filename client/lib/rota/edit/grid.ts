import type { Tier } from '#shared/directory/escalation-policy.ts';
import { addDays, daysOfWeek, instantOfLocal, type IsoWeek } from '#shared/directory/local-time.ts';
import type { RotaProblem } from '#shared/directory/rota-problems.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';

/** The week as a line: days of 23 or 25 hours are that much shorter or longer. */
export interface WeekLine {
  readonly from: Instant;
  readonly until: Instant;
  readonly days: readonly { readonly date: string; readonly from: Instant; readonly until: Instant }[];
}

/** null for a week the year does not have. */
export function weekLine(week: IsoWeek, timeZone: string): WeekLine | null {
  const dates = daysOfWeek(week);
  if (dates === null) return null;
  const midnight = (date: string): Instant => instantOfLocal(date, '00:00', timeZone);
  const days = dates.map((date) => ({ date, from: midnight(date), until: midnight(addDays(date, 1)) }));
  const [first] = days;
  const last = days.at(-1);
  return first === undefined || last === undefined ? null : { from: first.from, until: last.until, days };
}

/** How far along the line a moment lies, from 0 to 1; beyond the ends it is at the end. */
export const placeOf = (at: Instant, { from, until }: Pick<WeekLine, 'from' | 'until'>): number =>
  Math.min(1, Math.max(0, msBetween(from, at) / msBetween(from, until)));

export interface Lane {
  readonly shift: Shift;
  readonly lane: number;
  /** It begins or ends outside this week. */
  readonly comesIn: boolean;
  readonly goesOn: boolean;
}

/** Bars of one tier, each in the first lane that is free: plain turns above, overrides below them. */
export function lanesOf(
  shifts: readonly Shift[],
  tier: Tier,
  line: WeekLine,
): { readonly bars: readonly Lane[]; readonly lanes: number } {
  const here = shifts.filter(
    (shift) =>
      shift.tier === tier &&
      shift.startsAt < line.until &&
      shift.endsAt > line.from &&
      shift.startsAt < shift.endsAt,
  );
  const inOrder = (isOver: boolean): Shift[] =>
    here
      .filter(({ override }) => (override !== null) === isOver)
      .sort((a, b) => (a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : a.id < b.id ? -1 : 1));
  const bars: Lane[] = [];
  let base = 0;
  for (const group of [inOrder(false), inOrder(true)]) {
    const ends: Instant[] = [];
    for (const shift of group) {
      const free = ends.findIndex((end) => end <= shift.startsAt);
      const at = free < 0 ? ends.length : free;
      ends[at] = shift.endsAt;
      bars.push({
        shift,
        lane: base + at,
        comesIn: shift.startsAt < line.from,
        goesOn: shift.endsAt > line.until,
      });
    }
    base += ends.length;
  }
  return { bars, lanes: Math.max(1, base) };
}

/** What is wrong with each shift, by its id. */
export function problemsByShift(problems: readonly RotaProblem[]): ReadonlyMap<string, RotaProblem[]> {
  const found = new Map<string, RotaProblem[]>();
  for (const problem of problems) {
    if (!('shift' in problem)) continue;
    const held = found.get(problem.shift);
    if (held === undefined) found.set(problem.shift, [problem]);
    else held.push(problem);
  }
  return found;
}

export interface TierGap {
  readonly tier: Tier;
  readonly from: Instant;
  readonly until: Instant;
}

export const gapsIn = (problems: readonly RotaProblem[]): TierGap[] =>
  problems.flatMap((problem) => {
    if (problem.type === 'gap') return [{ tier: problem.tier, from: problem.from, until: problem.until }];
    return problem.type === 'duty-gap'
      ? [{ tier: 'first' as const, from: problem.from, until: problem.until }]
      : [];
  });
