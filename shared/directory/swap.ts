import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { RotaWeek, Shift } from './rota.ts';

export type SwapError =
  | { readonly type: 'unknown-shift'; readonly shift: string }
  /** Both turns are of one person, or of two departments. */
  | { readonly type: 'nothing-to-swap' }
  /** Not the two whose turns they are. */
  | { readonly type: 'not-theirs' }
  | { readonly type: 'has-begun'; readonly shift: string };

/** Who asked and who agreed. */
export interface Agreement {
  readonly askedBy: PersonId;
  readonly agreedBy: PersonId;
  /** The request it comes from; the overrides are named after it, so that they are written once however often it is tried. */
  readonly swap?: string;
}

const overrideId = (shift: Shift, person: PersonId, swap: string | undefined): string =>
  swap === undefined
    ? `${shift.id.slice(0, 45)}-swap-${person.slice(0, 8)}`
    : `swap-${swap.slice(0, 40)}-${person.slice(0, 8)}`;

const within = (weeks: readonly RotaWeek[], id: string): { week: RotaWeek; shift: Shift } | null => {
  for (const week of weeks) {
    const shift = week.shifts.find((one) => one.id === id);
    if (shift !== undefined) return { week, shift };
  }
  return null;
};

/** Changes to the shifts of some weeks, kept until all are known. */
function createEditor(weeks: readonly RotaWeek[]) {
  const shiftsByWeek = new Map<string, readonly Shift[]>();
  return {
    /** Over a plain turn; in place of an override, of which two would say nothing about who has it. */
    lay(week: RotaWeek, over: Shift, shift: Shift): void {
      const present = shiftsByWeek.get(week.id) ?? week.shifts;
      const kept = over.override === null ? present : present.filter(({ id }) => id !== over.id);
      shiftsByWeek.set(week.id, [...kept, shift]);
    },
    changed: (): RotaWeek[] =>
      weeks.flatMap((week) => {
        const shifts = shiftsByWeek.get(week.id);
        return shifts === undefined ? [] : [{ ...week, shifts: [...shifts] }];
      }),
  };
}

/**
 * Two people exchange a turn each; plain turns stay and an override lies over each. Both must have said yes: one asked, the other agreed.
 * `weeks`: the documents that hold the two turns, one or two of them; those that changed are given back.
 */
export function swapShifts(
  weeks: readonly RotaWeek[],
  [first, second]: readonly [string, string],
  { askedBy, agreedBy, swap }: Agreement,
  now: Instant,
): Result<RotaWeek[], SwapError> {
  const one = within(weeks, first);
  if (one === null) return err({ type: 'unknown-shift', shift: first });
  const other = within(weeks, second);
  if (other === null) return err({ type: 'unknown-shift', shift: second });
  const persons = [one.shift.person, other.shift.person];
  if (persons[0] === persons[1] || one.week.department !== other.week.department)
    return err({ type: 'nothing-to-swap' });
  if (askedBy === agreedBy || !persons.includes(askedBy) || !persons.includes(agreedBy))
    return err({ type: 'not-theirs' });
  for (const { shift } of [one, other])
    if (shift.startsAt <= now) return err({ type: 'has-begun', shift: shift.id });

  const ids = {
    one: overrideId(one.shift, other.shift.person, swap),
    other: overrideId(other.shift, one.shift.person, swap),
  };
  const editor = createEditor(weeks);
  editor.lay(one.week, one.shift, {
    ...one.shift,
    id: ids.one,
    person: other.shift.person,
    override: { askedBy, agreedBy, swappedWith: ids.other },
  });
  editor.lay(other.week, other.shift, {
    ...other.shift,
    id: ids.other,
    person: one.shift.person,
    override: { askedBy, agreedBy, swappedWith: ids.one },
  });
  return ok(editor.changed());
}

/** Somebody takes another's turn without giving one back: `askedBy` has it, `agreedBy` takes it. */
export function giveShift(
  weeks: readonly RotaWeek[],
  given: string,
  { askedBy, agreedBy, swap }: Agreement,
  now: Instant,
): Result<RotaWeek[], SwapError> {
  const one = within(weeks, given);
  if (one === null) return err({ type: 'unknown-shift', shift: given });
  if (askedBy === agreedBy) return err({ type: 'nothing-to-swap' });
  if (one.shift.person !== askedBy) return err({ type: 'not-theirs' });
  if (one.shift.startsAt <= now) return err({ type: 'has-begun', shift: given });
  const editor = createEditor(weeks);
  editor.lay(one.week, one.shift, {
    ...one.shift,
    id: overrideId(one.shift, agreedBy, swap),
    person: agreedBy,
    override: { askedBy, agreedBy },
  });
  return ok(editor.changed());
}
