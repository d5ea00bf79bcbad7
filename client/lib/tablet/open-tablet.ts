import { appVersionHeader, unsentHeader } from '#shared/device/protocol.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { openBrowserStore } from '$lib/db/browser-store.ts';
import { noticeProblem } from '$lib/devices/notice-revocation.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { timers } from '$lib/sync/scheduler.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { drawn } from '$lib/time/drawn.ts';
import { createTablet, type RunningTablet } from './create-tablet.ts';
import { createDraftJournal } from './draft-journal.ts';
import { newUuid } from './new-uuid.ts';

export interface OpenTabletOptions {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** The session slot this person is signed in with. */
  readonly slot: number;
  /** Which of their databases. */
  readonly generation?: number;
  /** Of the app, told to the server. */
  readonly appVersion?: string | undefined;
  /** Done with the store before anything of it is shown. */
  readonly prepare?: (store: TabletStore) => Promise<void>;
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
  const store = await openBrowserStore(options.person, options.generation);
  const tablet = await createOn(store, options).catch(async (error: unknown) => {
    // Held open it would be in the way of the next try; what keeps it from closing changes nothing.
    await store.close().catch(() => undefined);
    throw error;
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

/** What the tablet says of itself with each request: its app, and how much waits here once that is known. */
function reportOf(store: TabletStore, appVersion: string | undefined): () => Record<string, string> {
  const unsent = new Set<string>();
  let isKnown = false;
  store.watchOutbox(({ saved, removed }) => {
    for (const { id, accepted } of saved)
      if (accepted === null) unsent.add(id);
      else unsent.delete(id);
    for (const id of removed) unsent.delete(id);
  });
  const read = async (): Promise<void> => {
    for (const { id, accepted } of await store.outbox()) if (accepted === null) unsent.add(id);
    isKnown = true;
  };
  let reading: Promise<void> | null = null;
  return () => {
    // Behind the first screen: the first request has no number with it. An outbox that cannot be read is told by whoever needs it.
    reading ??= read().catch(() => undefined);
    return {
      ...(appVersion === undefined ? {} : { [appVersionHeader]: appVersion }),
      ...(isKnown ? { [unsentHeader]: String(unsent.size) } : {}),
    };
  };
}

async function createOn(store: TabletStore, options: OpenTabletOptions): Promise<RunningTablet> {
  await options.prepare?.(store);
  return createTablet({
    person: options.person,
    device: options.device,
    store,
    server: createFetchServer({
      origin: '',
      slot: options.slot,
      fetch: (...request) => fetch(...request),
      scheduler: timers,
      elapsedMs: () => performance.now(),
      onProblem: noticeProblem,
      headers: reportOf(store, options.appVersion),
    }),
    clock: { now: () => msToInstant(Date.now()) },
    scheduler: timers,
    random: Math.random,
    newId: newUuid,
    journal: createDraftJournal(localStorage, options.person),
    afterDrawing: (run) => void drawn().then(run),
  });
}
