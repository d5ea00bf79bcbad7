import type { Alert } from '#shared/alert/alert.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { onCall, shiftAt, tiers } from '#shared/directory/on-call.ts';
import type { DepartmentId, DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';

/** The shift a person is on call in now, in any department and tier; the one that began first, when there are several. */
export function myShift(directory: Directory, person: PersonId, at: Instant): Shift | null {
  let mine: Shift | null = null;
  const departments: DepartmentId[] = [...directory.departments.keys()];
  for (const department of departments) {
    for (const tier of tiers) {
      if (onCall(directory, department, tier, at) !== person) continue;
      const shift = shiftAt(directory, department, tier, at);
      if (shift !== null && (mine === null || shift.startsAt < mine.startsAt)) mine = shift;
    }
  }
  return mine;
}

/** When this device last showed a test alert to this person; null: never. */
export function lastTestShownAt(
  alerts: readonly Alert[],
  person: PersonId,
  device: DeviceId,
): Instant | null {
  let last: Instant | null = null;
  for (const alert of alerts) {
    if (alert.about !== 'test' || alert.recipient !== person) continue;
    for (const { fact, channel, device: where, at } of alert.facts)
      if (fact === 'shown' && channel === 'push' && where === device && (last === null || at > last))
        last = at;
  }
  return last;
}

/** Whether the person should be offered a test now: on call, and this device has not shown one since the shift began (ALE-9). */
export function wantsTest(
  shift: Shift | null,
  shownAt: Instant | null,
  putAway: string | null,
): shift is Shift {
  if (shift === null || putAway === shift.id) return false;
  return shownAt === null || shownAt < shift.startsAt;
}
