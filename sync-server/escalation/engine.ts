import type { Logger } from 'pino';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { escalatedEventId } from '#shared/escalation/claim.ts';
import { dueSteps, nextStepAt, type DueStep } from '#shared/escalation/due-steps.ts';
import { recipientsOf } from '#shared/escalation/recipients.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { addMs, msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Claims } from './claims.ts';
import { createDueQueue } from './due-queue.ts';

export interface EscalationDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly claims: Claims;
  readonly directory: () => Directory;
  /** The consult's events as stored now; null: not there. */
  readonly load: (id: ConsultId) => Promise<readonly HeldEvent[] | null>;
  /** Puts the step into the timeline, from where its people are alerted; doing it twice with one id changes nothing. Never refused for size. */
  readonly record: (
    consult: ConsultId,
    event: { id: EventId; type: 'escalated'; body: Record<string, unknown> },
  ) => Promise<void>;
}

/**
 * Fires what has fallen due. Which steps are due is decided by `dueSteps` alone; what was fired stands in the consult's own timeline;
 * a claim keeps two gateways from doing it at once. Nothing is remembered in timers: a restarted engine goes on from the consults.
 */
export interface EscalationEngine {
  /** Tells the engine how a consult stands now; called for every consult in the feed, whoever wrote it. */
  consider(consult: Consult): void;
  /** As `consider`, for a due time kept in a saved index. null: nothing can fall due. */
  remember(id: ConsultId, dueAt: Instant | null): void;
  /** Fires all that is due at the clock's now. Resolves with the number of steps fired by this gateway. */
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

const maxAtOnce = 32;
/** After a failure the consult is tried again soon, without keeping the others waiting. */
const retryAfterMs = 5_000;

export function createEscalationEngine(deps: EscalationDeps): EscalationEngine {
  const { clock, logger, claims } = deps;
  const queue = createDueQueue();

  const consider = (consult: Consult): void => {
    queue.set(consult.id, nextStepAt({ consult, fired: firedSteps(consult), now: clock.now() }));
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
    await deps.record(consult.id, {
      id: escalatedEventId(step.claimId),
      type: 'escalated',
      body: {
        clock: step.clock,
        step: step.step,
        repeat: step.repeat,
        unless: step.unless,
        notified: claim.recipients,
      },
    });
    await claims.finish(step.claimId, clock.now());
    return claim.type === 'mine';
  }

  async function work(id: ConsultId): Promise<number> {
    const events = await deps.load(id);
    const consult = events === null ? null : projectConsult(events);
    if (consult === null) {
      queue.set(id, null);
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
    queue.set(id, waitUntil ?? nextStepAt({ consult, fired: done, now: clock.now() }));
    return fired;
  }

  async function workOrRetry(id: ConsultId): Promise<number> {
    try {
      return await work(id);
    } catch (cause) {
      logger.error({ err: cause, consult: id }, 'escalation step failed, will be tried again');
      queue.set(id, addMs(clock.now(), retryAfterMs));
      return 0;
    }
  }

  let running: Promise<number> | null = null;
  async function scan(): Promise<number> {
    let fired = 0;
    const due = queue.dueAt(clock.now());
    const worker = async (): Promise<void> => {
      for (let id = due.shift(); id !== undefined; id = due.shift()) fired += await workOrRetry(id);
    };
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, due.length) }, worker));
    return fired;
  }

  return {
    consider,
    remember: (id, dueAt) => {
      queue.set(id, dueAt);
    },
    // One scan at a time: a second call joins the first, so that a slow scan is not overtaken by itself.
    tick: () => (running ??= scan().finally(() => (running = null))),
    nextDueAt: () => queue.next(),
    lagSeconds() {
      const next = queue.next();
      return next === null ? 0 : Math.max(0, msBetween(next, clock.now()) / 1000);
    },
  };
}
