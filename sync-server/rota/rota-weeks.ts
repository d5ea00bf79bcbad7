import type { Actor } from '#server/http/context.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { DirectoryWriter } from '#server/directory/directory-writer.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { addDays, daysOfWeek, weekOfDate, type IsoWeek } from '#shared/directory/local-time.ts';
import type { RotaChange } from '#shared/directory/rota-change.ts';
import { editRotaWeek, heldRotaWeek, type RotaEditError } from '#shared/directory/rota-edit.ts';
import { rotaProblems } from '#shared/directory/rota-problems.ts';
import type { RotaWeekAnswer } from '#shared/directory/rota-protocol.ts';
import { emptyRotaWeek, rotaWeekId, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';

export interface RotaWeeks {
  read(department: DepartmentId, week: IsoWeek, mayEdit: boolean): RotaWeekAnswer;
  /** The whole list or nothing; a list that was made already changes nothing and is answered as it was. */
  edit(
    actor: Actor,
    department: DepartmentId,
    week: IsoWeek,
    changes: readonly RotaChange[],
  ): Promise<Result<void, readonly RotaEditError[]>>;
}

/** Ids of shifts that are others than before. */
export function changedShifts(before: readonly Shift[], after: readonly Shift[]): string[] {
  const [was, is] = [before, after].map(
    (shifts) => new Map(shifts.map((shift) => [shift.id, JSON.stringify(shift)])),
  );
  const ids = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return [...ids].filter((id) => was?.get(id) !== is?.get(id)).sort();
}

/** The weeks before and after one that exists. */
function neighbours(week: IsoWeek): IsoWeek[] {
  const [monday] = daysOfWeek(week) ?? [];
  return monday === undefined ? [] : [weekOfDate(addDays(monday, -7)), weekOfDate(addDays(monday, 7))];
}

export function createRotaWeeks(deps: {
  readonly directory: Pick<DirectoryCache, 'current'>;
  readonly writer: DirectoryWriter;
  readonly clock: Clock;
}): RotaWeeks {
  const { directory, writer, clock } = deps;

  return {
    read(department, week, mayEdit) {
      const present: Directory = directory.current();
      const now: Instant = clock.now();
      const held = heldRotaWeek(present, department, week);
      const around = neighbours(week).flatMap(
        (other) => present.rotaWeeks.find(({ id }) => id === rotaWeekId(department, other)) ?? [],
      );
      return { week: held, around, problems: rotaProblems(held, present, now), mayEdit, asOf: now };
    },
    async edit(actor, department, week, changes) {
      const written = await writer.change<RotaWeek, { readonly errors: readonly RotaEditError[] }>(
        actor,
        rotaWeekId(department, week),
        (stored) => {
          const held = stored ?? emptyRotaWeek(department, week);
          const edited = editRotaWeek(held, changes, directory.current(), clock.now());
          if (!edited.ok) return err({ errors: edited.error });
          const fields = changedShifts(held.shifts, edited.value.week.shifts);
          // It was so already: an answer that was lost is asked for again.
          if (fields.length === 0) return err({ errors: [] });
          return ok({
            document: edited.value.week,
            act: { action: 'rota.edit', subjects: [held.id], fields },
          });
        },
      );
      return written.ok || written.error.errors.length === 0 ? ok(undefined) : err(written.error.errors);
    },
  };
}
