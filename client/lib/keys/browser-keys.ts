import { msToInstant } from '#shared/lib/instant.ts';
import { newUuid } from '$lib/tablet/new-uuid.ts';
import { createKeyHandOver } from './key-hand-over.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createKeyrings } from './create-keyrings.ts';
import type { KeyHandOver, Keyrings } from './keyrings.ts';
import { createRecoveryApi } from './recovery-api.ts';
import { createWorkerKdf } from './worker-kdf.ts';

/** The keyrings of this browser. */
export const browserKeyrings = (): Keyrings =>
  createKeyrings({
    store: createKeyringStore(indexedDB),
    kdf: createWorkerKdf(),
    recovery: createRecoveryApi((...request) => fetch(...request)),
    clock: { now: () => msToInstant(Date.now()) },
  });

/** Between the pages and windows of this browser. Make it early: it has to know the worker by the time the page is left. */
export function browserKeyHandOver(): KeyHandOver {
  let registration: ServiceWorkerRegistration | null = null;
  const workers = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  void workers?.ready.then((ready) => (registration = ready));
  return createKeyHandOver({
    openChannel: (name) => new BroadcastChannel(name),
    locks: 'locks' in navigator ? navigator.locks : undefined,
    tickets: sessionStorage,
    worker: () => workers?.controller ?? registration?.active ?? null,
    onLeaving(run) {
      window.addEventListener('pagehide', run);
      return () => window.removeEventListener('pagehide', run);
    },
    newId: newUuid,
  });
}
