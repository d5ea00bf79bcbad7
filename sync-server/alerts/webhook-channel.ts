import type { Logger } from 'pino';
import type { WebhookMessage } from '#shared/alert/protocol.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { failed, retryAfterOf, type AlertAddress, type AlertChannel, type SendOutcome } from './channel.ts';
import { lineOf, titleOf } from './message-words.ts';
import type { WebhookConfig } from './outside-config.ts';
import { signedHeaders } from './webhook-signature.ts';

const timeoutMs = 10_000;
const maxTextLength = 320;

function outcomeOfStatus(status: number, retryAfter: string | null): SendOutcome {
  // 409: it has this id already.
  if ((status >= 200 && status < 300) || status === 409) return { type: 'ok' };
  if (status === 410) return { type: 'gone' };
  // The gateway itself is missing or does not know our secret: an administrator mends that, the number is not to blame.
  const mayCome = status >= 500 || [401, 403, 404, 408, 425, 429].includes(status);
  return failed(!mayCome, retryAfterOf(retryAfter));
}

/** SMS or voice through whatever gateway the hospital has: one signed POST per message (`webhookMessageSchema`). */
export function createWebhookChannel(deps: {
  readonly config: WebhookConfig;
  readonly publicOrigin: string;
  /** In international form; null: none on record. */
  readonly mobileOf: (person: PersonId) => Promise<string | null>;
  readonly clock: Clock;
  readonly logger: Logger;
}): AlertChannel {
  const { config, publicOrigin, clock, logger } = deps;
  return {
    name: 'sms',
    async addressesOf(person): Promise<AlertAddress[]> {
      const mobile = await deps.mobileOf(person);
      return mobile === null ? [] : [{ device: null, to: mobile }];
    },
    async send({ to }, message) {
      if (message.type === 'stand-down') return { type: 'none' };
      const link = new URL(message.open, publicOrigin).href;
      const content: WebhookMessage = {
        v: 1,
        id: message.idempotencyKey,
        to,
        text:
          `${titleOf(message)}: ${lineOf(message)}`.slice(0, maxTextLength - link.length - 1) + ` ${link}`,
        urgency: message.urgency,
        tag: message.tag,
      };
      const body = JSON.stringify(content);
      try {
        const response = await fetch(config.url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'idempotency-key': content.id,
            ...signedHeaders(config.secret, clock.now(), body),
          },
          body,
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
        const outcome = outcomeOfStatus(response.status, response.headers.get('retry-after'));
        if (outcome.type !== 'ok')
          logger.warn({ status: response.status, about: message.about }, 'alert webhook not taken');
        return outcome;
      } catch (cause) {
        // Unreachable, too slow, or cut: the message may have arrived all the same.
        const name = cause instanceof Error ? cause.name : 'unknown';
        logger.warn({ error: name, about: message.about }, 'alert webhook not reached');
        return failed(false);
      }
    },
  };
}
