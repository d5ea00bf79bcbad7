import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { Directory } from './directory.ts';
import { shiftAt } from './on-call.ts';
import type { RotaWeek, Shift } from './rota.ts';

interface Duty {
  readonly department: DepartmentId;
  readonly shift: Shift;
}

const indexes = new WeakMap<readonly RotaWeek[], ReadonlyMap<PersonId, readonly Duty[]>>();

/** A person's shifts in all departments. Remembered per rota, which is never changed in place. */
function dutiesOf({ rotaWeeks }: Directory, person: PersonId): readonly Duty[] {
  let byPerson = indexes.get(rotaWeeks);
  if (byPerson === undefined) {
    const built = new Map<PersonId, Duty[]>();
    for (const { department, shifts } of rotaWeeks)
      for (const shift of shifts) {
        const held = built.get(shift.person);
        if (held === undefined) built.set(shift.person, [{ department, shift }]);
        else held.push({ department, shift });
      }
    byPerson = built;
    indexes.set(rotaWeeks, byPerson);
  }
  return byPerson.get(person) ?? [];
}

/** When the shifts began by which the person is on call at that moment, in whatever departments and tiers: the earliest; null: not on call. */
function begunAt(directory: Directory, person: PersonId, at: Instant): Instant | null {
  let first: Instant | null = null;
  for (const { department, shift } of dutiesOf(directory, person)) {
    const { startsAt, endsAt, tier } = shift;
    if (startsAt > at || at >= endsAt || (first !== null && startsAt >= first)) continue;
    if (shiftAt(directory, department, tier, at)?.person === person) first = startsAt;
  }
  return first;
}

/** Nobody is on duty through more shifts than that without a break. */
const mostShifts = 60;

/**
 * Since when a person has been on call without a break, through however many shifts, departments and tiers; null: they are not. Hours that somebody
 * else's override takes out of the middle of a shift do not end it.
 */
export function onCallSince(directory: Directory, person: PersonId, at: Instant): Instant | null {
  let since = begunAt(directory, person, at);
  for (let looked = 0; since !== null && looked < mostShifts; looked++) {
    const before = begunAt(directory, person, addMs(since, -1));
    if (before === null) return since;
    since = before;
  }
  return since;
}
