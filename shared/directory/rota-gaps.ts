import type { DepartmentId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { Department } from './department.ts';
import type { Directory } from './directory.ts';
import type { Tier } from './escalation-policy.ts';
import { activeShifts, gaps, tiers } from './on-call.ts';

/** Nobody has the tier. `from` null: nobody had it before either; `until` null: nobody is foreseen. */
export interface RotaGap {
  readonly department: DepartmentId;
  readonly tier: Tier;
  readonly from: Instant | null;
  readonly until: Instant | null;
}

export const gapHorizonMinutes = 24 * 60;

export const isDutyAdministration = (directory: Directory, department: DepartmentId): boolean =>
  directory.organisation?.dutyAdministration === department;

/**
 * Tiers somebody will be looked for in: those the department's escalation policies call, and the first where a new consult goes to whoever is on
 * call. The duty administration has its first tier. [] for a department that is not active, and for an administrative one, which is asked nothing.
 */
export function usedTiers(directory: Directory, department: Department): Tier[] {
  if (!department.active) return [];
  const used = new Set<Tier>();
  if (isDutyAdministration(directory, department.id)) used.add('first');
  if (department.type !== 'administrative') {
    for (const policy of Object.values(department.policies)) {
      for (const recipient of policy.steps.flatMap(({ notify }) => notify)) {
        if (recipient.who === 'on-call') used.add(recipient.tier);
      }
    }
    if (Object.values(department.assignment).some(({ mode }) => mode === 'on-call')) used.add('first');
  }
  return tiers.filter((tier) => used.has(tier));
}

/** Gaps of one tier that touch [`at`, `at` + `withinMinutes`), with their true edges, in order. */
export function gapsAhead(
  directory: Directory,
  department: DepartmentId,
  tier: Tier,
  at: Instant,
  withinMinutes = gapHorizonMinutes,
): RotaGap[] {
  const horizon = addMinutes(at, withinMinutes);
  const found = gaps(directory, department, tier, at, horizon);
  if (found.length === 0) return [];
  const shifts = activeShifts(directory, department, tier);
  const lastEnd = shifts.reduce<Instant | null>(
    (last, { endsAt }) => (endsAt <= at && (last === null || endsAt > last) ? endsAt : last),
    null,
  );
  const nextStart = shifts.reduce<Instant | null>(
    (next, { startsAt }) => (startsAt >= horizon && (next === null || startsAt < next) ? startsAt : next),
    null,
  );
  return found.map((gap) => ({
    department,
    tier,
    from: gap.from === at ? lastEnd : gap.from,
    until: gap.until === horizon ? nextStart : gap.until,
  }));
}

/** Every gap of the next 24 hours in a tier that is used, department by department in the order of ids. */
export function forwardGaps(directory: Directory, at: Instant): RotaGap[] {
  return [...directory.departments.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((department) =>
      usedTiers(directory, department).flatMap((tier) => gapsAhead(directory, department.id, tier, at)),
    );
}
