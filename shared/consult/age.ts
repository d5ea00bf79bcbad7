import { addMs, earliest, msBetween, type Instant } from '#shared/lib/instant.ts';

export interface Arrival {
  /** The device's clock when the event was written, and when its batch was sent. */
  readonly occurredAt: Instant;
  readonly sentAt: Instant;
  /** The server's clock. */
  readonly receivedAt: Instant;
  /** The tablet noticed its clock jump in between. */
  readonly clockJumped: boolean;
  /** The server's clock when this device last had nothing to send; null: never known, and then no age is believed. */
  readonly outboxLastEmptyAt: Instant | null;
}

export interface Age {
  /** Whole minutes the event waited on its tablet; 0 when it came at once. */
  readonly minutes: number;
  /** `receivedAt` less the age: when the event's clocks start. Never before the limit, never after `receivedAt`. */
  readonly startsAt: Instant;
  /** The device's word could not be taken; the limit stands in its place. */
  readonly limited: boolean;
}

/**
 * How long an event waited on its tablet. The difference of two readings of one clock, so a clock that is wrong by days costs nothing.
 * Where it jumped, runs backwards or reaches beyond the moment that device's outbox was last empty, that moment is the answer:
 * the longest wait there can have been, because a patient waits through our doubt. Source: design, "Clocks".
 */
export function ageAtArrival(arrival: Arrival): Age {
  const { receivedAt } = arrival;
  const limit = earliest(arrival.outboxLastEmptyAt ?? receivedAt, receivedAt);
  const ageMs = msBetween(arrival.occurredAt, arrival.sentAt);
  const told = ageMs >= 0 ? startOrNull(receivedAt, ageMs) : null;
  const limited = arrival.clockJumped || told === null || told < limit;
  const startsAt = limited ? limit : told;
  return { minutes: Math.floor(msBetween(startsAt, receivedAt) / 60_000), startsAt, limited };
}

/** null: an age so long that no instant can hold its start. */
function startOrNull(receivedAt: Instant, ageMs: number): Instant | null {
  const year0Ms = -62_167_219_200_000;
  return Date.parse(receivedAt) - ageMs < year0Ms ? null : addMs(receivedAt, -ageMs);
}
