import type { Consult } from '#shared/consult/consult.ts';
import { instantToMs } from '#shared/lib/instant.ts';
import { syntheticStep } from './claim.ts';
import { handOverMinutes } from './hand-over.ts';
import type { RunningStep } from './running-steps.ts';

/** An offer at a change of shift that nobody confirms (DEP-6): the receiver when its time has passed, then the head. Somebody must say whose it is. */
export function handOverSteps(consult: Consult): RunningStep[] {
  const { handOver, assignee } = consult;
  if (handOver === null || assignee === null || assignee === handOver.to) return [];
  const lateMs = instantToMs(handOver.until);
  const common = {
    anchor: handOver.event,
    unless: 'hand-over',
    side: 'receiving',
    repeatMinutes: null,
    repeatTimes: null,
  } as const;
  return [
    { ...common, step: syntheticStep.handOverLate, notify: [{ who: 'receiver' }], firstDueMs: lateMs },
    {
      ...common,
      step: syntheticStep.handOverLateHead,
      notify: [{ who: 'head' }],
      firstDueMs: lateMs + handOverMinutes(consult) * 60_000,
    },
  ];
}
