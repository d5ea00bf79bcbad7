import { alertOf, type PlannedAlert } from '#shared/alert/plan.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AlertBook } from './alert-book.ts';
import type { Delivery } from './delivery.ts';

/** Tells people what is about no consult: a gap in the rota, a changed shift, somebody out of reach, a test. */
export interface Announcer {
  /**
   * Stores the alerts and has them sent. An alert whose id is there already is left alone, so the same may be announced again and again, by
   * any gateway. Resolves when all are stored; what a channel does not take is repeated later.
   */
  announce(alerts: readonly PlannedAlert[]): Promise<void>;
}

export function createAnnouncer(deps: {
  readonly book: AlertBook;
  readonly delivery: Pick<Delivery, 'deliver' | 'watch'>;
  readonly clock: Clock;
}): Announcer {
  return {
    async announce(planned) {
      const at = deps.clock.now();
      const alerts = planned.map((one) => alertOf(one, at));
      const created = await deps.book.create(alerts);
      const own = new Set(created.map(({ id }) => id));
      deps.delivery.watch(alerts.filter(({ id }) => !own.has(id)));
      await deps.delivery.deliver(created, null);
    },
  };
}
