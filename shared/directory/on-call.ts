import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { earliest, latest, type Instant } from '#shared/lib/instant.ts';
import type { Directory } from './directory.ts';
import { tierSchema, type Tier } from './escalation-policy.ts';
import type { RotaWeek, Shift } from './rota.ts';

export const tiers = tierSchema.options;

const shiftIndexes = new WeakMap<readonly RotaWeek[], ReadonlyMap<string, readonly Shift[]>>();

const rotaKey = (department: DepartmentId, tier: Tier): string => `${department} ${tier}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Which of two turns holds when both cover the moment: an override, then the one that began later, then the smaller id. */
function compareClaims(a: Shift, b: Shift): number {
  if ((a.override === null) !== (b.override === null)) return a.override === null ? 1 : -1;
  return compareText(b.startsAt, a.startsAt) || compareText(a.id, b.id);
}

/** Shifts of one department and tier, the one with the strongest claim first. Remembered per rota, which is never changed in place. */
function shiftsOf(directory: Directory, department: DepartmentId, tier: Tier): readonly Shift[] {
  let byKey = shiftIndexes.get(directory.rotaWeeks);
  if (byKey === undefined) {
    const built = new Map<string, Shift[]>();
    for (const week of directory.rotaWeeks) {
      for (const shift of week.shifts) {
        const key = rotaKey(week.department, shift.tier);
        const held = built.get(key);
        if (held === undefined) built.set(key, [shift]);
        else held.push(shift);
      }
    }
    for (const shifts of built.values()) shifts.sort(compareClaims);
    byKey = built;
    shiftIndexes.set(directory.rotaWeeks, byKey);
  }
  return byKey.get(rotaKey(department, tier)) ?? [];
}

const isActive = (directory: Directory, person: PersonId): boolean =>
  directory.people.get(person)?.active === true;

/** Shifts of active people in one department and tier, the one with the strongest claim first. */
export const activeShifts = (directory: Directory, department: DepartmentId, tier: Tier): readonly Shift[] =>
  shiftsOf(directory, department, tier).filter((shift) => isActive(directory, shift.person));

/** The turn that holds at `at`: `startsAt` included, `endsAt` not. A turn of an inactive person does not count. */
export function shiftAt(
  directory: Directory,
  department: DepartmentId,
  tier: Tier,
  at: Instant,
): Shift | null {
  return (
    shiftsOf(directory, department, tier).find(
      (shift) => shift.startsAt <= at && at < shift.endsAt && isActive(directory, shift.person),
    ) ?? null
  );
}

/** Who is on call; null for a gap in the rota. Overrides lie over plain shifts; inactive people are skipped. */
export function onCall(
  directory: Directory,
  department: DepartmentId,
  tier: Tier,
  at: Instant,
): PersonId | null {
  return shiftAt(directory, department, tier, at)?.person ?? null;
}

/** The tiers a person holds in a department at that moment, in the order of `tiers`. */
export function tiersHeld(
  directory: Directory,
  department: DepartmentId,
  person: PersonId,
  at: Instant,
): Tier[] {
  return tiers.filter((tier) => onCall(directory, department, tier, at) === person);
}

export interface Gap {
  readonly from: Instant;
  readonly until: Instant;
}

/** Stretches of [`from`, `until`) in which nobody active has the tier, in order. */
export function gaps(
  directory: Directory,
  department: DepartmentId,
  tier: Tier,
  from: Instant,
  until: Instant,
): Gap[] {
  const covered = shiftsOf(directory, department, tier)
    .filter((shift) => isActive(directory, shift.person) && shift.endsAt > from && shift.startsAt < until)
    .map((shift) => ({ from: latest(shift.startsAt, from), until: earliest(shift.endsAt, until) }))
    .sort((a, b) => compareText(a.from, b.from));
  const found: Gap[] = [];
  let reached = from;
  for (const stretch of covered) {
    if (stretch.from > reached) found.push({ from: reached, until: stretch.from });
    reached = latest(reached, stretch.until);
  }
  if (reached < until) found.push({ from: reached, until });
  return found;
}
