import { announcementIdOf, type PlannedAlert } from '#shared/alert/plan.ts';
import { swapEndsAt, swapState, type SwapRequest } from '#shared/directory/swap-request.ts';
import type { EventId } from '#shared/lib/id.ts';
import { addMinutes, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Announcer } from '#server/alerts/announcer.ts';
import type { Swaps } from './swaps.ts';

/** A swap of a turn that begins sooner than this is pressing. */
const pressingMinutes = 24 * 60;

/** The asked one hears of it, the asking one of a no. Of a yes both hear by the change of the rota. */
function alertOf(request: SwapRequest, now: Instant): PlannedAlert | null {
  const state = swapState(request, now);
  if (state !== 'asked' && state !== 'declined') return null;
  const recipient = state === 'asked' ? request.to : request.askedBy;
  const cause = `${request.department}:rota-swap:${request.id.slice(11)}:${state}` as EventId;
  return {
    id: announcementIdOf(cause, recipient),
    consult: null,
    cause,
    recipient,
    as: 'on the rota',
    about: state === 'asked' ? 'swap-asked' : 'swap-declined',
    urgency: swapEndsAt(request) < addMinutes(now, pressingMinutes) ? 'urgent' : 'routine',
    department: request.department,
  };
}

/** Tells people of swaps, and writes what was agreed where a gateway died before it had. Any number of gateways may look. */
export function createSwapWatch(deps: {
  readonly swaps: Pick<Swaps, 'present' | 'finish'>;
  readonly announcer: Announcer;
  readonly clock: Clock;
}): { tick(): Promise<void> } {
  const { swaps, announcer, clock } = deps;
  /** Announced by this process; after a restart they are announced again, which changes nothing. */
  let announced = new Set<string>();
  return {
    async tick() {
      const now = clock.now();
      const requests = await swaps.present();
      const alerts = requests.flatMap((request) => alertOf(request, now) ?? []);
      await announcer.announce(alerts.filter(({ id }) => !announced.has(id)));
      announced = new Set(alerts.map(({ id }) => id));
      for (const request of requests)
        if (swapState(request, now) === 'agreed') await swaps.finish(request.id);
    },
  };
}
