import type { Announcer } from '#server/alerts/announcer.ts';
import type { Reach } from '#server/alerts/reach.ts';
import { unreachableTelling } from '#server/alerts/stand-ins.ts';
import { announcementIdOf, type PlannedAlert } from '#shared/alert/plan.ts';
import { momentPart, turnGraceMinutes, turnTestCapacity, turnTestCause } from '#shared/alert/turn-test.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { onCallSince } from '#shared/directory/on-call-since.ts';
import { shiftAt } from '#shared/directory/on-call.ts';
import { usedTiers } from '#shared/directory/rota-gaps.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Clock, type Instant } from '#shared/lib/instant.ts';

const lookEveryMinutes = 1;
/** A test that comes later than this, after an outage, would tell nobody of a turn that begins. */
const testWithinMinutes = 15;

type Called = Pick<PlannedAlert, 'department' | 'recipient'>;

/** People on call in tiers somebody is looked for in. `hasSettled`: long enough for a device to have been turned on. */
function onDuty(directory: Directory, now: Instant): (Called & { readonly hasSettled: boolean })[] {
  return [...directory.departments.values()].flatMap((department) =>
    usedTiers(directory, department).flatMap((tier) => {
      const shift = shiftAt(directory, department.id, tier, now);
      if (shift === null) return [];
      const hasSettled = now >= addMinutes(shift.startsAt, turnGraceMinutes);
      return [{ department: department.id, recipient: shift.person, hasSettled }];
    }),
  );
}

/** The test at the start of a turn; null: the turn began too long ago. */
function turnTest({ department, recipient }: Called, since: Instant, now: Instant): PlannedAlert | null {
  if (addMinutes(since, testWithinMinutes) <= now) return null;
  const cause = turnTestCause(recipient, since);
  return {
    id: announcementIdOf(cause, recipient),
    consult: null,
    cause,
    recipient,
    as: turnTestCapacity,
    about: 'test',
    urgency: 'urgent',
    department,
  };
}

/** To themselves: only one channel reaches them. */
function oneWayTelling({ department, recipient }: Called, since: Instant): PlannedAlert {
  const cause = `${recipient}:one-way:${momentPart(since)}` as EventId;
  return {
    id: announcementIdOf(cause, recipient),
    consult: null,
    cause,
    recipient,
    as: turnTestCapacity,
    about: 'one-way',
    urgency: 'routine',
    department,
  };
}

/**
 * Looks after the ways to whoever is on call (ALE-9), before the first emergency does. At the start of a turn they are sent a test, whose receipt stands
 * in the rota and before sending; a few minutes into it a department is told of somebody whom nothing reaches, and whoever has a single way is told so
 * themselves, in the app alone. Each once per turn, by its id; any number of gateways may look. A look reads the rota in memory and, as before, the
 * addresses of those on call: no alert and no consult.
 */
export function createReachWatch(deps: {
  readonly reach: Pick<Reach, 'channelsOf' | 'isOneWay'>;
  readonly directory: () => Directory;
  readonly announcer: Announcer;
  readonly clock: Clock;
}): { tick(): Promise<void> } {
  const { reach, directory, announcer, clock } = deps;
  let announced: ReadonlySet<string> = new Set();
  let nextAt: Instant | null = null;
  return {
    async tick() {
      const now = clock.now();
      if (nextAt !== null && now < nextAt) return;
      nextAt = addMinutes(now, lookEveryMinutes);
      const present = directory();
      const waysOf = new Map<PersonId, Awaited<ReturnType<Reach['channelsOf']>>>();
      const alerts = new Map<string, PlannedAlert>();
      const tell = (told: PlannedAlert | null): void => {
        if (told !== null) alerts.set(told.id, told);
      };
      for (const called of onDuty(present, now)) {
        const { recipient, hasSettled } = called;
        const since = onCallSince(present, recipient, now) ?? now;
        tell(turnTest(called, since, now));
        if (!hasSettled) continue;
        const ways = waysOf.get(recipient) ?? (await reach.channelsOf(recipient));
        waysOf.set(recipient, ways);
        if (ways.length === 0) tell(unreachableTelling(called, present, now));
        else if (reach.isOneWay(ways)) tell(oneWayTelling(called, since));
      }
      await announcer.announce([...alerts.values()].filter(({ id }) => !announced.has(id)));
      announced = new Set(alerts.keys());
    },
  };
}
