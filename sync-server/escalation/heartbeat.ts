import { z } from 'zod';
import type { Database } from '#server/store/port.ts';
import {
  earliest,
  instant,
  instantSchema,
  latest,
  msBetween,
  type Clock,
  type Instant,
} from '#shared/lib/instant.ts';

/**
 * When escalation was last proven to be done, shared by all gateways of a hospital through the store: it is enough that one of them does it, and
 * none of them can hide that nobody does.
 */
export interface Heartbeat {
  /** After a good audit. Writes only when nobody else did so lately. Throws `StoreUnavailable`. */
  beat(): Promise<void>;
  /** Learns of the beats of others. Throws `StoreUnavailable`. */
  read(): Promise<void>;
  lastAt(): Instant;
  /** Seconds beyond what is allowed; 0 when all is well. Tablets show it. */
  lateSeconds(): number;
}

const documentId = 'heartbeat:escalation';
const heartbeatSchema = z.looseObject({
  kind: z.literal('heartbeat'),
  of: z.literal('escalation'),
  at: instantSchema,
  gateway: z.string(),
});

/** Within two minutes everyone must know (ALE-7): steps may be late for half a minute, tablets hear every 20 seconds. */
export const allowedSilenceSeconds = 60;
const beatsEveryMs = 25_000;
const longAgo = instant('2000-01-01T00:00:00.000Z');

/** A process that has just begun says nothing against anybody for as long as a beat may be old. */
export function createHeartbeat(deps: { meta: Database; clock: Clock; gateway: string }): Heartbeat {
  const { meta, clock, gateway } = deps;
  let lastAt = clock.now();

  async function stored(): Promise<{ rev: string; at: Instant } | null> {
    const document = await meta.get(documentId);
    if (document === null) return null;
    const parsed = heartbeatSchema.safeParse(document.body);
    // One from the future is of a clock that was wrong; it must not silence the alarm.
    const isOfNow = parsed.success && parsed.data.at <= clock.now();
    return { rev: document.rev, at: isOfNow ? parsed.data.at : longAgo };
  }
  const heard = (at: Instant): void => void (lastAt = latest(lastAt, at));

  async function read(): Promise<void> {
    const held = await stored();
    if (held !== null) heard(held.at);
  }

  async function beat(): Promise<void> {
    const now = clock.now();
    const held = await stored();
    if (held !== null) heard(held.at);
    if (held !== null && msBetween(held.at, now) < beatsEveryMs) return;
    const body = { kind: 'heartbeat', of: 'escalation', at: now, gateway };
    const [outcome] = await meta.write([{ id: documentId, rev: held?.rev, body }]);
    // A conflict is another gateway's beat of this very moment.
    if (outcome?.type === 'conflict') return read();
    heard(now);
  }

  return {
    beat,
    read,
    lastAt: () => lastAt,
    lateSeconds() {
      // A clock that was put back must not make the last beat last for longer.
      lastAt = earliest(lastAt, clock.now());
      return Math.max(0, Math.round(msBetween(lastAt, clock.now()) / 1000) - allowedSilenceSeconds);
    },
  };
}
