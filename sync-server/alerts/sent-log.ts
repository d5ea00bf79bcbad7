import type { PushPayload } from '#shared/alert/protocol.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { PushOutcome, PushSender } from './push-sender.ts';

/** One message as it left this server, for the demo's and developers' eyes. */
export interface SentMessage {
  readonly at: Instant;
  /** Host of the push service; the rest of the endpoint is a secret of the device. */
  readonly service: string;
  readonly payload: PushPayload;
  readonly outcome: PushOutcome['type'];
}

export interface SentLog {
  readonly sender: PushSender;
  /** Newest first. */
  list(): readonly SentMessage[];
}

const kept = 200;

/** Keeps the last messages a sender took, in memory. Only composed in the demo and in development. */
export function createSentLog(inner: PushSender, clock: Clock): SentLog {
  const sent: SentMessage[] = [];
  return {
    sender: {
      async send(subscription, message) {
        const outcome = await inner.send(subscription, message);
        // The tokens would let a reader of the page act in someone's name.
        const payload = {
          ...message.payload,
          receipt: '…',
          acknowledge: message.payload.acknowledge === null ? null : '…',
        };
        sent.unshift({
          at: clock.now(),
          service: new URL(subscription.endpoint).host,
          payload,
          outcome: outcome.type,
        });
        sent.length = Math.min(sent.length, kept);
        return outcome;
      },
    },
    list: () => [...sent],
  };
}
