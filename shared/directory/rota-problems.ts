import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, earliest, latest, type Instant } from '#shared/lib/instant.ts';
import type { Directory } from './directory.ts';
import type { Tier } from './escalation-policy.ts';
import { daysOfWeek, instantOfLocal, isTimeZone, addDays, wallMinutesBetween, weekOf } from './local-time.ts';
import { departmentsOf } from './membership.ts';
import { gaps } from './on-call.ts';
import { rotaWeekId, type RotaWeek, type Shift } from './rota.ts';
import { isDutyAdministration, usedTiers } from './rota-gaps.ts';
import { turns } from './turns.ts';

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
  /** Two plain turns, or two overrides, cover one moment of a tier; `other` is the earlier row, null: it stands in another week. */
  | (Row & {
      readonly type:
        | 'overlap'
        /** The same of one person: one of the two is a slip. */
        | 'same-person-twice';
      readonly other: number | null;
    })
  /** The person has another tier at the same time, here or elsewhere. */
  | (Row & { readonly type: 'double-duty'; readonly department: DepartmentId; readonly tier: Tier })
  /** Nobody has the duty administration for a while: the last one to be called must exist. */
  | { readonly type: 'duty-gap'; readonly from: Instant; readonly until: Instant }
  | { readonly type: 'gap'; readonly tier: Tier; readonly from: Instant; readonly until: Instant };

/** Gaps, overlaps and double duty are shown to whoever writes the rota and may stand; everything else is refused. */
export const isRefused = (problem: RotaProblem): boolean =>
  problem.type !== 'gap' && problem.type !== 'overlap' && problem.type !== 'double-duty';

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

const isSameKind = (a: Shift, b: Shift): boolean =>
  a.tier === b.tier && (a.override === null) === (b.override === null);
const overlaps = (a: Shift, b: Shift): boolean =>
  latest(a.startsAt, b.startsAt) < earliest(a.endsAt, b.endsAt);

function rowProblems(week: RotaWeek, directory: Directory, timeZone: string): RotaProblem[] {
  const problems: RotaProblem[] = [];
  const around = directory.rotaWeeks
    .filter(({ id, department }) => department === week.department && id !== week.id)
    .flatMap(({ shifts }) => shifts);
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
    if (!isPossible) return;
    const overlapped = week.shifts.flatMap((before, index) =>
      index < row && isSameKind(before, shift) && overlaps(before, shift)
        ? [{ other: index, person: before.person }]
        : [],
    );
    const elsewhere = around
      .filter((before) => isSameKind(before, shift) && overlaps(before, shift))
      .map(({ person: who }) => ({ other: null, person: who }));
    const all: readonly { other: number | null; person: PersonId }[] = [...overlapped, ...elsewhere];
    const own = all.find(({ person: who }) => who === shift.person);
    const [first] = all;
    if (own !== undefined) problems.push({ type: 'same-person-twice', ...at, other: own.other });
    else if (first !== undefined) problems.push({ type: 'overlap', ...at, other: first.other });
  });
  return problems;
}

/** The directory as it is once the week is written. What is in it already is left as it is: its index by tier need not be made anew. */
export function withRotaWeek(directory: Directory, week: RotaWeek): Directory {
  if (directory.rotaWeeks.includes(week)) return directory;
  return { ...directory, rotaWeeks: [...directory.rotaWeeks.filter(({ id }) => id !== week.id), week] };
}

interface Duty {
  readonly department: DepartmentId;
  readonly tier: Tier;
  readonly from: Instant;
  readonly until: Instant;
}

/** What a person truly has in [`from`, `until`), overrides counted, over all departments and tiers. */
function dutiesOf(written: Directory, person: PersonId, from: Instant, until: Instant): Duty[] {
  const places = new Map<string, { department: DepartmentId; tier: Tier }>();
  for (const { department, shifts } of written.rotaWeeks)
    for (const shift of shifts)
      if (shift.person === person && shift.startsAt < until && shift.endsAt > from)
        places.set(`${department} ${shift.tier}`, { department, tier: shift.tier });
  return [...places.values()].flatMap((place) =>
    turns(written, place.department, place.tier, from, until)
      .filter((turn) => turn.person === person)
      .map((turn) => ({ ...place, from: turn.from, until: turn.until })),
  );
}

function doubleDuties(week: RotaWeek, written: Directory, from: Instant, until: Instant): RotaProblem[] {
  const duties = new Map<PersonId, Duty[]>();
  return week.shifts.flatMap((shift, row): RotaProblem[] => {
    if (shift.endsAt <= shift.startsAt) return [];
    const held = duties.get(shift.person) ?? dutiesOf(written, shift.person, from, until);
    duties.set(shift.person, held);
    const isHere = (duty: Duty): boolean => duty.department === week.department && duty.tier === shift.tier;
    const own = held.filter(
      (duty) => isHere(duty) && duty.from < shift.endsAt && duty.until > shift.startsAt,
    );
    const other = held.find(
      (duty) =>
        !isHere(duty) && own.some((mine) => latest(mine.from, duty.from) < earliest(mine.until, duty.until)),
    );
    return other === undefined
      ? []
      : [{ type: 'double-duty', row, shift: shift.id, department: other.department, tier: other.tier }];
  });
}

function gapProblems(week: RotaWeek, written: Directory, from: Instant, until: Instant): RotaProblem[] {
  const department = written.departments.get(week.department);
  if (department === undefined || from >= until) return [];
  const isDuty = isDutyAdministration(written, week.department);
  return usedTiers(written, department).flatMap((tier) =>
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
  const written = withRotaWeek(directory, week);
  return [
    ...rowProblems(week, directory, timeZone),
    // A turn of Sunday night goes on into Monday.
    ...doubleDuties(week, written, latest(begins, now), addMinutes(ends, dayMinutes)),
    ...gapProblems(week, written, latest(begins, now), ends),
  ];
}
