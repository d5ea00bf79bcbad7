import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { RotaWeek, Shift } from '#shared/directory/rota.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

export const shift = (
  tier: Tier,
  person: PersonId,
  startsAt: Instant,
  endsAt: Instant,
  agreedBy: PersonId | null = null,
): Shift => ({
  id: `${tier}-${startsAt}-${person.slice(0, 8)}${agreedBy === null ? '' : '-override'}`,
  tier,
  person,
  startsAt,
  endsAt,
  override: agreedBy === null ? null : { agreedBy },
});

export const rotaWeek = (department: DepartmentId, shifts: Shift[], week = '2026-W10'): RotaWeek => ({
  kind: 'rota-week',
  id: `rota:${department}:${week}`,
  department,
  week,
  shifts,
});
