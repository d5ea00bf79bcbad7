import type { Consult } from '#shared/consult/consult.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import { onCall, tiers, tiersHeld } from '#shared/directory/on-call.ts';
import { turnAt } from '#shared/directory/turns.ts';
import type { ConsultId, EventId, PersonId } from '#shared/lib/id.ts';
import { addMinutes, instantToMs, type Instant } from '#shared/lib/instant.ts';

/** An open consult that the incoming doctor should take over from the one whose turn ended. */
export interface DueHandOver {
  /** Claim of this offer: `<consult>:<tier>-<change of shift>`. */
  readonly claimId: string;
  readonly event: EventId;
  readonly consult: ConsultId;
  readonly tier: Tier;
  readonly from: PersonId;
  readonly to: PersonId;
  /** When the shift changed. */
  readonly changedAt: Instant;
}

/** Statuses in which the receiving department has it in hand. */
const inHand: ReadonlySet<string> = new Set(['submitted', 'acknowledged', 'in-progress', 'info-requested']);

/** When the consult came to the person who has it now; null: nobody has it, or the act is not accepted yet. */
export function heldSince(consult: Consult): Instant | null {
  if (consult.assignee === null || consult.assignedBy === null || !inHand.has(consult.status)) return null;
  const { event } = consult.assignedBy;
  return consult.timeline.find((entry) => entry.event.id === event)?.event.receivedAt ?? null;
}

/** What the rule needs of a consult; small enough to be kept for every open one. */
export interface Holding {
  readonly person: PersonId;
  readonly department: Consult['receivingDepartment'];
  readonly requester: PersonId;
  readonly since: Instant;
}

export function holdingOf(consult: Consult): Holding | null {
  const since = heldSince(consult);
  if (since === null || consult.assignee === null) return null;
  const { assignee: person, receivingDepartment: department, requester } = consult;
  return { person, department, requester, since };
}

/**
 * The tier whose turn the holding came with, and who has that tier now, when that is somebody else; null when nothing is to be handed over.
 * A consult that came to somebody who was not on call is theirs and stays; so does one of a person who is still on call in any tier.
 */
function successor(
  { person, department, requester, since }: Holding,
  directory: Directory,
  now: Instant,
): { tier: Tier; to: PersonId } | null {
  if (tiersHeld(directory, department, person, now).length > 0) return null;
  const tier = tiers.find((each) => onCall(directory, department, each, since) === person);
  if (tier === undefined) return null;
  const to = onCall(directory, department, tier, now);
  return to === null || to === person || to === requester ? null : { tier, to };
}

export const mayHandOver = (holding: Holding, directory: Directory, now: Instant): boolean =>
  successor(holding, directory, now) !== null;

/**
 * What is to be offered at a change of shift (DEP-6); null for nothing, or when it was offered for this change already. Until the incoming doctor
 * confirms, the outgoing one stays the assignee. A gap between two turns delays the offer to the start of the next.
 */
export function dueHandOver(consult: Consult, directory: Directory, now: Instant): DueHandOver | null {
  const holding = holdingOf(consult);
  if (holding === null) return null;
  const next = successor(holding, directory, now);
  if (next === null || consult.handOver?.to === next.to) return null;
  const changedAt = turnAt(directory, holding.department, next.tier, now).from;
  const claimId = `${consult.id}:${next.tier}-${instantToMs(changedAt).toString(36)}`;
  const event = `${claimId}:hand-over-offered` as EventId;
  if (consult.timeline.some((entry) => entry.event.id === event)) return null;
  return { claimId, event, consult: consult.id, from: holding.person, changedAt, ...next };
}

/** Minutes an incoming doctor has to say yes: the time the department has to answer, within reason. */
export const handOverMinutes = (consult: Consult): number =>
  Math.min(60, Math.max(10, consult.snapshot?.targets.acknowledged ?? 60));

/** Counted from the offer, not from the change of shift: after an outage nobody is late before they were asked. */
export const handOverUntil = (consult: Consult, now: Instant): Instant =>
  addMinutes(now, handOverMinutes(consult));
