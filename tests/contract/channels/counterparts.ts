import pino from 'pino';
import webPush from 'web-push';
import type { AlertChannel } from '#server/alerts/channel.ts';
import { createMailChannel } from '#server/alerts/mail-channel.ts';
import { createPushChannel } from '#server/alerts/push-channel.ts';
import type { Subscriptions } from '#server/alerts/subscriptions.ts';
import { createAlertTokens } from '#server/alerts/tokens.ts';
import { createWebPushSender } from '#server/alerts/web-push-sender.ts';
import { createWebhookChannel } from '#server/alerts/webhook-channel.ts';
import { deviceId, people, storyStart } from '#tests/builders.ts';
import { startMailServer } from '#tests/alert-counterparts/mail-server.ts';
import { startWebhookSink } from '#tests/alert-counterparts/webhook-sink.ts';
import { startPushService } from '#tests/push-service/push-service.ts';
import { createTestClock } from '#tests/server.ts';

export const origin = 'https://consult.test';
export const reachable = people.cardiologist.id;
export const unreachable = people.surgeon.id;

/** What arrived on the other side, whatever the channel: all of it as text, and what tells two of them apart. */
export interface Arrived {
  readonly text: string;
  readonly id: string;
  readonly tag: string;
}

/** A channel with the real thing at its other end. */
export interface Counterpart {
  readonly channel: AlertChannel;
  arrived(): readonly Arrived[];
  refuse(how: 'dead' | 'later' | 'never' | null): void;
  /** Nobody listens there any more. */
  close(): Promise<void>;
  readonly faults: readonly string[];
}

const only =
  <T>(value: T) =>
  (person: string): Promise<T | null> =>
    Promise.resolve(person === reachable ? value : null);
const logger = pino({ level: 'silent' });

async function pushCounterpart(): Promise<Counterpart> {
  const service = await startPushService();
  const subscriber = service.subscribe();
  let isForgotten = false;
  const subscriptions: Subscriptions = {
    put: () => Promise.resolve(),
    remove: () => {
      isForgotten = true;
      return Promise.resolve();
    },
    of: () => Promise.resolve([]),
    reachable: (person) =>
      Promise.resolve(
        person !== reachable || isForgotten
          ? []
          : [
              {
                kind: 'subscription',
                person,
                device: deviceId('phone'),
                deviceKind: 'personal',
                subscription: subscriber.subscription,
                postedAt: storyStart,
                isSignedIn: true,
              },
            ],
      ),
  };
  const statuses = { dead: 410, later: 503, never: 413 };
  return {
    channel: createPushChannel({
      subscriptions,
      tokens: createAlertTokens(new Uint8Array(32).fill(7)),
      sender: createWebPushSender({
        vapid: { ...webPush.generateVAPIDKeys(), subject: 'mailto:it@hospital.test' },
        timeoutMs: 5_000,
        agent: service.agent,
      }),
    }),
    arrived: () =>
      subscriber.delivered.map(({ payload, text }) => ({ text, id: payload.tag, tag: payload.tag })),
    refuse: (how) => service.answerWith(how === null ? null : statuses[how]),
    close: () => service.close(),
    faults: service.faults,
  };
}

async function mailCounterpart(): Promise<Counterpart> {
  const server = await startMailServer();
  const channel = createMailChannel({
    config: { url: server.url, from: 'Consults <consults@hospital.test>' },
    publicOrigin: origin,
    emailOf: only('heart@hospital.test'),
    logger,
  });
  return {
    channel,
    arrived: () =>
      server.received.map((mail) => ({
        text: `${mail.subject}\n${mail.text}\n${mail.html}`,
        id: mail.header('message-id') ?? '',
        tag: mail.header('references') ?? '',
      })),
    refuse: (how) => server.refuse(how === 'dead' ? 'dead-mailbox' : how),
    async close() {
      channel.close();
      await server.close();
    },
    faults: [],
  };
}

async function webhookCounterpart(): Promise<Counterpart> {
  const sink = await startWebhookSink();
  const statuses = { dead: 410, later: 503, never: 422 };
  return {
    channel: createWebhookChannel({
      config: { url: sink.url, secret: sink.secret },
      publicOrigin: origin,
      mobileOf: only('+923001234567'),
      clock: createTestClock(storyStart),
      logger,
    }),
    arrived: () =>
      sink.received.map(({ message, body }) => ({ text: body, id: message.id, tag: message.tag })),
    refuse: (how) => sink.answerWith(how === null ? null : statuses[how]),
    close: () => sink.close(),
    faults: sink.faults,
  };
}

export const counterparts: readonly (readonly [string, () => Promise<Counterpart>])[] = [
  ['web push to an https push service', pushCounterpart],
  ['e-mail to an SMTP server', mailCounterpart],
  ['SMS to a gateway over HTTP', webhookCounterpart],
];
