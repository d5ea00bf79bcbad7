import type { Agent } from 'node:https';
import { createHash } from 'node:crypto';
import webPush from 'web-push';
import { declarativePush, type DeclarativePush } from '#shared/alert/declarative.ts';
import type { PushPayload } from '#shared/alert/protocol.ts';
import { aboutWords, titleOf, wordsIn } from '#shared/alert/words/words.ts';
import { baseLanguage } from '#shared/lib/language.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import { msBetween, type Clock, type Instant } from '#shared/lib/instant.ts';
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
  /** Absent: the system's own. */
  readonly clock?: Clock;
}

/** How long one signature is used; push services are told that it holds for twelve hours. */
const signatureUsedMs = 3_600_000;
const mostServices = 1000;

/**
 * The hospital's signature for a push service (RFC 8292). It says nothing of the message, so that one is used for an hour: signing takes as long as
 * all the rest of a sending.
 */
function createSignatures({ vapid, clock = systemClock }: WebPushOptions) {
  const held = new Map<string, { readonly authorization: string; readonly madeAt: Instant }>();
  return {
    of(service: string): string {
      const known = held.get(service);
      const now = clock.now();
      // A clock that was put back says nothing about how old it is.
      const ageMs = known === undefined ? -1 : msBetween(known.madeAt, now);
      if (known !== undefined && ageMs >= 0 && ageMs < signatureUsedMs) return known.authorization;
      const { subject, publicKey, privateKey } = vapid;
      const { Authorization: authorization } = webPush.getVapidHeaders(
        service,
        subject,
        publicKey,
        privateKey,
        'aes128gcm',
      );
      if (held.size >= mostServices) held.clear();
      held.set(service, { authorization, madeAt: now });
      return authorization;
    },
    /** The service would not have it. */
    drop: (service: string): void => void held.delete(service),
  };
}

/** RFC 8030 topics hold at most 32 characters of base64url; equal tags give equal topics. */
export const topicOfTag = (tag: string): string =>
  createHash('sha256').update(tag).digest('base64url').slice(0, 32);

function contentOf(payload: PushPayload, origin: string | undefined): PushPayload | DeclarativePush {
  if (origin === undefined) return payload;
  const lang = payload.lang ?? baseLanguage;
  const { acknowledge, open } = wordsIn(lang);
  const [title, body] = [titleOf(payload, lang), aboutWords(payload, lang)];
  return declarativePush(payload, { title, body, lang, acknowledge, open }, origin);
}

/** Web Push over HTTPS with VAPID (RFC 8030, 8291, 8292). */
export function createWebPushSender(options: WebPushOptions): PushSender {
  const acceptsEndpoint = options.acceptsEndpoint ?? publicOrLoopback;
  const signatures = createSignatures(options);
  return {
    async send(subscription, { payload, urgency }): Promise<PushOutcome> {
      if (!acceptsEndpoint(subscription.endpoint)) return { type: 'gone' };
      const service = new URL(subscription.endpoint).origin;
      const delivery = deliveryByUrgency[urgency];
      try {
        await webPush.sendNotification(
          { endpoint: subscription.endpoint, keys: subscription.keys },
          JSON.stringify(contentOf(payload, options.publicOrigin)),
          {
            headers: { Authorization: signatures.of(service) },
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
        if (cause.statusCode === 401 || cause.statusCode === 403) signatures.drop(service);
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
