import { createPeopleHere } from '$lib/session/people-here.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import { showBadge } from './app-badge.ts';
import { createApiRequest } from './api-request.ts';
import { startReachability, type DeviceReachability } from './start-reachability.ts';
import { startWorkerLink } from './worker-link.ts';

export interface Device {
  readonly reachability: DeviceReachability;
  /** For signing out and another person; what is registered with the browser stays. */
  close(): void;
}

function onWaking(run: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') run();
  };
  window.addEventListener('online', run);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', run);
    document.removeEventListener('visibilitychange', visible);
  };
}

/** Ties one signed-in person's app to this device: alerts by push, the service worker, the icon's badge. */
export function startDevice(parts: {
  readonly tablet: Pick<Tablet, 'person' | 'outbox'>;
  readonly open: (path: string) => void;
}): Device {
  const { person, outbox } = parts.tablet;
  const people = createPeopleHere(localStorage);
  const slot = (): number | null => people.find(person)?.slot ?? null;
  const reachability = startReachability({
    person,
    request: createApiRequest((...request) => fetch(...request), slot),
    onWaking,
    store: localStorage,
    nowMs: () => Date.now(),
  });
  const stopLink =
    'serviceWorker' in navigator
      ? startWorkerLink({
          person,
          outbox,
          slot,
          open: parts.open,
          container: navigator.serviceWorker,
          page: document,
          window,
          locks: 'locks' in navigator ? navigator.locks : undefined,
        })
      : () => undefined;
  return {
    reachability,
    close() {
      stopLink();
      reachability.close();
      void showBadge(0);
    },
  };
}
