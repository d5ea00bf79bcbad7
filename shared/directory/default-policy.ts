import { defaultTargets, type ClockName, type Targets, type Urgency } from '#shared/consult/vocabulary.ts';
import type { EscalationPolicy, EscalationRecipient, EscalationStep } from './escalation-policy.ts';
import { longestDelayMinutes } from './policy-limits.ts';

const assignee: EscalationRecipient = { who: 'assignee' };
const first: EscalationRecipient = { who: 'on-call', tier: 'first' };
const second: EscalationRecipient = { who: 'on-call', tier: 'second' };
const consultant: EscalationRecipient = { who: 'on-call', tier: 'consultant' };
const receiver: EscalationRecipient = { who: 'receiver' };
const head: EscalationRecipient = { who: 'head' };
const parentHead: EscalationRecipient = { who: 'parent-head' };
const duty: EscalationRecipient = { who: 'duty-administrator' };

/** A rung: after this share of the target, these people. */
type Rung = readonly [share: number, notify: readonly EscalationRecipient[]];

/** Unanswered: the same person again, then tier by tier upwards. */
const unanswered: readonly Rung[] = [
  [0.3, [assignee, first]],
  [0.6, [assignee, second]],
  [1, [consultant, receiver]],
  [1.5, [head]],
  [2, [parentHead]],
  [3, [duty]],
];
/** A routine request wakes nobody early: one reminder near the target. */
const unansweredRoutine: readonly Rung[] = [
  [0.75, [assignee, first]],
  [1, [second, receiver]],
  [1.5, [head]],
  [2, [parentHead]],
  [3, [duty]],
];
const late: readonly Rung[] = [
  [0.75, [assignee, first]],
  [1, [assignee, second]],
  [1.25, [consultant, receiver]],
  [1.5, [head]],
  [1.75, [parentHead]],
  [2, [duty]],
];

/** Between two calls of the duty administrator about the same thing there are never more than these. */
const longestIntervalMinutes = 8 * 60;
/** Calls at one interval before the interval grows. */
const callsPerInterval = 3;

const minutesAt = (targetMinutes: number, share: number): number =>
  Math.min(longestDelayMinutes, Math.max(1, Math.round(targetMinutes * share)));

const intervalOf = (targetMinutes: number): number => Math.min(10_080, Math.max(5, targetMinutes));

function ladder(unless: ClockName, targetMinutes: number, rungs: readonly Rung[]): EscalationStep[] {
  return rungs.map(([share, notify]) => ({
    afterMinutes: minutesAt(targetMinutes, share),
    unless,
    notify: [...notify],
    repeatMinutes: null,
    repeatTimes: null,
  }));
}

/** The same step, called again every `everyMinutes` until the one that takes over begins; further apart where that is far off. */
function untilTakenOver(
  step: EscalationStep,
  everyMinutes: number,
  takenOverAtMinutes: number,
): EscalationStep {
  const gapMinutes = takenOverAtMinutes - step.afterMinutes;
  if (gapMinutes <= everyMinutes) return step;
  const spread = Math.ceil(gapMinutes / (2 * callsPerInterval));
  const repeatMinutes = Math.min(longestIntervalMinutes, Math.max(everyMinutes, spread));
  return { ...step, repeatMinutes, repeatTimes: Math.ceil(gapMinutes / repeatMinutes) - 1 };
}

/** The last rung of all, for ever: first every target's length, then twice that, in the end every eight hours (or the target, where that is longer). */
function forEver(step: EscalationStep, targetMinutes: number): EscalationStep[] {
  const steps: EscalationStep[] = [];
  let from = step.afterMinutes;
  for (let every = intervalOf(targetMinutes), round = 0; ; every *= 2, round++) {
    const isLast =
      round === 2 ||
      2 * every > longestIntervalMinutes ||
      from + callsPerInterval * every > longestDelayMinutes;
    const repeatMinutes = round === 2 ? longestIntervalMinutes : every;
    steps.push({
      ...step,
      afterMinutes: from,
      repeatMinutes,
      repeatTimes: isLast ? null : callsPerInterval - 1,
    });
    if (isLast) return steps;
    from += callsPerInterval * every;
  }
}

/**
 * The policy a department has until it makes its own, built from its targets: for each clock the same person again, then upwards,
 * ending at the duty administrator. They hear it again at growing intervals: at each clock's own target until the next clock's last rung takes over,
 * at the last one's for ever, at most eight hours apart (or that target, where it is longer).
 * Source: docs/decisions/0006-escalation.md
 */
export function defaultPolicy(
  urgency: Urgency,
  targets: Targets = defaultTargets[urgency],
): EscalationPolicy {
  const acknowledged = ladder(
    'acknowledged',
    targets.acknowledged,
    urgency === 'routine' ? unansweredRoutine : unanswered,
  );
  const seen = ladder('seen', targets.seen, late);
  const completed = ladder('completed', targets.completed, late);
  const withLast = (
    steps: readonly EscalationStep[],
    last: (step: EscalationStep) => readonly EscalationStep[],
  ): EscalationStep[] => steps.flatMap((step, at) => (at === steps.length - 1 ? last(step) : [step]));
  const seenEndsAt = minutesAt(targets.seen, 2);
  const completedEndsAt = minutesAt(targets.completed, 2);
  const steps = [
    ...withLast(acknowledged, (step) => [
      untilTakenOver(step, intervalOf(targets.acknowledged), Math.min(seenEndsAt, completedEndsAt)),
    ]),
    ...withLast(seen, (step) => [untilTakenOver(step, intervalOf(targets.seen), completedEndsAt)]),
    ...withLast(completed, (step) => forEver(step, targets.completed)),
  ];
  // Stable: at one moment the earlier clock's step comes first.
  return { steps: steps.sort((a, b) => a.afterMinutes - b.afterMinutes) };
}
