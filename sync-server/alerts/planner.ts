import type { Logger } from 'pino';
import { alertState, isStoodDown } from '#shared/alert/receipts.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { nextAttempt } from '#shared/alert/retry.ts';
import { isStamped, type StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMinutes, addMs, earliest, type Clock, type Instant } from '#shared/lib/instant.ts';
import { createDueQueue } from '#server/escalation/due-queue.ts';
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
  /**
   * To be called regularly: repeats what a push service did not take and what a failing store kept from being planned, when it is due. What is
   * due stands in the alerts' own facts; after a restart it is found again as the consults are handed in. Returns at once.
   */
  tick(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** What happened longer ago than this is not told any more after an outage; escalation tells the present state. */
const recoveryMinutes = 24 * 60;
/** How many times a failing store is asked again at once for one consult; then `tick` goes on, for as long as it takes. */
const maxAttempts = 5;
const retryAfterMs = 5_000;

/** What of a consult was told. Its events by id, because two gateways may give one `n` to two of them; once it has ended the highest `n` is enough. */
interface Told {
  readonly upTo: number;
  readonly ids: ReadonlySet<string> | null;
}

export function createAlertPlanner(deps: {
  readonly book: AlertBook;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly logger: Logger;
}): AlertPlanner {
  const { book, dispatcher, clock, logger } = deps;
  const startedAt = clock.now();
  const told = new Map<ConsultId, Told>();
  const pending = new Map<ConsultId, Consult>();
  const running = new Map<ConsultId, Promise<void>>();
  /** When a consult must be looked at again, and how it was seen last. */
  const due = createDueQueue();
  const waiting = new Map<ConsultId, { consult: Consult; at: Instant }>();

  function lookAgain(consult: Consult, at: Instant | null): void {
    const held = waiting.get(consult.id);
    if (at === null && held === undefined) return;
    const next = held === undefined ? at : at === null ? held.at : earliest(held.at, at);
    if (next === null) return;
    waiting.set(consult.id, { consult, at: next });
    due.set(consult.id, next);
  }

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
    const causes = new Set<string>(alerts.map(({ cause }) => cause));
    const unsent = alerts.filter(
      (alert) => alertState(alert) === 'planned' && !isStoodDown(alert) && alert.plannedAt >= since,
    );
    const neverTried = unsent.filter(({ facts }) => !facts.some(({ fact }) => fact === 'sent'));
    lookAgain(consult, await dispatcher.sendAgain(consult, neverTried));
    for (const alert of unsent)
      if (!neverTried.includes(alert)) lookAgain(consult, nextAttempt(alert)?.at ?? null);
    return candidates.filter(({ id }) => !causes.has(id));
  }

  async function freshEvents(consult: Consult): Promise<StampedEvent[]> {
    const events = stampedEvents(consult);
    const held = told.get(consult.id);
    if (held === undefined)
      return [
        ...(await missedEvents(consult)),
        ...events.filter(({ receivedAt }) => receivedAt >= startedAt),
      ];
    return events.filter(({ id, n }) => (held.ids === null ? n > held.upTo : !held.ids.has(id)));
  }

  async function plan(consult: Consult): Promise<void> {
    const fresh = await freshEvents(consult);
    if (fresh.length > 0) lookAgain(consult, await dispatcher.consultChanged(consult, fresh));
    const isOver = consult.endedAt !== null && consult.followUp === null;
    const ids = isOver ? null : new Set<string>(stampedEvents(consult).map(({ id }) => id));
    told.set(consult.id, { upTo: consult.lastN, ids });
  }

  async function work(id: ConsultId): Promise<void> {
    let attempts = 0;
    for (let consult = pending.get(id); consult !== undefined; consult = pending.get(id)) {
      pending.delete(id);
      try {
        await plan(consult);
        attempts = 0;
        const again = waiting.get(id);
        if (again !== undefined && again.at <= clock.now()) {
          waiting.delete(id);
          due.set(id, null);
          lookAgain(consult, await dispatcher.sendDue(consult));
        }
      } catch (cause) {
        logger.error({ err: cause, consult: id }, 'alerts could not be planned, will be tried again');
        attempts++;
        if (attempts < maxAttempts && !pending.has(id)) pending.set(id, consult);
        // Even when it works at once now: what was created before the failure was perhaps not sent.
        lookAgain(consult, addMs(clock.now(), retryAfterMs));
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
    tick() {
      for (const id of due.dueAt(clock.now())) {
        const again = waiting.get(id);
        if (again !== undefined && !running.has(id)) enqueue(again.consult);
      }
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}
