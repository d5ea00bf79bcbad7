import type { Logger } from 'pino';
import { alertState, isStoodDown } from '#shared/alert/receipts.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import { isStamped, type StampedEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';
import { addMinutes, addMs, type Clock } from '#shared/lib/instant.ts';
import { createDueQueue } from '#server/escalation/due-queue.ts';
import type { AlertBook } from './alert-book.ts';
import type { Delivery } from './delivery.ts';
import type { Dispatcher } from './dispatcher.ts';
import { createToldBook } from './told-book.ts';

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
   * To be called regularly: goes on with what a failing store kept from being planned, with what is left of the start, and with every alert whose
   * next look has come. Returns at once.
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
/** Consults of the start looked through at once, behind everything that is new. */
const mostRecovering = 16;
const mostRetried = 64;

/** Events to be told of, and the ids of alerts that were found to stand there already. */
interface Fresh {
  readonly events: readonly StampedEvent[];
  readonly standing: ReadonlySet<string>;
}
const noneStanding: ReadonlySet<string> = new Set();

export function createAlertPlanner(deps: {
  readonly book: Pick<AlertBook, 'ofConsult'>;
  readonly dispatcher: Dispatcher;
  readonly delivery: Pick<Delivery, 'watch' | 'tick' | 'idle'>;
  /** As stored now; null: not there. */
  readonly load: (id: ConsultId) => Promise<Consult | null>;
  readonly clock: Clock;
  readonly logger: Logger;
}): AlertPlanner {
  const { book, dispatcher, delivery, load, clock, logger } = deps;
  const startedAt = clock.now();
  const recoversFrom = addMinutes(startedAt, -recoveryMinutes);
  const told = createToldBook();
  const pending = new Map<ConsultId, Consult>();
  const running = new Map<ConsultId, Promise<void>>();
  /** Consults whose planning failed, by id alone: they are read anew. */
  const failing = createDueQueue();
  /** Handed in at the start, all open ones at once: they wait by id alone, emergencies before all others. */
  const toRecover: Readonly<Record<Urgency, Set<ConsultId>>> = {
    emergency: new Set(),
    urgent: new Set(),
    routine: new Set(),
  };
  const recovering = new Set<Promise<void>>();

  const stampedEvents = (consult: Consult): StampedEvent[] =>
    consult.timeline
      .map(({ event }) => event)
      .filter(isStamped)
      .filter((event) => event.via !== 'import');

  /** Events that no alert stands for: some concern nobody, others were never planned. Planning one again creates nothing that is there. */
  async function withoutAlert(consult: Consult, events: readonly StampedEvent[]): Promise<StampedEvent[]> {
    const causes = new Set<string>((await book.ofConsult(consult.id)).map(({ cause }) => cause));
    return events.filter(({ id }) => !causes.has(id));
  }

  /** Events from before this process that no alert stands for: their gateway died before it planned them. Alerts not yet heard of are watched again. */
  async function missedEvents(consult: Consult): Promise<Fresh> {
    const candidates = stampedEvents(consult).filter(
      ({ receivedAt }) => receivedAt < startedAt && receivedAt >= recoversFrom,
    );
    if (candidates.length === 0) return { events: [], standing: noneStanding };
    const alerts = await book.ofConsult(consult.id);
    delivery.watch(
      alerts.filter(
        (alert) =>
          ['planned', 'sent'].includes(alertState(alert)) &&
          !isStoodDown(alert) &&
          alert.plannedAt >= recoversFrom,
      ),
    );
    const causes = new Set<string>(alerts.map(({ cause }) => cause));
    return {
      events: candidates.filter(({ id }) => !causes.has(id)),
      standing: new Set(alerts.map(({ id }) => id)),
    };
  }

  async function freshEvents(consult: Consult): Promise<Fresh> {
    const events = stampedEvents(consult);
    const news = told.compare(consult.id, events);
    switch (news.type) {
      case 'unknown': {
        const missed = await missedEvents(consult);
        const since = events.filter(({ receivedAt }) => receivedAt >= startedAt);
        return { events: [...missed.events, ...since], standing: missed.standing };
      }
      case 'later':
        return { events: events.filter(({ n }) => n > news.than), standing: noneStanding };
      case 'between':
        return { events: await withoutAlert(consult, events), standing: noneStanding };
    }
  }

  async function plan(consult: Consult): Promise<void> {
    const { events, standing } = await freshEvents(consult);
    if (events.length > 0) await dispatcher.consultChanged(consult, events, standing);
    told.note(consult.id, stampedEvents(consult));
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
        else failing.set(id, addMs(clock.now(), retryAfterMs));
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

  async function workAnew(id: ConsultId): Promise<void> {
    if (running.has(id)) return;
    const consult = await load(id);
    if (consult === null || running.has(id)) return;
    enqueue(consult);
    await running.get(id);
  }

  /** Takes the next to be looked through, the most urgent first. */
  function nextToRecover(): { readonly id: ConsultId; readonly urgency: Urgency } | null {
    for (const urgency of urgencies)
      for (const id of toRecover[urgency]) {
        toRecover[urgency].delete(id);
        return { id, urgency };
      }
    return null;
  }

  async function recover(): Promise<void> {
    for (let next = nextToRecover(); next !== null; next = nextToRecover()) {
      const { id, urgency } = next;
      if (told.has(id)) continue;
      try {
        await workAnew(id);
      } catch (cause) {
        logger.error(
          { err: cause, consult: id },
          'a consult could not be looked through, will be tried again',
        );
        toRecover[urgency].add(id);
        // The next tick goes on.
        return;
      }
    }
  }

  function track(begun: Promise<void>): void {
    const one: Promise<void> = begun.finally(() => recovering.delete(one));
    recovering.add(one);
  }

  function startRecovering(): void {
    const waiting = urgencies.reduce((sum, urgency) => sum + toRecover[urgency].size, 0);
    for (let more = Math.min(mostRecovering - recovering.size, waiting); more > 0; more--) track(recover());
  }

  return {
    consultChanged(consult) {
      const isFromBefore =
        !told.has(consult.id) &&
        !running.has(consult.id) &&
        (consult.changedAt === null || consult.changedAt < startedAt);
      if (!isFromBefore) enqueue(consult);
      else if (consult.changedAt === null || consult.changedAt < recoversFrom)
        // Too long ago to be told: known from here on, without asking the store for its alerts.
        told.note(consult.id, stampedEvents(consult));
      else {
        toRecover[consult.urgency].add(consult.id);
        startRecovering();
      }
    },
    tick() {
      startRecovering();
      for (const { id } of failing.take(clock.now(), mostRetried))
        track(
          workAnew(id).catch((cause: unknown) => {
            logger.error({ err: cause, consult: id }, 'a consult could not be read, will be tried again');
            failing.set(id, addMs(clock.now(), retryAfterMs));
          }),
        );
      delivery.tick();
    },
    async idle() {
      do {
        while (running.size + recovering.size > 0) await Promise.all([...running.values(), ...recovering]);
        await delivery.idle();
      } while (running.size + recovering.size > 0);
    },
  };
}
