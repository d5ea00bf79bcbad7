import { canonicalJson } from '#shared/event/canonical.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Result } from '#shared/lib/result.ts';
import type { Directory } from './directory.ts';
import { shiftAt } from './on-call.ts';
import { heldRotaWeek, type RotaEditFault } from './rota-edit.ts';
import { isRefused, rotaProblems, withRotaWeek } from './rota-problems.ts';
import { emptyRotaWeek, type RotaWeek, type Shift } from './rota.ts';
import type { OfferedTurn, SwapRequest } from './swap-request.ts';
import { giveShift, swapShifts, type SwapError } from './swap.ts';

/** The turn as the rota has it; null where that person does not hold it when it begins. */
export function offeredTurn(
  directory: Directory,
  department: DepartmentId,
  { week, shift: id }: { readonly week: string; readonly shift: string },
  person: PersonId,
): OfferedTurn | null {
  const shift = heldRotaWeek(directory, department, week).shifts.find((one) => one.id === id);
  if (shift?.person !== person) return null;
  return shiftAt(directory, department, shift.tier, shift.startsAt)?.id === id ? { week, shift } : null;
}

const turnsOf = ({ mine, theirs }: SwapRequest): OfferedTurn[] => (theirs === null ? [mine] : [mine, theirs]);

function exchanged(
  request: SwapRequest,
  weeks: readonly RotaWeek[],
  now: Instant,
): Result<RotaWeek[], SwapError> {
  const { mine, theirs, askedBy, to: agreedBy, id } = request;
  const agreement = { askedBy, agreedBy, swap: id.slice(11) };
  return theirs === null
    ? giveShift(weeks, mine.shift.id, agreement, now)
    : swapShifts(weeks, [mine.shift.id, theirs.shift.id], agreement, now);
}

/** What is to be done to one week of the rota: overrides laid, and earlier overrides they take the place of. */
export interface SwapPart {
  readonly week: string;
  readonly laid: readonly Shift[];
  readonly replaced: readonly string[];
}

/** What a swap writes, week by week; the same however often it is asked, whatever has been written since. */
export function swapParts(request: SwapRequest): SwapPart[] {
  const turns = turnsOf(request);
  const weeks = [...new Set(turns.map(({ week }) => week))].map((week): RotaWeek => ({
    ...emptyRotaWeek(request.department, week),
    shifts: turns.filter((turn) => turn.week === week).map(({ shift }) => shift),
  }));
  // At the moment it was asked neither turn had begun.
  const askedAt = request.facts[0]?.at ?? request.mine.shift.startsAt;
  const done = exchanged(request, weeks, askedAt);
  if (!done.ok) return [];
  return done.value.map(({ week, shifts }) => {
    const before = weeks.find((one) => one.week === week)?.shifts ?? [];
    return {
      week,
      laid: shifts.filter(({ id }) => !before.some((shift) => shift.id === id)),
      replaced: before.filter(({ id }) => !shifts.some((shift) => shift.id === id)).map(({ id }) => id),
    };
  });
}

export const isPartWritten = (week: RotaWeek, { laid }: SwapPart): boolean =>
  laid.every(({ id }) => week.shifts.some((shift) => shift.id === id));

export const withSwapPart = (week: RotaWeek, { laid, replaced }: SwapPart): RotaWeek => ({
  ...week,
  shifts: [...week.shifts.filter(({ id }) => !replaced.includes(id)), ...laid],
});

/** Why a swap cannot be written as the rota is now; null: it can. */
export function swapFault(
  request: SwapRequest,
  directory: Directory,
  now: Instant,
): RotaEditFault | 'nothing-to-swap' | null {
  const { department } = request;
  const names = new Set(turnsOf(request).map(({ week }) => week));
  const weeks = [...names].map((week) => heldRotaWeek(directory, department, week));
  for (const turn of turnsOf(request)) {
    const held = weeks.find(({ week }) => week === turn.week)?.shifts.find(({ id }) => id === turn.shift.id);
    if (held === undefined || canonicalJson(held) !== canonicalJson(turn.shift)) return 'changed-meanwhile';
  }
  const done = exchanged(request, weeks, now);
  if (!done.ok) return done.error.type === 'has-begun' ? 'has-begun' : 'nothing-to-swap';
  // Judged with both weeks in place: the turns may lie side by side across Sunday midnight.
  const whole = done.value.reduce(withRotaWeek, directory);
  for (const week of done.value) {
    const before = new Set(weeks.find(({ id }) => id === week.id)?.shifts.map(({ id }) => id));
    for (const problem of rotaProblems(week, whole, now))
      if (isRefused(problem) && 'row' in problem && !before.has(problem.shift)) return problem.type;
  }
  return null;
}
