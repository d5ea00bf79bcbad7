/// <reference lib="webworker" />
import { acknowledgeAnswerSchema, pushPayloadSchema, type PushPayload } from '#shared/alert/protocol.ts';
import { replyMark } from '$lib/alerts/close-notifications.ts';
import {
  languageOfUnread,
  planNotification,
  readPush,
  wordsFor,
  type Push,
} from '$lib/alerts/notification.ts';
import { addressOfCall, type Call } from '$lib/lock/wanted.ts';
import { wordsIn } from '#shared/alert/words/words.ts';
import { directionOf } from '#shared/lib/language.ts';
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

function pushOf({ notification }: DeclaredPushEvent, text: string): Push | null {
  if (text !== '') return readPush(text);
  if (notification === undefined || notification === null) return null;
  const payload = pushPayloadSchema.safeParse(notification.data).data;
  const { title, body } = notification;
  return payload === undefined ? null : { payload, declared: { title, body } };
}

/** Handles pushes and taps on notifications. Works with the app closed and without a session: the tokens are the right. */
export function handleAlerts(worker: ServiceWorkerGlobalScope, tokens: TokenQueue): void {
  const { registration } = worker;

  async function closeTag(tag: string): Promise<void> {
    for (const notification of await registration.getNotifications({ tag })) notification.close();
  }

  async function show({ payload, declared }: Push): Promise<void> {
    const plan = planNotification(payload, declared);
    const options: FullNotificationOptions = {
      body: plan.body,
      lang: plan.lang,
      dir: plan.dir,
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
    const { title, lang, dir } = planNotification(payload);
    const data: PushPayload & typeof replyMark = { ...payload, acknowledge: null, ...replyMark };
    const options: FullNotificationOptions = {
      body,
      lang,
      dir,
      tag: payload.tag,
      data,
      icon: '/icons/icon-192.png',
      actions: [{ action: 'open', title: wordsFor(payload).open }],
    };
    await registration.showNotification(title, options);
  }

  async function acknowledge(payload: PushPayload, token: string): Promise<void> {
    const outcome = await tokens.send('/api/alert-tokens/acknowledge', { token });
    const words = wordsFor(payload);
    if (outcome.type === 'waiting') return say(payload, words.acknowledgeWaiting);
    const answer = acknowledgeAnswerSchema.safeParse(outcome.body);
    if (!answer.success) return say(payload, words.acknowledgeRefused);
    return say(payload, answer.data.tookEffect ? words.acknowledged : words.acknowledgeLate);
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
    const text = event.data?.text() ?? '';
    const push = pushOf(event, text);
    if (push === null) {
      const lang = languageOfUnread(text, worker.navigator.language);
      const { product, about } = wordsIn(lang);
      // Browsers insist that something is shown for every push.
      event.waitUntil(
        registration.showNotification(product, { body: about.unknown, lang, dir: directionOf(lang) }),
      );
    } else if (push.payload.type === 'stand-down') event.waitUntil(closeTag(push.payload.tag));
    else event.waitUntil(show(push));
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
