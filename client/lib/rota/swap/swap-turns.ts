import type { Directory } from '#shared/directory/directory.ts';
import { shiftAt } from '#shared/directory/on-call.ts';
import type { Shift } from '#shared/directory/rota.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

export interface SwappableTurn {
  readonly department: DepartmentId;
  readonly week: string;
  readonly shift: Shift;
}

/** Turns a person truly holds that have not begun, as far as this tablet knows the rota; the first one first. `department` null: anywhere. */
export function swappableTurns(
  directory: Directory,
  person: PersonId,
  now: Instant,
  department: DepartmentId | null = null,
): SwappableTurn[] {
  return directory.rotaWeeks
    .filter((week) => department === null || week.department === department)
    .flatMap((week) =>
      week.shifts
        .filter(
          (shift) =>
            shift.person === person &&
            shift.startsAt > now &&
            shiftAt(directory, week.department, shift.tier, shift.startsAt)?.id === shift.id,
        )
        .map((shift) => ({ department: week.department, week: week.week, shift })),
    )
    .sort((a, b) => (a.shift.startsAt < b.shift.startsAt ? -1 : 1));
}
