import type { Logger } from 'pino';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { urgencies, type Urgency } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { escalatedEventId } from '#shared/escalation/claim.ts';
import { dueSteps, nextStepAt, type DueStep } from '#shared/escalation/due-steps.ts';
import { recipientsOf } from '#shared/escalation/recipients.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { addMs, earliest, msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { ClaimOutcome, Claims, Recipient } from './claims.ts';
import { createDueQueue, type DueQueue } from './due-queue.ts';
import { firedSteps } from './fired-steps.ts';

/** One firing, for the consult's timeline. */
export interface EscalatedFact {
  readonly id: EventId;
  readonly type: 'escalated';
  readonly body: Record<string, unknown>;
}

export interface EscalationDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly claims: Claims;
  readonly directory: () => Directory;
  /** The events of these consults as stored now, in order. null: not there; an Error: this one cannot be read. */
  readonly load: (ids: readonly ConsultId[]) => Promise<(readonly HeldEvent[] | null | Error)[]>;
  /**
   * Puts into the timeline what `build` makes of the consult as it is at the write, from where its people are alerted. Twice with one id changes
   * nothing. Never refused for size. Calls of one turn go to the store together.
   */
  readonly record: (consult: ConsultId, build: (now: Consult) => readonly EscalatedFact[]) => Promise<void>;
}

/**
 * Fires what has fallen due. Which steps are due is decided by `dueSteps` alone; what was fired stands in the consult's own timeline;
 * a claim keeps two gateways from doing it at once. Nothing is remembered in timers: a restarted engine goes on from the consults.
 */
export interface EscalationEngine {
  /** Tells the engine how a consult stands now; called for every consult in the feed, whoever wrote it. */
  consider(consult: Consult): void;
  /**
   * Fires all that is due at the clock's now and not under way already, of each urgency the longest overdue first. Resolves with the number of steps this
   * call fired. One consult that fails keeps no other waiting, a batch that hangs keeps no later one waiting, thousands that are not emergencies keep no
   * emergency waiting, and thousands of urgent ones leave a quarter to the routine ones.
   */
  tick(): Promise<number>;
  /** When the next step falls due; null: no consult waits for one. */
  nextDueAt(): Instant | null;
  /** Seconds the most overdue step has waited for this engine; 0 when nothing is late. */
  lagSeconds(): number;
}

/** Consults read, claimed and written together: each commit waits for the disk, so that many cost hardly more than one. */
const consultsPerBatch = 100;
/** Batches of one crew at once: while one waits for the disk another is worked out. */
const batchesAtOnce = 4;
/** While there is more than can be done, each batch but every so many-th takes urgent consults before routine ones. */
const routineTurn = 4;
/** After a failure the consult is tried again soon, without keeping the others waiting. */
const retryAfterMs = 5_000;

/** Works off some of the queues; crews do not wait for each other. */
interface Crew {
  readonly urgencies: readonly Urgency[];
  running: number;
  batches: number;
}

interface Due {
  readonly urgency: Urgency;
  readonly dueAt: Instant | null;
}

/** A consult that is worked on. `next`: what was said of it meanwhile, newer than what was read. */
interface UnderWay {
  readonly urgency: Urgency;
  readonly dueAt: Instant;
  next: Due | null;
}

interface Task {
  readonly consult: Consult;
  readonly steps: readonly DueStep[];
  readonly done: Set<string>;
  waitUntil: Instant | null;
}

const factOf = (step: DueStep, notified: readonly Recipient[]): EscalatedFact => ({
  id: escalatedEventId(step.claimId),
  type: 'escalated',
  body: { clock: step.clock, step: step.step, repeat: step.repeat, unless: step.unless, notified },
});

