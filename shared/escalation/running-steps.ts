import type { Consult } from '#shared/consult/consult.ts';
import { isOpen, type ClockName } from '#shared/consult/vocabulary.ts';
import type { EscalationRecipient, EscalationStep } from '#shared/directory/escalation-policy.ts';
import { isLastResort } from '#shared/directory/policy-problems.ts';
import type { EventId } from '#shared/lib/id.ts';
import { instantToMs } from '#shared/lib/instant.ts';
import { syntheticStep, type EscalationCause } from './claim.ts';
import { dueSoonSteps, type DueSoonClock } from './due-soon-steps.ts';
import { handOverSteps } from './hand-over-steps.ts';

/** A step whose condition is not met yet, with its moments worked out. `repeatTimes` null: until met. */
export interface RunningStep {
  readonly anchor: EventId;
  readonly step: number;
  readonly unless: EscalationCause;
  readonly notify: readonly EscalationRecipient[];
  readonly side: 'receiving' | 'requesting';
  /** Milliseconds since 1970: hundreds of these are compared at each scan, and text is slow to count with. */
  readonly firstDueMs: number;
  /** From then on it does not fire any more, met or not; absent: only its condition ends it. */
  readonly endsMs?: number;
  readonly repeatMinutes: number | null;
  readonly repeatTimes: number | null;
}

/** An accepted consult: the parts that are null before acceptance are there. */
type Accepted = Consult & {
  readonly snapshot: NonNullable<Consult['snapshot']>;
  readonly clocks: NonNullable<Consult['clocks']>;
};
const isAccepted = (consult: Consult): consult is Accepted =>
  consult.snapshot !== null && consult.clocks !== null;

const once = { repeatMinutes: null, repeatTimes: null } as const;
const head: EscalationRecipient = { who: 'head' };
const assignee: EscalationRecipient = { who: 'assignee' };
const onCallFirst: EscalationRecipient = { who: 'on-call', tier: 'first' };

const minuteMs = 60_000;

/** From where the steps of one clock count: its start moved by its pauses; none is due before `notBeforeMs`, while a pause lasts. */
interface Course {
  readonly fromMs: number;
  readonly notBeforeMs: number;
}

function courseOf(consult: Accepted, unless: ClockName): Course {
  const { startsAt, dueAt, paused } = consult.clocks[unless];
  const startMs = instantToMs(startsAt);
  const pausedMs = instantToMs(dueAt) - startMs - consult.snapshot.targets[unless] * minuteMs;
  return {
    fromMs: startMs + Math.max(0, pausedMs),
    notBeforeMs: paused && consult.infoWait !== null ? instantToMs(consult.infoWait.dueAt) : 0,
  };
}

const dueMsOf = ({ fromMs, notBeforeMs }: Course, afterMinutes: number): number =>
  Math.max(fromMs + afterMinutes * minuteMs, notBeforeMs);

/** While a consult stands declined the next act is the requester's: the completion steps then mean the requesting side. */
const sideOf = (consult: Consult): RunningStep['side'] =>
  consult.status === 'declined' ? 'requesting' : 'receiving';

function isRunning(consult: Accepted, { unless }: Pick<EscalationStep, 'unless'>): boolean {
  if (consult.status === 'declined') return unless === 'completed';
  return consult.clocks[unless].stoppedAt === null;
}

type Courses = Readonly<Record<ClockName, Course>>;

function policySteps(consult: Accepted, courses: Courses): RunningStep[] {
  const { event: anchor, policy } = consult.snapshot;
  return policy.steps.flatMap((step, index) =>
    isRunning(consult, step)
      ? [
          {
            anchor,
            step: index,
            unless: step.unless,
            notify: step.notify,
            side: sideOf(consult),
            firstDueMs: dueMsOf(courses[step.unless], step.afterMinutes),
            repeatMinutes: step.repeatMinutes,
            repeatTimes: step.repeatTimes,
          },
        ]
      : [],
  );
}

function remindersOf(consult: Accepted, courses: Courses): RunningStep[] {
  const clock = (unless: ClockName): DueSoonClock => ({
    isRunning: isRunning(consult, { unless }),
    dueMsOf: (afterMinutes) => dueMsOf(courses[unless], afterMinutes),
    endsMs: dueMsOf(courses[unless], consult.snapshot.targets[unless]),
  });
  return dueSoonSteps(consult, sideOf(consult), {
    acknowledged: clock('acknowledged'),
    seen: clock('seen'),
    completed: clock('completed'),
  });
}

