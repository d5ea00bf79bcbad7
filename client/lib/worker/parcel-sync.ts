/// <reference lib="webworker" />
import { msToInstant } from '#shared/lib/instant.ts';
import { deliverParcels, type DeliverParts } from '$lib/parcels/deliver.ts';
import { createParcelApi } from '$lib/parcels/parcel-api.ts';
import { createParcelStore } from '$lib/parcels/parcel-store.ts';
import { attendedPrefix, isParcelTag } from './parcel-tag.ts';

/** Background Sync is a standard of its own, not in TypeScript's library. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}
const isSyncEvent = (event: Event): event is SyncEvent => 'tag' in event && 'waitUntil' in event;

/** Brings what waits on this tablet while the app is closed. Rejects when it is worth trying again: the browser then asks once more. */
export async function bringInBackground(parts: DeliverParts): Promise<void> {
  const done = await deliverParcels(parts);
  if (done.type !== 'done') throw new Error('what waits on this tablet could not be brought to the server');
  if (done.left > 0) throw new Error('something still waits on this tablet');
}

async function bringNow(): Promise<void> {
  const held = 'locks' in navigator ? ((await navigator.locks.query()).held ?? []) : [];
  const attended = new Set(held.flatMap(({ name }) => name ?? []));
  const store = createParcelStore(indexedDB);
  try {
    await bringInBackground({
      store,
      api: createParcelApi((...request) => fetch(...request)),
      clock: { now: () => msToInstant(Date.now()) },
      sendsForItself: (person) => attended.has(attendedPrefix + person),
    });
  } finally {
    store.close();
  }
}

/** Brings what waits when the browser says that there is a network again, also with the app closed and everything locked. */
export function handleParcelSync(worker: ServiceWorkerGlobalScope): void {
  worker.addEventListener('sync', (event: Event) => {
    if (isSyncEvent(event) && isParcelTag(event.tag)) event.waitUntil(bringNow());
  });
}
