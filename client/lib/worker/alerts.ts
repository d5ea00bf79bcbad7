/// <reference lib="webworker" />
import { acknowledgeAnswerSchema, pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';
import * as m from '$lib/paraglide/messages';
import { baseLocale, overwriteGetLocale } from '$lib/paraglide/runtime';
import { replyMark } from '$lib/alerts/close-notifications.ts';
import { planNotification, readPayload } from '$lib/alerts/notification.ts';
import { notificationWords } from '$lib/alerts/notification-words.ts';
import { addressOfCall, type Call } from '$lib/lock/wanted.ts';
import type { TokenQueue } from './token-queue.ts';

/** `actions` and `vibrate` and `renotify` are in the Notifications standard but not in TypeScript's library. */
interface FullNotificationOptions extends NotificationOptions {
  actions?: { action: string; title: string }[];
  vibrate?: number[];
  renotify?: boolean;
}

/** Of a push that declares its notification a browser may hand over that instead of the message. */
interface DeclaredPushEvent extends PushEvent {
  readonly notification?: Notification | null;
}

function payloadOf({ data, notification }: DeclaredPushEvent): PushPayload | null {
  const text = data?.text() ?? '';
  if (text !== '') return readPayload(text);
  return pushPayloadSchema.safeParse(notification?.data).data ?? null;
}

/** Handles pushes and taps on notifications. Works with the app closed and without a session: the tokens are the right. */
export function handleAlerts(worker: ServiceWorkerGlobalScope, tokens: TokenQueue): void {
  const { registration } = worker;
  // The language is chosen in local storage, which a worker does not have: asking for it there would end every push in an error.
  overwriteGetLocale(() => baseLocale);

  async function closeTag(tag: string): Promise<void> {
    for (const notification of await registration.getNotifications({ tag })) notification.close();
  }

  async function show(payload: PushPayload): Promise<void> {
    const plan = planNotification(payload, notificationWords());
    const options: FullNotificationOptions = {
      body: plan.body,
      tag: plan.tag,
      renotify: true,
      requireInteraction: plan.requireInteraction,
      vibrate: [...plan.vibrate],
      actions: plan.actions.map((action) => ({ ...action })),
      icon: '/icons/icon-192.png',
      badge: '/icons/badge-96.png',
      data: plan.data,
    };
    await registration.showNotification(plan.title, options);
    await tokens.send('/api/alert-tokens/receipt', { token: payload.receipt, fact: 'shown' });
  }

  /** Replaces the notification by what came of the tap, so that a person sees that it counted. */
  async function say(payload: PushPayload, body: string): Promise<void> {
    const plan = planNotification(payload, notificationWords());
    const data: PushPayload & typeof replyMark = { ...payload, acknowledge: null, ...replyMark };
    const options: FullNotificationOptions = {
      body,
      tag: payload.tag,
      data,
      icon: '/icons/icon-192.png',
      actions: [{ action: 'open', title: m.notification_open() }],
    };
    await registration.showNotification(plan.title, options);
  }

  async function acknowledge(payload: PushPayload, token: string): Promise<void> {
    const outcome = await tokens.send('/api/alert-tokens/acknowledge', { token });
    if (outcome.type === 'waiting') return say(payload, m.notification_acknowledge_waiting());
    const answer = acknowledgeAnswerSchema.safeParse(outcome.body);
    if (!answer.success) return say(payload, m.notification_acknowledge_refused());
    return say(
      payload,
      answer.data.tookEffect ? m.notification_acknowledged() : m.notification_acknowledge_late(),
    );
  }

  async function open(call: Call): Promise<void> {
    const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const [first] = windows;
    if (first === undefined) {
      await worker.clients.openWindow(addressOfCall(call));
      return;
    }
    // The page decides how to go there: it may hold a half-written note, or be somebody else's.
    first.postMessage({ type: 'open', ...call });
    await first.focus();
  }

  worker.addEventListener('push', (event: DeclaredPushEvent) => {
    const payload = payloadOf(event);
    if (payload === null) {
      // Browsers insist that something is shown for every push.
      event.waitUntil(
        registration.showNotification(m.notification_unknown_title(), { body: m.notification_unknown() }),
      );
    } else if (payload.type === 'stand-down') event.waitUntil(closeTag(payload.tag));
    else event.waitUntil(show(payload));
  });

  worker.addEventListener('notificationclick', (event) => {
    event.notification.close();
    const parsed = pushPayloadSchema.safeParse(event.notification.data);
    if (!parsed.success) {
      event.waitUntil(open({ person: null, path: '/' }));
      return;
    }
    const payload = parsed.data;
    if (event.action === 'acknowledge' && payload.acknowledge !== null) {
      event.waitUntil(acknowledge(payload, payload.acknowledge));
      return;
    }
    event.waitUntil(
      Promise.all([
        open({ person: payload.person ?? null, path: payload.open }),
        tokens.send('/api/alert-tokens/receipt', { token: payload.receipt, fact: 'opened' }),
      ]),
    );
  });
}
