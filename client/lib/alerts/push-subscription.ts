import { pushSubscriptionSchema, vapidAnswerSchema } from '#shared/alert/protocol.ts';
import { renewTag } from '$lib/worker/renew-tag.ts';
import type { ApiRequest } from './api-request.ts';
import { applicationKey } from './application-key.ts';

/** Whether this device can be woken, and if not, why; the words are the screen's. */
export type Reachability =
  | { readonly state: 'reachable' }
  | { readonly state: 'not-asked' }
  | { readonly state: 'denied' }
  /** No push in this browser, or (iPhone, iPad) not installed to the Home Screen. */
  | { readonly state: 'unsupported' }
  | { readonly state: 'failed' };

const isSupported = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

const sameBytes = (a: ArrayBuffer | null, b: Uint8Array): boolean =>
  a !== null && a.byteLength === b.length && new Uint8Array(a).every((byte, at) => byte === b[at]);

const weekMs = 7 * 24 * 60 * 60_000;

/** Not in TypeScript's library; only browsers that let an installed app wake by itself have it. */
interface PeriodicSync {
  readonly periodicSync?: { register(tag: string, options: { minInterval: number }): Promise<void> };
}

/** Asks the browser to look after the subscription once a week, also with the app closed. */
async function renewWeekly(registration: ServiceWorkerRegistration & PeriodicSync): Promise<void> {
  try {
    await registration.periodicSync?.register(renewTag, { minInterval: weekMs });
  } catch (cause) {
    // Refused, such as before the app is installed: then each start renews it.
    if (!(cause instanceof DOMException)) throw cause;
  }
}

/** What is known without asking the person or the network. */
export async function reachabilityNow(): Promise<Reachability> {
  if (!isSupported()) return { state: 'unsupported' };
  if (Notification.permission === 'denied') return { state: 'denied' };
  if (Notification.permission === 'default') return { state: 'not-asked' };
  const registration = await navigator.serviceWorker.ready;
  return (await registration.pushManager.getSubscription()) === null
    ? { state: 'failed' }
    : { state: 'reachable' };
}

/**
 * Subscribes this device and tells the server. Called at every start once the permission is there (a subscription dies quietly),
 * and from a tap to ask for the permission. A failure leaves everything as it was and is said.
 */
export async function makeReachable(request: ApiRequest): Promise<Reachability> {
  if (!isSupported()) return { state: 'unsupported' };
  const permission =
    Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
  if (permission !== 'granted') return { state: permission === 'denied' ? 'denied' : 'not-asked' };
  try {
    const vapid = await request('/api/alerts/vapid');
    if (!vapid.ok) return { state: 'failed' };
    const key = applicationKey(vapidAnswerSchema.parse(await vapid.json()).publicKey);
    const registration = await navigator.serviceWorker.ready;
    const { pushManager } = registration;
    const held = await pushManager.getSubscription();
    // A subscription made for another key would never be heard.
    if (held !== null && !sameBytes(held.options.applicationServerKey, key)) await held.unsubscribe();
    const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const posted = await request('/api/alerts/subscription', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(pushSubscriptionSchema.strip().parse(subscription.toJSON())),
    });
    if (posted.ok) await renewWeekly(registration);
    return { state: posted.ok ? 'reachable' : 'failed' };
  } catch (cause) {
    // The browser's push service or ours did not answer: the next start tries again.
    if (cause instanceof DOMException || cause instanceof TypeError) return { state: 'failed' };
    throw cause;
  }
}
