import type { Logger } from 'pino';
import { alertState, isStoodDown } from '#shared/alert/receipts.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { isStamped, type StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMinutes, type Clock } from '#shared/lib/instant.ts';
import type { AlertBook } from './alert-book.ts';
import type { Dispatcher } from './dispatcher.ts';

/**
 * Watches every consult the feed brings, whichever gateway took it, and has each new event told exactly by whom it concerns.
 * Alert ids derive from events, so planning twice (two gateways, a restart) creates nothing twice.
 */
export interface AlertPlanner {
  /**
   * Returns at once; the work is done in order per consult. The first time in this process it also tells what a crash
   * kept from being planned or sent, so after a start every open consult is handed in once.
   */
  consultChanged(consult: Consult): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** What happened longer ago than this is not told any more after an outage; escalation tells the present state. */
const recoveryMinutes = 24 * 60;
/** How many times a failing store is asked again for one consult before the next change or restart takes over. */
const maxAttempts = 5;

export function createAlertPlanner(deps: {
  readonly book: AlertBook;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly logger: Logger;
}): AlertPlanner {
  const { book, dispatcher, clock, logger } = deps;
  const startedAt = clock.now();
  const plannedUpTo = new Map<ConsultId, number>();
  const pending = new Map<ConsultId, Consult>();
  const running = new Map<ConsultId, Promise<void>>();

  const stampedEvents = (consult: Consult): StampedEvent[] =>
    consult.timeline
      .map(({ event }) => event)
      .filter(isStamped)
      .filter((event) => event.via !== 'import');

  /** Events from before this process that no alert stands for: their gateway died before it planned them. */
  async function missedEvents(consult: Consult): Promise<StampedEvent[]> {
    const since = addMinutes(startedAt, -recoveryMinutes);
    const candidates = stampedEvents(consult).filter(
      ({ receivedAt }) => receivedAt < startedAt && receivedAt >= since,
    );
    if (candidates.length === 0) return [];
    const alerts = await book.ofConsult(consult.id);
    const told = new Set<string>(alerts.map(({ cause }) => cause));
    const unsent = alerts.filter(
      (alert) => alertState(alert) === 'planned' && !isStoodDown(alert) && alert.plannedAt >= since,
    );
    const neverTried = unsent.filter(({ facts }) => !facts.some(({ fact }) => fact === 'sent'));
    await dispatcher.sendAgain(consult, neverTried);
    return candidates.filter(({ id }) => !told.has(id));
  }

  async function plan(consult: Consult): Promise<void> {
    const upTo = plannedUpTo.get(consult.id);
    const events = stampedEvents(consult);
    const fresh =
      upTo === undefined
        ? [...(await missedEvents(consult)), ...events.filter(({ receivedAt }) => receivedAt >= startedAt)]
        : events.filter(({ n }) => n > upTo);
    if (fresh.length > 0) await dispatcher.consultChanged(consult, fresh);
    plannedUpTo.set(consult.id, consult.lastN);
  }

  async function work(id: ConsultId): Promise<void> {
    let attempts = 0;
    for (let consult = pending.get(id); consult !== undefined; consult = pending.get(id)) {
      pending.delete(id);
      try {
        await plan(consult);
        attempts = 0;
      } catch (cause) {
        logger.error({ err: cause, consult: id }, 'alerts could not be planned, will be tried again');
        attempts++;
        if (attempts < maxAttempts && !pending.has(id)) pending.set(id, consult);
      }
    }
  }

  const enqueue = (consult: Consult): void => {
    pending.set(consult.id, consult);
    if (running.has(consult.id)) return;
    running.set(
      consult.id,
      work(consult.id).finally(() => running.delete(consult.id)),
    );
  };

  return {
    consultChanged: enqueue,
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}
