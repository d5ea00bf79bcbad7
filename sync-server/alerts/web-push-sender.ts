import type { Agent } from 'node:https';
import { createHash } from 'node:crypto';
import webPush from 'web-push';
import { declarativePush, type DeclarativePush } from '#shared/alert/declarative.ts';
import type { PushPayload } from '#shared/alert/protocol.ts';
import { aboutWord, titleOf } from './message-words.ts';
import { publicOrLoopback, type AcceptsEndpoint } from './push-endpoints.ts';
import { deliveryByUrgency, type PushOutcome, type PushSender } from './push-sender.ts';

export interface WebPushOptions {
  readonly vapid: { readonly publicKey: string; readonly privateKey: string; readonly subject: string };
  readonly timeoutMs: number;
  /** With it a push declares its notification as well, for browsers that show it without our worker; absent: the payload alone. */
  readonly publicOrigin?: string;
  /** Looked at again at each sending: what was stored earlier is not trusted more. Absent: whatever is public, and this machine. */
  readonly acceptsEndpoint?: AcceptsEndpoint;
  /** Tests hand in an agent that trusts their push service. */
  readonly agent?: Agent;
}

/** RFC 8030 topics hold at most 32 characters of base64url; equal tags give equal topics. */
export const topicOfTag = (tag: string): string =>
  createHash('sha256').update(tag).digest('base64url').slice(0, 32);

const contentOf = (payload: PushPayload, origin: string | undefined): PushPayload | DeclarativePush =>
  origin === undefined
    ? payload
    : declarativePush(
        payload,
        {
          title: titleOf(payload),
          body: aboutWord(payload.about),
          lang: 'en',
          acknowledge: 'Acknowledge',
          open: 'Open',
        },
        origin,
      );

/** Web Push over HTTPS with VAPID (RFC 8030, 8291, 8292). */
export function createWebPushSender(options: WebPushOptions): PushSender {
  const acceptsEndpoint = options.acceptsEndpoint ?? publicOrLoopback;
  return {
    async send(subscription, { payload, urgency }): Promise<PushOutcome> {
      if (!acceptsEndpoint(subscription.endpoint)) return { type: 'gone' };
      const delivery = deliveryByUrgency[urgency];
      try {
        await webPush.sendNotification(
          { endpoint: subscription.endpoint, keys: subscription.keys },
          JSON.stringify(contentOf(payload, options.publicOrigin)),
          {
            vapidDetails: options.vapid,
            TTL: delivery.ttlSeconds,
            urgency: delivery.urgency,
            topic: topicOfTag(payload.tag),
            timeout: options.timeoutMs,
            ...(options.agent === undefined ? {} : { agent: options.agent }),
          },
        );
        return { type: 'ok' };
      } catch (cause) {
        if (!(cause instanceof webPush.WebPushError))
          return { type: 'failed', status: null, retryAfterSeconds: null };
        if (cause.statusCode === 404 || cause.statusCode === 410) return { type: 'gone' };
        const retryAfter = Number(cause.headers['retry-after']);
        return {
          type: 'failed',
          status: cause.statusCode,
          retryAfterSeconds:
            Number.isFinite(retryAfter) && retryAfter > 0 ? Math.min(retryAfter, 3600) : null,
        };
      }
    },
  };
}
