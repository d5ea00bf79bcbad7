import type { PushPayload, PushSubscriptionJson } from '#shared/alert/protocol.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';

/**
 * - `ok`: the push service took it; nothing is known about the device yet.
 * - `gone`: the subscription is dead (404, 410) and must be forgotten.
 * - `failed`: refused, throttled or unreachable. It may still have been taken: a repeat carries the same tag.
 */
export type PushOutcome =
  | { readonly type: 'ok' }
  | { readonly type: 'gone' }
  | { readonly type: 'failed'; readonly status: number | null; readonly retryAfterSeconds: number | null };

export interface PushMessage {
  readonly payload: PushPayload;
  readonly urgency: Urgency;
}

/** Sends one encrypted message to one subscription; never throws for what a push service may answer. */
export interface PushSender {
  send(subscription: PushSubscriptionJson, message: PushMessage): Promise<PushOutcome>;
}

/** How long a push service keeps a message for a device that sleeps (seconds), and RFC 8030 urgency. */
export const deliveryByUrgency: Readonly<
  Record<Urgency, { readonly ttlSeconds: number; readonly urgency: 'high' | 'normal' | 'low' }>
> = {
  emergency: { ttlSeconds: 3600, urgency: 'high' },
  urgent: { ttlSeconds: 4 * 3600, urgency: 'high' },
  routine: { ttlSeconds: 24 * 3600, urgency: 'normal' },
};
