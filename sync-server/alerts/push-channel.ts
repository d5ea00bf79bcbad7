import type { PushPayload } from '#shared/alert/protocol.ts';
import { failed, type AlertAddress, type AlertChannel, type SendOutcome } from './channel.ts';
import type { PushOutcome, PushSender } from './push-sender.ts';
import type { DeviceSubscription, Subscriptions } from './subscriptions.ts';
import type { AlertTokens } from './tokens.ts';

export interface PushAddress extends AlertAddress {
  readonly subscription: DeviceSubscription;
}

/** Refusals of the message itself; too many and too late are not. */
const isFinal = (status: number | null): boolean =>
  status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;

const outcomeOf = (outcome: PushOutcome): SendOutcome =>
  outcome.type === 'failed' ? failed(isFinal(outcome.status), outcome.retryAfterSeconds) : outcome;

/** Web Push to each device of a person: the only channel that closes again what it showed. A dead subscription is forgotten at once. */
export function createPushChannel(deps: {
  readonly subscriptions: Subscriptions;
  readonly tokens: AlertTokens;
  readonly sender: PushSender;
}): AlertChannel<PushAddress> {
  const { subscriptions, tokens, sender } = deps;
  return {
    name: 'push',
    async addressesOf(person) {
      return (await subscriptions.reachable(person)).map((subscription) => ({
        device: subscription.device,
        to: subscription.subscription.endpoint,
        subscription,
      }));
    },
    async send({ subscription: to }, message) {
      const [alert, ...also] = message.alerts;
      const acknowledges =
        message.type === 'alert' &&
        message.canBeAcknowledged &&
        to.deviceKind === 'personal' &&
        to.isSignedIn;
      const payload: PushPayload = {
        v: 1,
        type: message.type,
        tag: message.tag,
        about: message.about,
        urgency: message.urgency,
        departmentName: message.departmentName,
        open: message.open,
        person: to.person,
        receipt: tokens.issue({ use: 'receipt', alert, also, device: to.device }),
        acknowledge: acknowledges ? tokens.issue({ use: 'acknowledge', alert, device: to.device }) : null,
        ...(also.length === 0 ? {} : { count: message.alerts.length }),
        ...(message.type === 'alert' ? { lang: message.language } : {}),
        ...(message.test === undefined || message.test === 'asked' ? {} : { test: message.test }),
        sentAt: message.sentAt,
      };
      const outcome = await sender.send(to.subscription, { payload, urgency: message.urgency });
      if (outcome.type === 'gone')
        await subscriptions.remove(to.person, to.device, { endpoint: to.subscription.endpoint });
      return outcomeOf(outcome);
    },
  };
}
