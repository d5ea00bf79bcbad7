/// <reference lib="webworker" />
import { msToInstant } from '#shared/lib/instant.ts';
import { openOutboxStore } from '$lib/db/outbox-store.ts';
import { createSessionApi } from '$lib/session/session-api.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { timers } from '$lib/sync/scheduler.ts';
import { attendedLock, readOutboxTag, type OutboxTag } from './outbox-tag.ts';
import { sendOutbox } from './send-outbox.ts';

/** Background Sync is a standard of its own, not in TypeScript's library. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}
const isSyncEvent = (event: Event): event is SyncEvent => 'tag' in event && 'waitUntil' in event;

const fetchIt: typeof fetch = (...request) => fetch(...request);

const send = (tag: OutboxTag): Promise<void> =>
  sendOutbox(tag, {
    sessions: createSessionApi(fetchIt),
    openStore: ({ person, generation }) => openOutboxStore(person, undefined, generation),
    openServer: (slot) =>
      createFetchServer({
        origin: '',
        slot,
        fetch: fetchIt,
        scheduler: timers,
        elapsedMs: () => performance.now(),
      }),
    clock: { now: () => msToInstant(Date.now()) },
  });

/** A window of this person that is looked at sends by itself; it registers again when it goes out of sight with something left. */
async function sendUnlessAttended(tag: OutboxTag): Promise<void> {
  if (!('locks' in navigator)) return send(tag);
  await navigator.locks.request(attendedLock(tag.person), { ifAvailable: true }, (lock) =>
    lock === null ? undefined : send(tag),
  );
}

/** Sends what waits in an outbox when the browser says that there is a network again, also with the app closed. */
export function handleOutboxSync(worker: ServiceWorkerGlobalScope): void {
  worker.addEventListener('sync', (event: Event) => {
    const tag = isSyncEvent(event) ? readOutboxTag(event.tag) : null;
    if (tag !== null && isSyncEvent(event)) event.waitUntil(sendUnlessAttended(tag));
  });
}
