import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { DeviceId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { Alert, AlertFact } from './alert.ts';
import { alertState, isStoodDown } from './receipts.ts';

const secondMs = 1000;

/** Seconds to wait after each failed push before the next; when they run out, escalation is what is left. Routine calls are not repeated. */
export const retryDelaysSeconds: Readonly<Record<Urgency, readonly number[]>> = {
  emergency: [10, 20, 40, 80, 160],
  urgent: [60, 120, 300],
  routine: [],
};
/** What the push service asks for is honoured up to this. */
const longestRetryAfterSeconds = 300;
/** An alert that nobody tried to send by then lost its gateway, or the store failed in between. */
export const untriedAfterSeconds = 15;

export interface NextAttempt {
  readonly at: Instant;
  /** null: to all devices, because none was tried. */
  readonly devices: readonly DeviceId[] | null;
}

/**
 * When an alert must be sent again, from its facts alone, so that a restart loses nothing. null: it was taken, seen or made pointless, or its
 * attempts are used up. A refusal that a repeat cannot change (`isFinal`) is not repeated.
 */
export function nextAttempt(alert: Alert): NextAttempt | null {
  if (isStoodDown(alert) || ['shown', 'opened', 'acted'].includes(alertState(alert))) return null;
  const sent = alert.facts.filter(({ fact }) => fact === 'sent');
  if (sent.length === 0) return { at: addMs(alert.plannedAt, untriedAfterSeconds * secondMs), devices: null };
  const lastByDevice = new Map<DeviceId, AlertFact>();
  for (const fact of sent) {
    if (fact.device === null) continue;
    const held = lastByDevice.get(fact.device);
    if (held === undefined || fact.attempt > held.attempt) lastByDevice.set(fact.device, fact);
  }
  const failed = [...lastByDevice.values()].filter(
    ({ outcome, isFinal }) => outcome === 'failed' && isFinal !== true,
  );
  let at: Instant | null = null;
  for (const { at: failedAt, attempt, retryAfterSeconds } of failed) {
    const delaySeconds = retryDelaysSeconds[alert.urgency][attempt];
    if (delaySeconds === undefined) continue;
    const asked = Math.min(retryAfterSeconds ?? 0, longestRetryAfterSeconds);
    const next = addMs(failedAt, Math.max(delaySeconds, asked) * secondMs);
    if (at === null || next > at) at = next;
  }
  return at === null
    ? null
    : { at, devices: failed.flatMap(({ device }) => (device === null ? [] : [device])) };
}
