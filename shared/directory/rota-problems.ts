import type { PersonId } from '#shared/lib/id.ts';
import { earliest, latest, type Instant } from '#shared/lib/instant.ts';
import type { Directory } from './directory.ts';
import type { Tier } from './escalation-policy.ts';
import { daysOfWeek, instantOfLocal, isTimeZone, addDays, wallMinutesBetween, weekOf } from './local-time.ts';
import { departmentsOf } from './membership.ts';
import { gaps } from './on-call.ts';
import { rotaWeekId, type RotaWeek, type Shift } from './rota.ts';
import { isDutyAdministration, usedTiers } from './rota-gaps.ts';

/** `row` counts from 0 in the week's list of shifts; `shift` is that row's id. */
interface Row {
  readonly row: number;
  readonly shift: string;
}

export type RotaProblem =
  /** The department, the organisation or its time zone is not known, or the year has no such week: nothing else was looked at. */
  | { readonly type: 'unknown-department' | 'unknown-time-zone' | 'unknown-week' | 'wrong-id' }
  | (Row & {
      readonly type:
        | 'ends-before-start'
        | 'longer-than-a-day'
        | 'other-week'
        | 'same-id'
        | 'unknown-person'
        | 'inactive-person'
        | 'not-of-department'
        /** An override whose person neither asked nor agreed, or where both are the same person. */
        | 'not-agreed'
        /** `swappedWith` names no override that gives the other person something in return. */
        | 'half-a-swap';
    })
  /** Two plain turns, or two overrides, cover one moment of a tier; `other` is the earlier row. */
  | (Row & { readonly type: 'overlap'; readonly other: number })
  /** Nobody has the duty administration for a while: the last one to be called must exist. */
  | { readonly type: 'duty-gap'; readonly from: Instant; readonly until: Instant }
  | { readonly type: 'gap'; readonly tier: Tier; readonly from: Instant; readonly until: Instant };

/** Gaps and overlaps are shown to whoever writes the rota and may stand; everything else is refused. */
export const isRefused = (problem: RotaProblem): boolean =>
  problem.type !== 'gap' && problem.type !== 'overlap';

const dayMinutes = 24 * 60;

function personProblem(
  { person, startsAt }: Shift,
  week: RotaWeek,
  directory: Directory,
): 'unknown-person' | 'inactive-person' | 'not-of-department' | null {
  const held = directory.people.get(person);
  if (held === undefined) return 'unknown-person';
  if (!held.active) return 'inactive-person';
  return departmentsOf(held, startsAt).has(week.department) ? null : 'not-of-department';
}

/** Rotas from before `askedBy` was kept say only who agreed, and stand as they are. */
function agreementProblem(shift: Shift, week: RotaWeek): 'not-agreed' | 'half-a-swap' | null {
  const { override } = shift;
  if (override?.askedBy === undefined) return override?.swappedWith === undefined ? null : 'not-agreed';
  const { askedBy, agreedBy, swappedWith } = override;
  const both: readonly PersonId[] = [askedBy, agreedBy];
  if (askedBy === agreedBy || !both.includes(shift.person)) return 'not-agreed';
  if (swappedWith === undefined) return null;
  const other = week.shifts.find(({ id }) => id === swappedWith);
  // The other half may lie in another week's document; then that one is judged with it.
  if (other === undefined) return null;
  const isReturned = other.override?.swappedWith === shift.id && both.includes(other.person);
  return isReturned && other.person !== shift.person ? null : 'half-a-swap';
}

function rowProblems(week: RotaWeek, directory: Directory, timeZone: string): RotaProblem[] {
  const problems: RotaProblem[] = [];
  const ids = new Set<string>();
  week.shifts.forEach((shift, row) => {
    const at = { row, shift: shift.id };
    const isPossible = shift.startsAt < shift.endsAt;
    if (ids.has(shift.id)) problems.push({ type: 'same-id', ...at });
    ids.add(shift.id);
    if (!isPossible) problems.push({ type: 'ends-before-start', ...at });
    else if (wallMinutesBetween(shift.startsAt, shift.endsAt, timeZone) > dayMinutes)
      problems.push({ type: 'longer-than-a-day', ...at });
    if (weekOf(shift.startsAt, timeZone) !== week.week) problems.push({ type: 'other-week', ...at });
    const person = personProblem(shift, week, directory);
    if (person !== null) problems.push({ type: person, ...at });
    const agreement = agreementProblem(shift, week);
    if (agreement !== null) problems.push({ type: agreement, ...at });
    const other = week.shifts.findIndex(
      (before, index) =>
        index < row &&
        before.tier === shift.tier &&
        (before.override === null) === (shift.override === null) &&
        latest(before.startsAt, shift.startsAt) < earliest(before.endsAt, shift.endsAt),
    );
    if (other >= 0) problems.push({ type: 'overlap', ...at, other });
  });
  return problems;
}

function gapProblems(week: RotaWeek, directory: Directory, from: Instant, until: Instant): RotaProblem[] {
  const department = directory.departments.get(week.department);
  if (department === undefined) return [];
  const others = directory.rotaWeeks.filter(({ id }) => id !== week.id);
  const written: Directory = { ...directory, rotaWeeks: [...others, week] };
  const isDuty = isDutyAdministration(directory, week.department);
  return usedTiers(directory, department).flatMap((tier) =>
    gaps(written, week.department, tier, from, until).map((gap): RotaProblem =>
      isDuty && tier === 'first' ? { type: 'duty-gap', ...gap } : { type: 'gap', tier, ...gap },
    ),
  );
}

/**
 * What is wrong with a week of the rota as it is about to be written, [] when nothing is: first row by row, then the gaps it leaves in the tiers that
 * are used, together with the weeks around it. `now`: gaps that are over are nobody's concern. See `isRefused`.
 */
export function rotaProblems(week: RotaWeek, directory: Directory, now: Instant): RotaProblem[] {
  if (!directory.departments.has(week.department)) return [{ type: 'unknown-department' }];
  const timeZone = directory.organisation?.timeZone;
  if (timeZone === undefined || !isTimeZone(timeZone)) return [{ type: 'unknown-time-zone' }];
  const [monday] = daysOfWeek(week.week) ?? [];
  if (monday === undefined) return [{ type: 'unknown-week' }];
  if (week.id !== rotaWeekId(week.department, week.week)) return [{ type: 'wrong-id' }];
  const begins = instantOfLocal(monday, '00:00', timeZone);
  const ends = instantOfLocal(addDays(monday, 7), '00:00', timeZone);
  return [
    ...rowProblems(week, directory, timeZone),
    ...gapProblems(week, directory, latest(begins, now), ends),
  ];
}
