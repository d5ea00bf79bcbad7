import type { ConsultId, EventId } from '#shared/lib/id.ts';
import type { ClockName } from '#shared/consult/vocabulary.ts';

/** What a step waits for; the last four are steps no policy lists. */
export type EscalationCause = ClockName | 'promise' | 'info' | 'declined-twice' | 'hand-over';

/**
 * Numbers of the steps no policy lists, far above any index in a policy. Never reuse or renumber them: claims are stored under them.
 */
export const syntheticStep = {
  promiseBroken: 100,
  promiseBrokenNext: 101,
  promiseBrokenHead: 102,
  infoLate: 200,
  infoLateHead: 201,
  declinedTwice: 300,
  lastResort: 400,
  handOverLate: 500,
  handOverLateHead: 501,
  dueSoonAcknowledged: 600,
  dueSoonSeen: 601,
  dueSoonCompleted: 602,
  /** Never claimed: names a stand-in in the consult, so that they hold it. Their alert is that of the one whose devices are silent. */
  standIn: 700,
} as const;

/**
 * One firing of one step: `<consult>:<anchor>:<step>:<repeat>`. The anchor is the event the step counts from: the clock-snapshot for
 * the policy's steps, else the promise, the request for information, the second decline or the offer at a change of shift. A new anchor makes all steps new.
 */
export function claimIdOf(consult: ConsultId, anchor: EventId, step: number, repeat: number): string {
  return `${consult}:${anchor}:${step}:${repeat}`;
}

/** The id of the `escalated` event a claim writes, so that two gateways write the same one. */
export const escalatedEventId = (claimId: string): EventId => `${claimId}:escalated` as EventId;
