import { requestsOf } from '$lib/alerts/my-request.ts';
import { space } from '$lib/storage/browser-space.ts';
import { watchedFiles } from '$lib/storage/watched-files.ts';
import { timers } from '$lib/sync/scheduler.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import { createFiles, type Files } from './files.ts';
import { openedFiles, waitingKey } from './opened-files.ts';

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
  return createFiles({
    tablet,
    store: watchedFiles(
      openPouchStore({ person, origin: location.origin, request: requestsOf(person) }),
      space,
    ),
    scheduler: timers,
    random: Math.random,
    alone: (run) => alone(person, run),
    onWaiting(waits) {
      if (waits) localStorage.setItem(waitingKey(person), '1');
      else localStorage.removeItem(waitingKey(person));
    },
  });
}

/** The files of this workspace, opened once when first asked for. Rejects where the storage or this part of the app is not to be had. */
export function filesOf(tablet: Tablet): Promise<Files> {
  const held = openedFiles.get(tablet) ?? openFor(tablet);
  openedFiles.set(tablet, held);
  held.catch(() => openedFiles.delete(tablet));
  return held;
}
