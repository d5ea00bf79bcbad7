import type { Announcer } from '#server/alerts/announcer.ts';
import type { Reach } from '#server/alerts/reach.ts';
import { unreachableTelling } from '#server/alerts/stand-ins.ts';
import type { PlannedAlert } from '#shared/alert/plan.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { shiftAt } from '#shared/directory/on-call.ts';
import { usedTiers } from '#shared/directory/rota-gaps.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { addMinutes, type Clock, type Instant } from '#shared/lib/instant.ts';

/** Whoever comes on duty has so long to turn alerts on. */
const graceMinutes = 5;
const lookEveryMinutes = 1;

/** People whose turn has begun, in tiers somebody is looked for in. */
function onDuty(directory: Directory, now: Instant): Pick<PlannedAlert, 'department' | 'recipient'>[] {
  return [...directory.departments.values()].flatMap((department) =>
    usedTiers(directory, department).flatMap((tier) => {
      const shift = shiftAt(directory, department.id, tier, now);
      return shift === null || now < addMinutes(shift.startsAt, graceMinutes)
        ? []
        : [{ department: department.id, recipient: shift.person }];
    }),
  );
}

/**
 * Tells a department early in the turn that nothing reaches somebody on call (ALE-9), not when the first emergency finds it out. Said once per turn, with the id
 * under which a call that fails says the same; any number of gateways may look.
 */
export function createReachWatch(deps: {
  readonly reach: Pick<Reach, 'channelsOf'>;
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
      const hasWay = new Map<PersonId, boolean>();
      const alerts: PlannedAlert[] = [];
      for (const called of onDuty(present, now)) {
        const { recipient } = called;
        const isReached = hasWay.get(recipient) ?? (await reach.channelsOf(recipient)).length > 0;
        hasWay.set(recipient, isReached);
        const told = isReached ? null : unreachableTelling(called, present, now);
        if (told !== null) alerts.push(told);
      }
      await announcer.announce(alerts.filter(({ id }) => !announced.has(id)));
      announced = new Set(alerts.map(({ id }) => id));
    },
  };
}
