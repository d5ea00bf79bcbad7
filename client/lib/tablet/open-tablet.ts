import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { openBrowserStore } from '$lib/db/browser-store.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { timers } from '$lib/sync/scheduler.ts';
import { createTablet, type RunningTablet } from './create-tablet.ts';
import { newUuid } from './new-uuid.ts';

export interface OpenTabletOptions {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** The session slot this person is signed in with. */
  readonly slot: number;
}

/** What tells that it is worth trying now. The network event is a hint and nothing more: only an answer is proof. */
function onWaking(run: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') run();
  };
  window.addEventListener('online', run);
  window.addEventListener('pageshow', run);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', run);
    window.removeEventListener('pageshow', run);
    document.removeEventListener('visibilitychange', visible);
  };
}

/**
 * Opens one person's workspace in this browser; resolves when the open consults can be shown. Rejects when the storage cannot be
 * opened (off, corrupt, of a newer build).
 */
export async function openTablet(options: OpenTabletOptions): Promise<RunningTablet> {
  const store = await openBrowserStore(options.person);
  const tablet = await createTablet({
    person: options.person,
    device: options.device,
    store,
    server: createFetchServer({
      origin: '',
      slot: options.slot,
      fetch: (...request) => fetch(...request),
      scheduler: timers,
      elapsedMs: () => performance.now(),
    }),
    clock: { now: () => msToInstant(Date.now()) },
    scheduler: timers,
    random: Math.random,
    newId: newUuid,
  });
  const stopWaking = onWaking(() => tablet.wake());
  return {
    ...tablet,
    async close() {
      stopWaking();
      await tablet.close();
    },
  };
}
