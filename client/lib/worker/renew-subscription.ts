/// <reference lib="webworker" />
import { pushSubscriptionSchema, vapidAnswerSchema } from '#shared/alert/protocol.ts';
import { maxSlots } from '#shared/session/protocol.ts';
import { createApiRequest } from '$lib/alerts/api-request.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';
import { applicationKey } from '$lib/alerts/application-key.ts';
import { renewTag } from './renew-tag.ts';

export interface RenewParts {
  readonly pushManager: Pick<PushManager, 'getSubscription' | 'subscribe'>;
  /** Requests of whoever is signed in in that slot; a worker cannot look up who that is. */
  readonly requestOf: (slot: number) => ApiRequest;
}

/** What came of it: somebody's session took it · nobody is signed in here · the network or the push service did not answer. */
export type Renewed = 'told' | 'nobody' | 'no-answer';

async function keyFrom(requestOf: RenewParts['requestOf']): Promise<Uint8Array<ArrayBuffer> | null> {
  for (let slot = 0; slot < maxSlots; slot++) {
    const response = await requestOf(slot)('/api/alerts/vapid');
    if (response.ok) return applicationKey(vapidAnswerSchema.parse(await response.json()).publicKey);
  }
  return null;
}

/**
 * Subscribes anew and tells the server for everybody signed in on this device, with the app closed. `given`: what the browser hands over when it
 * replaced the subscription itself.
 */
export async function renewSubscription(
  { pushManager, requestOf }: RenewParts,
  given: PushSubscription | null,
): Promise<Renewed> {
  try {
    let subscription = given ?? (await pushManager.getSubscription());
    if (subscription === null) {
      const key = await keyFrom(requestOf);
      if (key === null) return 'nobody';
      subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    }
    const body = JSON.stringify(pushSubscriptionSchema.strip().parse(subscription.toJSON()));
    let told = 0;
    for (let slot = 0; slot < maxSlots; slot++) {
      const response = await requestOf(slot)('/api/alerts/subscription', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body,
      });
      if (response.ok) told += 1;
      else if (response.status >= 500 || response.status === 429) return 'no-answer';
    }
    return told > 0 ? 'told' : 'nobody';
  } catch (cause) {
    // No network, not our server, or the browser's push service refused: it is tried again.
    if (cause instanceof TypeError || cause instanceof DOMException) return 'no-answer';
    throw cause;
  }
}

/** Not in TypeScript's library: the old and the new subscription, each where the browser knows it. */
interface SubscriptionChangeEvent extends ExtendableEvent {
  readonly newSubscription?: PushSubscription | null;
}
interface TaggedEvent extends ExtendableEvent {
  readonly tag: string;
}
const isTagged = (event: Event): event is TaggedEvent => 'tag' in event && 'waitUntil' in event;

/** Background sync is a standard of its own; Safari and Firefox have none. */
interface SyncManaging {
  readonly sync?: { register(tag: string): Promise<void> };
}
const syncOf = (registration: ServiceWorkerRegistration & SyncManaging): SyncManaging['sync'] =>
  registration.sync;

/** A subscription that the browser or its push service ended is replaced, and once a week looked after, also with the app closed. */
export function handleSubscription(worker: ServiceWorkerGlobalScope): void {
  const { registration } = worker;
  const parts: RenewParts = {
    pushManager: registration.pushManager,
    requestOf: (slot) =>
      createApiRequest(
        (...request) => fetch(...request),
        () => slot,
      ),
  };

  async function renew(given: PushSubscription | null): Promise<void> {
    if ((await renewSubscription(parts, given)) !== 'no-answer') return;
    try {
      await syncOf(registration)?.register(renewTag);
    } catch (cause) {
      // Background sync refused: the app renews when it is opened next.
      if (!(cause instanceof DOMException)) throw cause;
    }
  }
  async function renewFromSync(): Promise<void> {
    // Rejecting tells the browser to sync again later.
    if ((await renewSubscription(parts, null)) === 'no-answer')
      throw new Error('no answer from our server yet');
  }

  worker.addEventListener('pushsubscriptionchange', (event: Event) => {
    const change = event as SubscriptionChangeEvent;
    change.waitUntil(renew(change.newSubscription ?? null));
  });
  for (const kind of ['sync', 'periodicsync'])
    worker.addEventListener(kind, (event: Event) => {
      if (isTagged(event) && event.tag === renewTag) event.waitUntil(renewFromSync());
    });
}
