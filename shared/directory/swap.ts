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
}

const overrideId = (shift: Shift, person: PersonId): string =>
  `${shift.id.slice(0, 45)}-swap-${person.slice(0, 8)}`;

const within = (weeks: readonly RotaWeek[], id: string): { week: RotaWeek; shift: Shift } | null => {
  for (const week of weeks) {
    const shift = week.shifts.find((one) => one.id === id);
    if (shift !== undefined) return { week, shift };
  }
  return null;
};

/**
 * Two people exchange a turn each; the plain turns stay and an override lies over each. Both must have said yes: one asked, the other agreed.
 * `weeks`: the documents that hold the two turns, one or two of them; those that changed are given back.
 */
export function swapShifts(
  weeks: readonly RotaWeek[],
  [first, second]: readonly [string, string],
  { askedBy, agreedBy }: Agreement,
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
    one: overrideId(one.shift, other.shift.person),
    other: overrideId(other.shift, one.shift.person),
  };
  const added = new Map<string, Shift[]>();
  const put = (week: RotaWeek, shift: Shift): void =>
    void added.set(week.id, [...(added.get(week.id) ?? []), shift]);
  put(one.week, {
    ...one.shift,
    id: ids.one,
    person: other.shift.person,
    override: { askedBy, agreedBy, swappedWith: ids.other },
  });
  put(other.week, {
    ...other.shift,
    id: ids.other,
    person: one.shift.person,
    override: { askedBy, agreedBy, swappedWith: ids.one },
  });
  return ok(
    weeks.flatMap((week) => {
      const shifts = added.get(week.id);
      return shifts === undefined ? [] : [{ ...week, shifts: [...week.shifts, ...shifts] }];
    }),
  );
}
