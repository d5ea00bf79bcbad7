import type { Consult } from '#shared/consult/consult.ts';
import type { EscalationRecipient } from '#shared/directory/escalation-policy.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { instantToMs, msToInstant, type Instant } from '#shared/lib/instant.ts';
import { isDueSoonStep } from './due-soon-steps.ts';
import { claimIdOf, type EscalationCause } from './claim.ts';
import { runningSteps, type RunningStep } from './running-steps.ts';

/** One firing that is due. `side`: whose people `notify` means. */
export interface DueStep {
  readonly claimId: string;
  readonly consult: ConsultId;
  /** What the step counts from; goes into the `escalated` event as `clock`. */
  readonly clock: EventId;
  readonly step: number;
  readonly repeat: number;
  readonly unless: EscalationCause;
  readonly notify: readonly EscalationRecipient[];
  readonly side: 'receiving' | 'requesting';
  readonly dueAt: Instant;
}

export interface EscalationInput {
  readonly consult: Consult;
  /** Claim ids of this consult that were fired. */
  readonly fired: ReadonlySet<string>;
  readonly now: Instant;
}

const claimOf = (consult: Consult, step: RunningStep, repeat: number): string =>
  claimIdOf(consult.id, step.anchor, step.step, repeat);

const repeatMsOf = (step: RunningStep): number => (step.repeatMinutes ?? 0) * 60_000;
const dueMsOf = (step: RunningStep, repeat: number): number => step.firstDueMs + repeat * repeatMsOf(step);

/** The highest repeat that was fired; −1 for none. Claims carry no gaps that matter: what was overtaken stays unfired. */
function lastFired(consult: Consult, step: RunningStep, fired: ReadonlySet<string>): number {
  if (fired.size === 0) return -1;
  const prefix = `${consult.id}:${step.anchor}:${step.step}:`;
  let last = -1;
  for (const id of fired) {
    if (!id.startsWith(prefix)) continue;
    const repeat = Number(id.slice(prefix.length));
    if (Number.isInteger(repeat) && repeat > last) last = repeat;
  }
  return last;
}

/** The latest repeat whose time has come; −1 before the first. */
function latestDue(step: RunningStep, nowMs: number): number {
  if (nowMs < step.firstDueMs) return -1;
  if (step.repeatMinutes === null) return 0;
  const passed = Math.floor((nowMs - step.firstDueMs) / repeatMsOf(step));
  return step.repeatTimes === null ? passed : Math.min(passed, step.repeatTimes);
}

const spoken = (side: RunningStep['side'], recipient: EscalationRecipient): string => {
  if (recipient.who === 'on-call') return `${side} on-call ${recipient.tier}`;
  return recipient.who === 'named' ? `named ${recipient.person}` : `${side} ${recipient.who}`;
};

/** The next firing of a step that is neither fired nor overtaken by a later repeat; null when there is none left. */
function nextRepeat(
  consult: Consult,
  step: RunningStep,
  fired: ReadonlySet<string>,
  nowMs: number,
): number | null {
  const repeat = Math.max(lastFired(consult, step, fired) + 1, latestDue(step, nowMs), 0);
  if (repeat > 0 && step.repeatMinutes === null) return null;
  return step.repeatTimes !== null && repeat > step.repeatTimes ? null : repeat;
}

interface Candidate {
  readonly step: RunningStep;
  readonly repeat: number;
  readonly dueMs: number;
}

const compareCandidates = (a: Candidate, b: Candidate): number =>
  a.dueMs - b.dueMs || a.step.step - b.step.step;

/**
 * Later steps that are due (fired or firing now) tell everyone this one would tell. After an outage only the present level is told,
 * and still nobody is passed over.
 */
function isOvertaken({ step, dueMs }: Candidate, steps: readonly RunningStep[], nowMs: number): boolean {
  const toldLater = new Set<string>();
  for (const other of steps) {
    // A reminder that it is due soon stands for nothing but what its own clock said before it.
    if (other === step || (isDueSoonStep(other.step) && other.unless !== step.unless)) continue;
    const repeat = latestDue(other, nowMs);
    if (repeat < 0) continue;
    const occurredMs = dueMsOf(other, repeat);
    if (occurredMs < dueMs || (occurredMs === dueMs && other.step < step.step)) continue;
    for (const recipient of other.notify) toldLater.add(spoken(other.side, recipient));
  }
  return step.notify.every((recipient) => toldLater.has(spoken(step.side, recipient)));
}

/** What is due now and what comes later, both earliest first. */
function pending({ consult, fired, now }: EscalationInput): { due: Candidate[]; later: Candidate[] } {
  const nowMs = instantToMs(now);
  const steps = runningSteps(consult).filter(
    (step) => step.endsMs === undefined || nowMs < step.endsMs || lastFired(consult, step, fired) >= 0,
  );
  const due: Candidate[] = [];
  const later: Candidate[] = [];
  for (const step of steps) {
    const repeat = nextRepeat(consult, step, fired, nowMs);
    if (repeat === null) continue;
    const candidate = { step, repeat, dueMs: dueMsOf(step, repeat) };
    if (candidate.dueMs > nowMs) later.push(candidate);
    else if (!isOvertaken(candidate, steps, nowMs)) due.push(candidate);
    else if (step.repeatMinutes !== null && (step.repeatTimes === null || repeat < step.repeatTimes)) {
      later.push({ step, repeat: repeat + 1, dueMs: dueMsOf(step, repeat + 1) });
    }
  }
  return { due: due.sort(compareCandidates), later: later.sort(compareCandidates) };
}

/**
 * Escalation steps that have fallen due, earliest first; [] once every condition is met or the consult has ended.
 * `afterMinutes` counts from the consult's clock start, not from the step before; pauses move what they pause. A step in `fired`
 * never returns. After an outage a repeat that was overtaken is left out, and so is a step whose people a later due step tells;
 * nobody is passed over. Includes the reminders at 75 % of each target, broken promises, waits for information that passed and second declines.
 * `now` is chosen by the caller, so a night can be replayed. Source: docs/decisions/0006-escalation.md
 */
export function dueSteps(input: EscalationInput): DueStep[] {
  const { consult } = input;
  return pending(input).due.map(({ step, repeat, dueMs }) => ({
    claimId: claimOf(consult, step, repeat),
    consult: consult.id,
    clock: step.anchor,
    step: step.step,
    repeat,
    unless: step.unless,
    notify: step.notify,
    side: step.side,
    dueAt: msToInstant(dueMs),
  }));
}

/**
 * When the scan must look at this consult again; not after `now` when something is due already.
 * null only when nothing can ever fire: the consult has ended or was never accepted.
 */
export function nextStepAt(input: EscalationInput): Instant | null {
  const { due, later } = pending(input);
  const first = due[0] ?? later[0];
  return first === undefined ? null : msToInstant(first.dueMs);
}