export function createEscalationEngine(deps: EscalationDeps): EscalationEngine {
  const { clock, logger, claims } = deps;
  const queues: Readonly<Record<Urgency, DueQueue>> = {
    emergency: createDueQueue(),
    urgent: createDueQueue(),
    routine: createDueQueue(),
  };
  const crews: readonly Crew[] = [
    { urgencies: ['emergency'], running: 0, batches: 0 },
    { urgencies: ['urgent', 'routine'], running: 0, batches: 0 },
  ];
  const underWay = new Map<ConsultId, UnderWay>();

  function setDue(id: ConsultId, { urgency, dueAt }: Due): void {
    for (const each of urgencies) queues[each].set(id, each === urgency ? dueAt : null);
  }

  /** Claims and writes what is due of a batch. Resolves with the number of steps fired; a consult that fails throws nothing, see `failed`. */
  async function fire(
    tasks: readonly Task[],
    failed: (id: ConsultId, cause: unknown) => void,
  ): Promise<number> {
    const now = clock.now();
    const directory = deps.directory();
    const requests = tasks.flatMap(({ consult, steps }) =>
      steps.map((step) => ({
        id: step.claimId,
        consult: consult.id,
        urgency: consult.urgency,
        recipients: recipientsOf(step, consult, directory, now),
      })),
    );
    const outcomes = new Map<string, ClaimOutcome>();
    for (const [at, outcome] of (await claims.take(requests, now)).entries()) {
      const request = requests[at];
      if (request !== undefined) outcomes.set(request.id, outcome);
    }
    const counts = await Promise.all(
      tasks.map(async (task) => {
        const facts = new Map<string, EscalatedFact>();
        for (const step of task.steps) {
          const outcome = outcomes.get(step.claimId);
          if (outcome?.type === 'mine') facts.set(step.claimId, factOf(step, outcome.recipients));
          else if (outcome?.type === 'theirs')
            task.waitUntil =
              task.waitUntil === null ? outcome.until : earliest(task.waitUntil, outcome.until);
          else failed(task.consult.id, new Error(`claim not stored: ${outcome?.reason ?? 'no answer'}`));
        }
        if (facts.size === 0) return 0;
        try {
          // Someone may have acknowledged it since it was read: nobody is woken for what was answered.
          await deps.record(task.consult.id, (consult) =>
            dueSteps({ consult, fired: firedSteps(consult), now: clock.now() }).flatMap(
              ({ claimId }) => facts.get(claimId) ?? [],
            ),
          );
        } catch (cause) {
          failed(task.consult.id, cause);
          return 0;
        }
        for (const claimId of facts.keys()) task.done.add(claimId);
        return facts.size;
      }),
    );
    return counts.reduce((sum, each) => sum + each, 0);
  }

  async function work(ids: readonly ConsultId[]): Promise<number> {
    /** Where each consult goes when the batch is done. */
    const after = new Map<ConsultId, Due>();
    const again = (id: ConsultId): void => {
      const urgency = underWay.get(id)?.urgency ?? 'emergency';
      after.set(id, { urgency, dueAt: addMs(clock.now(), retryAfterMs) });
    };
    const failed = (id: ConsultId, cause: unknown): void => {
      logger.error({ err: cause, consult: id }, 'escalation step failed, will be tried again');
      again(id);
    };
    let fired = 0;
    try {
      const tasks: Task[] = [];
      const loaded = await deps.load(ids);
      for (const [at, id] of ids.entries()) {
        const events = loaded[at] ?? null;
        try {
          if (events instanceof Error) throw events;
          const consult = events === null ? null : projectConsult(events);
          if (consult === null) {
            after.set(id, { urgency: 'routine', dueAt: null });
            continue;
          }
          const done = new Set(firedSteps(consult));
          const steps = dueSteps({ consult, fired: done, now: clock.now() });
          tasks.push({ consult, steps, done, waitUntil: null });
        } catch (cause) {
          failed(id, cause);
        }
      }
      fired = await fire(tasks, failed);
      for (const { consult, done, waitUntil } of tasks) {
        if (after.has(consult.id)) continue;
        const dueAt = waitUntil ?? nextStepAt({ consult, fired: done, now: clock.now() });
        after.set(consult.id, { urgency: consult.urgency, dueAt });
      }
    } catch (cause) {
      logger.error({ err: cause, consults: ids.length }, 'escalation steps failed, will be tried again');
      for (const id of ids) if (!after.has(id)) again(id);
    }
    for (const id of ids) {
      // A step that is asked for again finds its claim and its event.
      const next = underWay.get(id)?.next ?? after.get(id);
      underWay.delete(id);
      if (next !== undefined) setDue(id, next);
    }
    return fired;
  }

  /** The next batch of a crew: the more urgent first, and as often as not to starve them, the less urgent. */
  function takeBatch(crew: Crew, now: Instant): ConsultId[] {
    const isRoutineTurn = ++crew.batches % routineTurn === 0;
    const order = isRoutineTurn ? crew.urgencies.toReversed() : crew.urgencies;
    const ids: ConsultId[] = [];
    for (const urgency of order)
      for (const { id, dueAt } of queues[urgency].take(now, consultsPerBatch - ids.length)) {
        underWay.set(id, { urgency, dueAt, next: null });
        ids.push(id);
      }
    return ids;
  }

  /** Works off batch after batch until nothing of the crew's is due any more. */
  async function drain(crew: Crew, now: Instant): Promise<number> {
    let fired = 0;
    crew.running++;
    try {
      for (;;) {
        const batch = takeBatch(crew, now);
        if (batch.length === 0) return fired;
        fired += await work(batch);
      }
    } finally {
      crew.running--;
    }
  }

  const nextDueAt = (): Instant | null => {
    let next: Instant | null = null;
    const note = (dueAt: Instant | null): void => {
      if (dueAt !== null && (next === null || dueAt < next)) next = dueAt;
    };
    for (const urgency of urgencies) note(queues[urgency].next());
    for (const own of underWay.values()) note(own.next === null ? own.dueAt : own.next.dueAt);
    return next;
  };

  return {
    consider(consult) {
      const dueAt = nextStepAt({ consult, fired: firedSteps(consult), now: clock.now() });
      const due = { urgency: consult.urgency, dueAt };
      const own = underWay.get(consult.id);
      if (own === undefined) setDue(consult.id, due);
      else own.next = due;
    },
    async tick() {
      const now = clock.now();
      const workers: Promise<number>[] = [];
      for (const crew of crews) {
        const isDue = (): boolean => crew.urgencies.some((urgency) => (queues[urgency].next() ?? '~') <= now);
        while (crew.running < batchesAtOnce && isDue()) workers.push(drain(crew, now));
      }
      const fired = await Promise.all(workers);
      return fired.reduce((sum, each) => sum + each, 0);
    },
    nextDueAt,
    lagSeconds() {
      const next = nextDueAt();
      return next === null ? 0 : Math.max(0, msBetween(next, clock.now()) / 1000);
    },
  };
}