/** Minutes between the rungs of a broken promise: half the time the department has to answer, within reason. */
const promiseGraceMinutes = (consult: Accepted): number =>
  Math.min(60, Math.max(5, Math.round(consult.snapshot.targets.acknowledged / 2)));

/** "I'll be there in 15 min" and nobody came (CON-15): the one who promised, the next tier, the head. The seen clock goes on above them. */
function promiseSteps(consult: Accepted): RunningStep[] {
  const { promise } = consult;
  if (promise === null || consult.status === 'declined' || consult.clocks.seen.stoppedAt !== null) return [];
  const { infoWait } = consult;
  const brokenMs = Math.max(instantToMs(promise.dueAt), infoWait === null ? 0 : instantToMs(infoWait.dueAt));
  const grace = promiseGraceMinutes(consult);
  const rungs: [step: number, afterMinutes: number, notify: EscalationRecipient[]][] = [
    [syntheticStep.promiseBroken, 0, [{ who: 'named', person: promise.by }, assignee]],
    [syntheticStep.promiseBrokenNext, grace, [{ who: 'on-call', tier: 'second' }, { who: 'receiver' }]],
    [syntheticStep.promiseBrokenHead, 2 * grace, [head]],
  ];
  return rungs.map(([step, afterMinutes, notify]) => ({
    anchor: promise.event,
    step,
    unless: 'promise',
    notify,
    side: 'receiving',
    firstDueMs: brokenMs + afterMinutes * minuteMs,
    ...once,
  }));
}

/** The wait for information has its own clock against the requesting side and then its head (CON-5). */
function infoSteps(consult: Accepted): RunningStep[] {
  const { infoWait } = consult;
  if (infoWait === null) return [];
  const lateMs = instantToMs(infoWait.dueAt);
  const common = { anchor: infoWait.event, unless: 'info', side: 'requesting', ...once } as const;
  return [
    { ...common, step: syntheticStep.infoLate, notify: [assignee, onCallFirst], firstDueMs: lateMs },
    {
      ...common,
      step: syntheticStep.infoLateHead,
      notify: [head],
      firstDueMs: lateMs + consult.snapshot.targets.acknowledged * minuteMs,
    },
  ];
}

/** Declined twice goes to the head of the department that declined (CON-17). */
function declineSteps(consult: Accepted): RunningStep[] {
  if (consult.status !== 'declined' || consult.declines < 2) return [];
  const decline = consult.timeline.findLast(
    (entry) => entry.event.type === 'declined' && entry.withoutEffect === null,
  )?.event;
  if (decline === undefined) return [];
  return [
    {
      anchor: decline.id,
      step: syntheticStep.declinedTwice,
      unless: 'declined-twice',
      notify: [head],
      side: 'receiving',
      firstDueMs: instantToMs(decline.receivedAt ?? consult.snapshot.startsAt),
      ...once,
    },
  ];
}

/** A policy that ends in silence is refused when it is written; should one be in force all the same, the duty administrator hears it. */
function lastResort(consult: Accepted): RunningStep[] {
  const { policy, targets, event } = consult.snapshot;
  if (policy.steps.some((step) => isLastResort(step) && isRunning(consult, step))) return [];
  const lastMinutes = policy.steps.map(
    (step) => step.afterMinutes + (step.repeatMinutes ?? 0) * (step.repeatTimes ?? 0),
  );
  return [
    {
      anchor: event,
      step: syntheticStep.lastResort,
      unless: 'completed',
      notify: [{ who: 'duty-administrator' }],
      side: sideOf(consult),
      firstDueMs: dueMsOf(courseOf(consult, 'completed'), Math.max(targets.completed, ...lastMinutes)),
      repeatMinutes: Math.max(30, targets.acknowledged),
      repeatTimes: null,
    },
  ];
}

/** Every step that can still fire, whether or not its time has come or it was fired; [] for a consult that ended or was never accepted. */
export function runningSteps(consult: Consult): RunningStep[] {
  if (!isOpen(consult.status) || !isAccepted(consult)) return [];
  const courses: Courses = {
    acknowledged: courseOf(consult, 'acknowledged'),
    seen: courseOf(consult, 'seen'),
    completed: courseOf(consult, 'completed'),
  };
  return [
    ...policySteps(consult, courses),
    ...remindersOf(consult, courses),
    ...promiseSteps(consult),
    ...infoSteps(consult),
    ...declineSteps(consult),
    ...handOverSteps(consult),
    ...lastResort(consult),
  ];
}
