import type { Consult } from '#shared/consult/consult.ts';
import { clockNameSchema, type ClockName } from '#shared/consult/vocabulary.ts';
import type { EscalationRecipient, EscalationStep } from '#shared/directory/escalation-policy.ts';
import { syntheticStep } from './claim.ts';
import type { RunningStep } from './running-steps.ts';

/** The share of a target after which it is due soon (ALE-1). */
export const dueSoonShare = 0.75;
/** A policy's own step this near says the same; nobody hears it twice. */
const nearMinutes = 1;

const numbers: Readonly<Record<ClockName, number>> = {
  acknowledged: syntheticStep.dueSoonAcknowledged,
  seen: syntheticStep.dueSoonSeen,
  completed: syntheticStep.dueSoonCompleted,
};
const dueSoonNumbers: ReadonlySet<number> = new Set(Object.values(numbers));

/** Whether the number of a step is that of a built-in reminder, which no policy lists. */
export const isDueSoonStep = (step: number): boolean => dueSoonNumbers.has(step);

const assignee: EscalationRecipient = { who: 'assignee' };
const onCallFirst: EscalationRecipient = { who: 'on-call', tier: 'first' };

const isSame = (a: EscalationRecipient, b: EscalationRecipient): boolean =>
  a.who === b.who && (a.who !== 'on-call' || b.who !== 'on-call' || a.tier === b.tier);

/** The moment nearest to `atMinutes` at which a step calls. */
function nearestCall(
  { afterMinutes, repeatMinutes, repeatTimes }: EscalationStep,
  atMinutes: number,
): number {
  if (repeatMinutes === null || atMinutes <= afterMinutes) return afterMinutes;
  const repeats = Math.min(Math.round((atMinutes - afterMinutes) / repeatMinutes), repeatTimes ?? Infinity);
  return afterMinutes + repeats * repeatMinutes;
}

/** Whoever is to be reminded: the one who is on it, and while nobody said they come, whoever is on call too. */
function remindedOf(consult: Consult, side: RunningStep['side']): EscalationRecipient[] {
  if (side === 'requesting') return [assignee, onCallFirst];
  if (consult.assignee === null) return [onCallFirst];
  return consult.acknowledgedBy === null ? [assignee, onCallFirst] : [assignee];
}

/** How a clock's steps count; from `running-steps.ts`. */
export interface DueSoonClock {
  readonly isRunning: boolean;
  /** When a step of so many minutes falls due, pauses included. */
  readonly dueMsOf: (afterMinutes: number) => number;
  /** When the target runs out: then it is not soon any more. */
  readonly endsMs: number;
}

/**
 * The reminder at 75 % of each target, whatever the policy lists: once per clock, to those whose act it is. Left out for whom a step of the policy
 * tells the same within a minute. It ends with its target: after an outage nobody is reminded of what has run out.
 */
export function dueSoonSteps(
  consult: Consult & { readonly snapshot: NonNullable<Consult['snapshot']> },
  side: RunningStep['side'],
  clocks: Readonly<Record<ClockName, DueSoonClock>>,
): RunningStep[] {
  const { event: anchor, policy, targets } = consult.snapshot;
  const found: RunningStep[] = [];
  for (const unless of clockNameSchema.options) {
    const { isRunning, dueMsOf, endsMs } = clocks[unless];
    if (!isRunning) continue;
    const atMinutes = targets[unless] * dueSoonShare;
    const near = policy.steps.filter((step) => {
      if (step.unless !== unless) return false;
      const call = nearestCall(step, atMinutes);
      return call < targets[unless] && Math.abs(call - atMinutes) <= nearMinutes;
    });
    const notify = remindedOf(consult, side).filter(
      (recipient) => !near.some((step) => step.notify.some((other) => isSame(recipient, other))),
    );
    if (notify.length === 0) continue;
    found.push({
      anchor,
      step: numbers[unless],
      unless,
      notify,
      side,
      firstDueMs: dueMsOf(atMinutes),
      endsMs,
      repeatMinutes: null,
      repeatTimes: null,
    });
  }
  return found;
}
