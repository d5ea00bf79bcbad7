import { requestsOf } from '$lib/alerts/my-request.ts';
import { timers } from '$lib/sync/scheduler.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import { createFiles, type Files } from './files.ts';

/** Says, before PouchDB is fetched, whether it is worth it. Holds no id of a file. */
const waitingKey = (person: string): string => `hc-files-waiting-${person}`;

const opened = new WeakMap<Tablet, Promise<Files>>();

/** One window of a person sends, so that no chunk is sent twice. */
async function alone(person: string, run: () => Promise<void>): Promise<boolean> {
  // Without locks (an insecure address) each window sends; the server takes the same chunk twice without harm.
  if (!('locks' in navigator)) {
    await run();
    return true;
  }
  return navigator.locks.request(`hc-files-${person}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await run();
    return true;
  });
}

async function openFor(tablet: Tablet): Promise<Files> {
  const { openPouchStore } = await import('./pouch-store.ts');
  const { person } = tablet;
  const files = createFiles({
    tablet,
    store: openPouchStore({ person, origin: location.origin, request: requestsOf(person) }),
    scheduler: timers,
    random: Math.random,
    alone: (run) => alone(person, run),
    onWaiting(waits) {
      if (waits) localStorage.setItem(waitingKey(person), '1');
      else localStorage.removeItem(waitingKey(person));
    },
  });
  return files;
}

/** The files of this workspace, opened once when first asked for. Rejects where the storage or this part of the app is not to be had. */
export function filesOf(tablet: Tablet): Promise<Files> {
  const held = opened.get(tablet) ?? openFor(tablet);
  opened.set(tablet, held);
  held.catch(() => opened.delete(tablet));
  return held;
}

/** While a workspace is open: goes on sending what waits from before, and lets the files go when the workspace closes. */
export function keepSending(tablet: Tablet): () => void {
  const waits = localStorage.getItem(waitingKey(tablet.person)) !== null;
  // Not to be had now: it is asked for again when a file is looked at.
  if (waits) filesOf(tablet).catch(() => undefined);
  const onOnline = (): void =>
    void opened.get(tablet)?.then(
      (files) => files.wake(),
      () => undefined,
    );
  window.addEventListener('online', onOnline);
  return () => {
    window.removeEventListener('online', onOnline);
    const held = opened.get(tablet);
    opened.delete(tablet);
    void held?.then(
      (files) => files.close(),
      () => undefined,
    );
  };
}
