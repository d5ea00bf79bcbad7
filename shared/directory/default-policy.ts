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

function ladder(unless: ClockName, targetMinutes: number, rungs: readonly Rung[]): EscalationStep[] {
  return rungs.map(([share, notify], index) => {
    const last = index === rungs.length - 1;
    return {
      afterMinutes: Math.min(longestDelayMinutes, Math.max(1, Math.round(targetMinutes * share))),
      unless,
      notify: [...notify],
      repeatMinutes: last ? Math.min(10_080, Math.max(5, targetMinutes)) : null,
      repeatTimes: null,
    };
  });
}

/**
 * The policy a department has until it makes its own, built from its targets: for each clock the same person again, then upwards,
 * ending at the duty administrator, who hears it again every target's length until the condition is met.
 * Source: docs/decisions/0006-escalation.md
 */
export function defaultPolicy(
  urgency: Urgency,
  targets: Targets = defaultTargets[urgency],
): EscalationPolicy {
  const steps = [
    ...ladder('acknowledged', targets.acknowledged, urgency === 'routine' ? unansweredRoutine : unanswered),
    ...ladder('seen', targets.seen, late),
    ...ladder('completed', targets.completed, late),
  ];
  // Stable: at one moment the earlier clock's step comes first.
  return { steps: steps.sort((a, b) => a.afterMinutes - b.afterMinutes) };
}
