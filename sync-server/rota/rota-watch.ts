import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Announcer } from '#server/alerts/announcer.ts';
import type { Reach } from '#server/alerts/reach.ts';
import type { Database } from '#server/store/port.ts';
import type { FactDeps } from './fact-writer.ts';
import { createFollowUpReminders } from './follow-up-reminders.ts';
import { gapAlerts } from './gap-alerts.ts';
import { createHandOverOffers } from './hand-over-offers.ts';
import { createRotaChanges } from './rota-changes.ts';
import { createReachWatch } from './reach-watch.ts';
import { createSwapWatch } from './swap-watch.ts';
import type { Swaps } from './swaps.ts';

/** What the calendar brings: gaps ahead, changed shifts, swaps, changes of shift, people on call whom nothing reaches, follow-ups. Any number of gateways may run it. */
export interface RotaWatch {
  /** How a consult stands now; called for every consult in the feed, whoever wrote it. */
  consider(consult: Consult): void;
  /** One look at everything. A second call while one runs waits for the same. Never rejects: what failed is logged and done at the next. */
  tick(): Promise<void>;
}

export function createRotaWatch(
  deps: FactDeps & {
    readonly directory: () => Directory;
    readonly announcer: Announcer;
    readonly meta: Database;
    readonly swaps: Pick<Swaps, 'present' | 'finish'>;
    readonly reach: Pick<Reach, 'channelsOf' | 'isOneWay'>;
  },
): RotaWatch {
  const { clock, logger, directory, announcer } = deps;
  const handOvers = createHandOverOffers(deps);
  const followUps = createFollowUpReminders(deps);
  const changes = createRotaChanges({ ...deps, now: () => clock.now() });
  const swaps = createSwapWatch(deps);
  const reach = createReachWatch(deps);
  /** Announced by this process; after a restart they are announced again, which changes nothing. */
  let announced = new Set<string>();

  async function tellGaps(): Promise<void> {
    if (directory().organisation === null) return;
    const alerts = gapAlerts(directory(), clock.now());
    await announcer.announce(alerts.filter(({ id }) => !announced.has(id)));
    // What is no gap any more may be one again.
    announced = new Set(alerts.map(({ id }) => id));
  }

  const parts: readonly [string, () => Promise<void>][] = [
    ['hand-over', () => handOvers.tick()],
    ['follow-up', () => followUps.tick()],
    // Before the changes: what an agreed swap writes is told in the same look.
    ['swaps', () => swaps.tick()],
    ['changes of the rota', () => changes.tick()],
    ['gaps in the rota', tellGaps],
    ['people out of reach', () => reach.tick()],
  ];
  let running: Promise<void> | null = null;

  async function lookAtAll(): Promise<void> {
    for (const [part, look] of parts) {
      try {
        await look();
      } catch (cause) {
        logger.error({ err: cause, part }, 'the rota could not be looked at, will be tried again');
      }
    }
  }

  return {
    consider(consult) {
      handOvers.consider(consult);
      followUps.consider(consult);
    },
    tick() {
      running ??= lookAtAll().finally(() => (running = null));
      return running;
    },
  };
}
