import type { Logger } from 'pino';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { escalatedEventId } from '#shared/escalation/claim.ts';
import { dueSteps, nextStepAt, type DueStep } from '#shared/escalation/due-steps.ts';
import { recipientsOf } from '#shared/escalation/recipients.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { addMs, earliest, msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Claims } from './claims.ts';
import { createPlaces } from '#server/ops/places.ts';
import { createDueQueue, type DueQueue } from './due-queue.ts';

export interface EscalationDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly claims: Claims;
  readonly directory: () => Directory;
  /** The consult's events as stored now; null: not there. */
  readonly load: (id: ConsultId) => Promise<readonly HeldEvent[] | null>;
  /**
   * Puts the step into the timeline, from where its people are alerted, unless `isStillDue` denies it of the consult as it is at the
   * write. Doing it twice with one id changes nothing. Never refused for size.
   */
  readonly record: (
    consult: ConsultId,
    event: { id: EventId; type: 'escalated'; body: Record<string, unknown> },
    isStillDue: (now: Consult) => boolean,
  ) => Promise<void>;
}

/**
 * Fires what has fallen due. Which steps are due is decided by `dueSteps` alone; what was fired stands in the consult's own timeline;
 * a claim keeps two gateways from doing it at once. Nothing is remembered in timers: a restarted engine goes on from the consults.
 */
export interface EscalationEngine {
  /** Tells the engine how a consult stands now; called for every consult in the feed, whoever wrote it. */
  consider(consult: Consult): void;
  /**
   * Fires all that is due at the clock's now and not under way already. Resolves with the number of steps this call fired. One consult that
   * hangs or fails keeps no other waiting, and thousands that are not emergencies keep no emergency waiting.
   */
  tick(): Promise<number>;
  /** When the next step falls due; null: no consult waits for one. */
  nextDueAt(): Instant | null;
  /** Seconds the most overdue step has waited for this engine; 0 when nothing is late. */
  lagSeconds(): number;
}

const escalatedSuffix = escalatedEventId('').length;

/** Claim ids of the steps that stand in the timeline. */
export function firedSteps(consult: Consult): ReadonlySet<string> {
  const ids = consult.timeline.filter(({ event }) => event.type === 'escalated').map(({ event }) => event.id);
  return new Set(ids.map((id) => id.slice(0, -escalatedSuffix)));
}

/** Consults worked on at once. */
const maxEmergenciesAtOnce = 16;
const maxOthersAtOnce = 16;
/** After a failure the consult is tried again soon, without keeping the others waiting. */
const retryAfterMs = 5_000;

export function createEscalationEngine(deps: EscalationDeps): EscalationEngine {
  const { clock, logger, claims } = deps;
  interface Lane {
    readonly queue: DueQueue;
    readonly places: ReturnType<typeof createPlaces>;
  }
  const emergencies: Lane = { queue: createDueQueue(), places: createPlaces(maxEmergenciesAtOnce) };
  const others: Lane = { queue: createDueQueue(), places: createPlaces(maxOthersAtOnce) };
  const laneOf = (consult: Consult): Lane => (consult.urgency === 'emergency' ? emergencies : others);
  /** Consults that wait for a place or are worked on, and whether they changed meanwhile. */
  const underWay = new Map<ConsultId, { changed: boolean }>();

  /** `lane` null: nothing is known of it but that it is gone. */
  function setDue(id: ConsultId, lane: Lane | null, dueAt: Instant | null): void {
    for (const each of [emergencies, others]) each.queue.set(id, each === lane ? dueAt : null);
  }

  const consider = (consult: Consult): void => {
    const own = underWay.get(consult.id);
    if (own !== undefined) own.changed = true;
    setDue(
      consult.id,
      laneOf(consult),
      nextStepAt({ consult, fired: firedSteps(consult), now: clock.now() }),
    );
  };

  /** True when this gateway fired it; an Instant: another one is at it until then. */
  async function fire(step: DueStep, consult: Consult): Promise<boolean | Instant> {
    const resolved = recipientsOf(step, consult, deps.directory(), clock.now());
    const claim = await claims.take({
      id: step.claimId,
      consult: consult.id,
      recipients: resolved,
      now: clock.now(),
    });
    if (claim.type === 'theirs') return claim.until;
    const isStillDue = (now: Consult): boolean =>
      dueSteps({ consult: now, fired: firedSteps(now), now: clock.now() }).some(
        (due) => due.claimId === step.claimId,
      );
    const fact = {
      id: escalatedEventId(step.claimId),
      type: 'escalated' as const,
      body: {
        clock: step.clock,
        step: step.step,
        repeat: step.repeat,
        unless: step.unless,
        notified: claim.recipients,
      },
    };
    await deps.record(consult.id, fact, isStillDue);
    await claims.finish(step.claimId, clock.now());
    return claim.type === 'mine';
  }

  async function work(id: ConsultId, own: { changed: boolean }): Promise<number> {
    const events = await deps.load(id);
    const consult = events === null ? null : projectConsult(events);
    if (consult === null) {
      if (!own.changed) setDue(id, null, null);
      return 0;
    }
    let fired = 0;
    let waitUntil: Instant | null = null;
    const done = new Set(firedSteps(consult));
    for (const step of dueSteps({ consult, fired: done, now: clock.now() })) {
      const outcome = await fire(step, consult);
      if (typeof outcome === 'string') waitUntil = outcome;
      else {
        done.add(step.claimId);
        if (outcome) fired++;
      }
    }
    // What was said of it meanwhile is newer than what was read; a step that is asked for again finds its claim.
    if (!own.changed)
      setDue(id, laneOf(consult), waitUntil ?? nextStepAt({ consult, fired: done, now: clock.now() }));
    return fired;
  }

  async function workOrRetry(id: ConsultId, lane: Lane): Promise<number> {
    const own = underWay.get(id) ?? { changed: false };
    try {
      own.changed = false;
      return await work(id, own);
    } catch (cause) {
      logger.error({ err: cause, consult: id }, 'escalation step failed, will be tried again');
      if (!own.changed) setDue(id, lane, addMs(clock.now(), retryAfterMs));
      return 0;
    } finally {
      underWay.delete(id);
    }
  }

  const nextDueAt = (): Instant | null => {
    const [a, b] = [emergencies.queue.next(), others.queue.next()];
    return a === null || b === null ? (a ?? b) : earliest(a, b);
  };

  return {
    consider,
    async tick() {
      const now = clock.now();
      const started = [emergencies, others].flatMap((lane) =>
        lane.queue
          .dueAt(now)
          .filter((id) => !underWay.has(id))
          .map((id) => {
            underWay.set(id, { changed: false });
            return lane.places(() => workOrRetry(id, lane));
          }),
      );
      const fired = await Promise.all(started);
      return fired.reduce((sum, each) => sum + each, 0);
    },
    nextDueAt,
    lagSeconds() {
      const next = nextDueAt();
      return next === null ? 0 : Math.max(0, msBetween(next, clock.now()) / 1000);
    },
  };
}
