import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { syntheticStep } from './claim.ts';
import { isDueSoonStep } from './due-soon-steps.ts';

/**
 * Why somebody was called by an `escalated` event: the reminder at 75 % · before the target ran out · because it ran out, or because of a promise, a
 * question, a decline or a hand-over · to stand in for somebody whose devices are silent.
 */
export type CallReason = 'due-soon' | 'not-yet' | 'late' | 'stand-in';

/** What the steps of that event count from, which may be of a department the consult has left since. */
function snapshotOf(
  consult: Consult,
  clock: string,
): Pick<ConsultBody<'clock-snapshot'>, 'policy' | 'targets'> | null {
  if (consult.snapshot?.event === clock) return consult.snapshot;
  const event = consult.timeline.find((entry) => entry.event.id === clock)?.event;
  if (event?.type !== 'clock-snapshot') return null;
  return event.body as ConsultBody<'clock-snapshot'>;
}

/** `event` is an `escalated` of this consult that this build can read. */
export function callReasonOf(event: HeldEvent, consult: Consult): CallReason {
  const { clock, step, repeat, unless } = event.body as ConsultBody<'escalated'>;
  if (step === syntheticStep.standIn) return 'stand-in';
  if (isDueSoonStep(step)) return 'due-soon';
  const snapshot = snapshotOf(consult, clock);
  const listed = snapshot?.policy.steps[step];
  if (snapshot === null || listed?.unless !== unless) return 'late';
  const calledAtMinutes = listed.afterMinutes + repeat * (listed.repeatMinutes ?? 0);
  return calledAtMinutes < snapshot.targets[listed.unless] ? 'not-yet' : 'late';
}
