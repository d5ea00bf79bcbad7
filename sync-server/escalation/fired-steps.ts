import type { Consult } from '#shared/consult/consult.ts';
import { escalatedEventId } from '#shared/escalation/claim.ts';

const suffixLength = escalatedEventId('').length;
const none: ReadonlySet<string> = new Set();

/** Claim ids of the steps that stand in the timeline. */
export function firedSteps(consult: Consult): ReadonlySet<string> {
  let ids: Set<string> | null = null;
  for (const { event } of consult.timeline)
    if (event.type === 'escalated') (ids ??= new Set()).add(event.id.slice(0, -suffixLength));
  return ids ?? none;
}
