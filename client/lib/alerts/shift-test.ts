import type { Alert } from '#shared/alert/alert.ts';
import { turnGraceMinutes, turnTestCause, turnTestOf, type TurnTest } from '#shared/alert/turn-test.ts';
import { onCallSince } from '#shared/directory/on-call-since.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { onCall, shiftAt, tiers } from '#shared/directory/on-call.ts';
import type { DepartmentId, DeviceId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';

/** What a person is on call in now: when their turn began, and the shift that it is made of at this moment. */
export interface MyTurn {
  readonly shift: Shift;
  readonly since: Instant;
}

/** The shift a person is on call in now, in any department and tier; the one that began first, when there are several. */
export function myTurn(directory: Directory, person: PersonId, at: Instant): MyTurn | null {
  let mine: Shift | null = null;
  const departments: DepartmentId[] = [...directory.departments.keys()];
  for (const department of departments) {
    for (const tier of tiers) {
      if (onCall(directory, department, tier, at) !== person) continue;
      const shift = shiftAt(directory, department, tier, at);
      if (shift !== null && (mine === null || shift.startsAt < mine.startsAt)) mine = shift;
    }
  }
  if (mine === null) return null;
  return { shift: mine, since: onCallSince(directory, person, at) ?? mine.startsAt };
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

/** The test the server sent at the start of the turn; null: it is not here, or there was none. `since` null: no turn. */
export function turnTestSince(
  alerts: readonly Alert[],
  person: PersonId,
  since: Instant | null,
): TurnTest | null {
  if (since === null) return null;
  const cause = turnTestCause(person, since);
  const alert = alerts.find((one) => one.cause === cause);
  return alert === undefined ? null : turnTestOf(alert);
}

/**
 * Whether the person should be offered a test now: on call, and this device has shown none since the turn began (ALE-9). The server sends one by itself
 * at the beginning, so that it is given its time first.
 */
export function wantsTest(
  turn: MyTurn | null,
  shownAt: Instant | null,
  putAway: string | null,
  now: Instant,
): turn is MyTurn {
  if (turn === null || putAway === turn.shift.id || now < addMinutes(turn.since, turnGraceMinutes))
    return false;
  return shownAt === null || shownAt < turn.since;
}
