import { earliest, latest, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { Directory } from './directory.ts';
import { daysOfWeek, isTimeZone, type IsoWeek } from './local-time.ts';
import { applyRotaChange, type ChangeSetting, type RotaChange, type RotaChangeFault } from './rota-change.ts';
import { isRefused, rotaProblems, type RotaProblem } from './rota-problems.ts';
import { emptyRotaWeek, rotaWeekId, type RotaWeek, type Shift } from './rota.ts';

export type RotaEditFault =
  | RotaChangeFault
  | Extract<RotaProblem, { readonly row: number }>['type']
  /** A running turn ends earlier, and no override says who has the rest. */
  | 'needs-cover'
  | 'duty-gap'
  | 'unknown-time-zone';

/** `row` counts the changes from 0; null: the list as a whole. */
export interface RotaEditError {
  readonly row: number | null;
  readonly fault: RotaEditFault;
}

export interface EditedWeek {
  readonly week: RotaWeek;
  /** Gaps, overlaps, double duty: shown, and may stand. */
  readonly problems: readonly RotaProblem[];
}

/** A week of a department as the directory has it; empty when nothing was written yet. */
export const heldRotaWeek = (
  directory: Directory,
  department: RotaWeek['department'],
  week: IsoWeek,
): RotaWeek =>
  directory.rotaWeeks.find(({ id }) => id === rotaWeekId(department, week)) ??
  emptyRotaWeek(department, week);

/** True when overrides of the tier cover all of [`from`, `until`). */
function isCovered(shifts: readonly Shift[], tier: Shift['tier'], from: Instant, until: Instant): boolean {
  let reached = from;
  const covers = shifts
    .filter((shift) => shift.tier === tier && shift.override !== null)
    .sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
  for (const { startsAt, endsAt } of covers) {
    if (startsAt > reached) break;
    reached = latest(reached, endsAt);
  }
  return reached >= until;
}

/** Minutes without a duty administrator that were covered before. */
function opensDutyGap(before: readonly RotaProblem[], after: readonly RotaProblem[]): boolean {
  const gapsOf = (problems: readonly RotaProblem[]) =>
    problems.flatMap((problem) => (problem.type === 'duty-gap' ? [problem] : []));
  const held = gapsOf(before);
  return gapsOf(after).some((gap) => {
    let reached = gap.from;
    for (const { from, until } of held) if (from <= reached) reached = latest(reached, until);
    return earliest(reached, gap.until) < gap.until;
  });
}

/**
 * A list of changes to one week, whole or not at all. Refused are changes that cannot be made, and impossible shifts they would leave; what was wrong
 * with other shifts before stays as it was and is among the problems. The same as making the changes one by one.
 */
export function editRotaWeek(
  held: RotaWeek,
  changes: readonly RotaChange[],
  directory: Directory,
  now: Instant,
): Result<EditedWeek, readonly RotaEditError[]> {
  const timeZone = directory.organisation?.timeZone;
  if (timeZone === undefined || !isTimeZone(timeZone))
    return err([{ row: null, fault: 'unknown-time-zone' }]);
  if (daysOfWeek(held.week) === null) return err([{ row: null, fault: 'unknown-week' }]);
  const setting: ChangeSetting = {
    timeZone,
    now,
    otherWeek: (week) =>
      directory.rotaWeeks.find(({ id }) => id === rotaWeekId(held.department, week)) ?? null,
  };
  const errors: RotaEditError[] = [];
  /** Which change a shift came from last. */
  const rowOf = new Map<string, number>();
  let week = held;
  changes.forEach((change, row) => {
    const before = new Map(week.shifts.map((shift) => [shift.id, shift]));
    const applied = applyRotaChange(week, change, setting);
    if (!applied.ok) {
      errors.push({ row, fault: applied.error });
      return;
    }
    week = applied.value;
    for (const shift of week.shifts) if (before.get(shift.id) !== shift) rowOf.set(shift.id, row);
  });
  if (errors.length > 0) return err(errors);

  changes.forEach((change, row) => {
    if (change.change === 'remove') {
      const { override } = change.was;
      if (override?.swappedWith !== undefined && week.shifts.some(({ id }) => id === override.swappedWith))
        errors.push({ row, fault: 'half-a-swap' });
    }
    if (change.change !== 'edit' || change.isRunning !== true) return;
    const was = held.shifts.find(({ id }) => id === change.shift);
    const is = week.shifts.find(({ id }) => id === change.shift);
    if (was === undefined || is === undefined || is.endsAt >= was.endsAt) return;
    if (!isCovered(week.shifts, was.tier, is.endsAt, was.endsAt)) errors.push({ row, fault: 'needs-cover' });
  });
  const problems = rotaProblems(week, directory, now);
  for (const problem of problems.filter(isRefused)) {
    if (!('row' in problem)) continue;
    // Of two that overlap either may be the changed one.
    const other = 'other' in problem && problem.other !== null ? week.shifts[problem.other]?.id : undefined;
    const row = rowOf.get(problem.shift) ?? (other === undefined ? undefined : rowOf.get(other));
    if (row !== undefined) errors.push({ row, fault: problem.type });
  }
  if (opensDutyGap(rotaProblems(held, directory, now), problems))
    errors.push({ row: null, fault: 'duty-gap' });
  return errors.length > 0 ? err(errors) : ok({ week, problems });
}
