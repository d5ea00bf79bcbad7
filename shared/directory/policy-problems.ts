import { clockNameSchema, type ClockName } from '#shared/consult/vocabulary.ts';
import type { EscalationPolicy, EscalationRecipient, EscalationStep } from './escalation-policy.ts';

/** `step` counts from 0. */
export type PolicyProblem =
  | { readonly type: 'out-of-order'; readonly step: number }
  /** Comes later than an earlier step of the same condition and tells only people below those it told. */
  | { readonly type: 'climbs-down'; readonly step: number }
  /** Would call the same people more often than anybody can answer, for a whole day or for ever. */
  | { readonly type: 'loops'; readonly step: number }
  /** Nobody is told any more at some point although the condition is still unmet. */
  | { readonly type: 'dead-end'; readonly unless: ClockName };

const clocks = clockNameSchema.options;

/** How far up a recipient stands; a named person may stand anywhere. */
function heightOf(recipient: EscalationRecipient): number | null {
  switch (recipient.who) {
    case 'assignee':
      return 0;
    case 'on-call':
      return recipient.tier === 'first' ? 0 : recipient.tier === 'second' ? 1 : 2;
    case 'receiver':
      return 2;
    case 'head':
      return 3;
    case 'parent-head':
      return 4;
    case 'duty-administrator':
      return 5;
    case 'named':
      return null;
  }
}

function highest(step: EscalationStep): number | null {
  const heights = step.notify.map(heightOf).filter((height) => height !== null);
  return heights.length < step.notify.length ? null : Math.max(...heights);
}

/** The duty administrator hears it again and again until the condition is met. */
export const isLastResort = (step: EscalationStep): boolean =>
  step.repeatMinutes !== null &&
  step.repeatTimes === null &&
  step.notify.some((recipient) => recipient.who === 'duty-administrator');

/** Every five minutes: as often as one step may call in a day. */
const mostCallsPerDay = 288;
const minutesPerDay = 1440;

const callsOnFirstDay = ({ repeatMinutes, repeatTimes }: EscalationStep): number =>
  repeatMinutes === null
    ? 1
    : 1 + Math.min(repeatTimes ?? Infinity, Math.floor((minutesPerDay - 1) / repeatMinutes));

/** What is wrong with a policy, [] when it may be used: steps rise in time and in seniority, none loops, and no condition ends in silence. */
export function policyProblems(policy: EscalationPolicy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const reached = new Map<ClockName, number>();
  policy.steps.forEach((step, index) => {
    const before = policy.steps[index - 1];
    if (before !== undefined && step.afterMinutes < before.afterMinutes) {
      problems.push({ type: 'out-of-order', step: index });
    }
    if (callsOnFirstDay(step) > mostCallsPerDay) problems.push({ type: 'loops', step: index });
    const height = highest(step);
    if (height === null) return;
    if (height < (reached.get(step.unless) ?? 0)) problems.push({ type: 'climbs-down', step: index });
    reached.set(step.unless, Math.max(height, reached.get(step.unless) ?? 0));
  });
  clocks.forEach((clock, index) => {
    // Who has not been seen has not been completed either: a later clock's last resort covers the earlier ones.
    const covering = clocks.slice(index);
    if (!policy.steps.some((step) => isLastResort(step) && covering.includes(step.unless))) {
      problems.push({ type: 'dead-end', unless: clock });
    }
  });
  return problems;
}
