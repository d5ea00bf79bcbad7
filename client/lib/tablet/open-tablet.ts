import { appVersionHeader, lostHeader, unsentHeader } from '#shared/device/protocol.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { openBrowserStore } from '$lib/db/browser-store.ts';
import { inKeptRoom } from '$lib/db/kept-room.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import { sealedTexts } from '$lib/keys/sealed-texts.ts';
import { browserParcelApi, browserParcelStore, ownSession } from '$lib/parcels/browser-parcels.ts';
import { openOwnParcels } from '$lib/parcels/own-parcels.ts';
import { createCanary, type Canary } from '$lib/rescue/canary.ts';
import { noticeProblem } from '$lib/devices/notice-revocation.ts';
import { space, watchedRoom } from '$lib/storage/browser-space.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { createNoSession } from '$lib/sync/no-session.ts';
import { timers } from '$lib/sync/scheduler.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { drawn } from '$lib/time/drawn.ts';
import { createTablet, type RunningTablet } from './create-tablet.ts';
import { createDraftJournal } from './draft-journal.ts';
import { newUuid } from './new-uuid.ts';
import { onWaking } from './on-waking.ts';

export interface OpenTabletOptions {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** Theirs, for as long as the tablet is open. */
  readonly keys: UnlockedKeys;
  /** The session slot this person is signed in with; null: none, and nothing is asked of the server. */
  readonly slot: number | null;
  /** Which of their databases. */
  readonly generation?: number;
  /** Of the app, told to the server. */
  readonly appVersion?: string | undefined;
  /** Done with the store before anything of it is shown. */
  readonly prepare?: (store: TabletStore) => Promise<void>;
}

/**
 * Opens one person's workspace in this browser; resolves when the open consults can be shown. Rejects when the storage cannot be
 * opened (off, corrupt, of a newer build).
 */
export async function openTablet(options: OpenTabletOptions): Promise<RunningTablet> {
  const store = await openBrowserStore(options.keys, options.generation);
  const tablet = await createOn(store, options).catch(async (error: unknown) => {
    // Held open it would be in the way of the next try; what keeps it from closing changes nothing.
    await store.close().catch(() => undefined);
    throw error;
  });
  const stopWaking = onWaking(() => tablet.wake(), { window, document });
  const stopWatching = space.begin(() => tablet.makeRoom());
  const stopNoting = ownSession.note(options.person, tablet.connection);
  return {
    ...tablet,
    async close() {
      stopWaking();
      stopNoting();
      stopWatching();
      await tablet.close();
    },
  };
}

/** What the tablet says of itself with each request: its app, and how much waits here once that is known. */
export function reportOf(
  store: TabletStore,
  appVersion: string | undefined,
  canary: Canary,
): () => Record<string, string> {
  const unsent = new Set<string>();
  let isKnown = false;
  let lost: number | null = null;
  store.watchOutbox(({ saved, removed }) => {
    const before = unsent.size;
    for (const { id, accepted } of saved) {
      if (accepted === null) unsent.add(id);
      else unsent.delete(id);
    }
    for (const id of removed) unsent.delete(id);
    if (isKnown && unsent.size !== before) canary.waiting(unsent.size);
  });
  const read = async (): Promise<void> => {
    const found = await canary.look();
    for (const { id, accepted } of await store.outbox()) if (accepted === null) unsent.add(id);
    canary.waiting(unsent.size);
    isKnown = true;
    if (found.is === 'evicted') lost = found.unsent;
  };
  let reading: Promise<void> | null = null;
  return () => {
    // Behind the first screen: the first request has no number with it. An outbox that cannot be read is told by whoever needs it.
    reading ??= read().catch(() => undefined);
    return {
      ...(appVersion === undefined ? {} : { [appVersionHeader]: appVersion }),
      ...(isKnown ? { [unsentHeader]: String(unsent.size) } : {}),
      ...(lost === null ? {} : { [lostHeader]: String(lost) }),
    };
  };
}

async function createOn(store: TabletStore, options: OpenTabletOptions): Promise<RunningTablet> {
  const clock = { now: () => msToInstant(Date.now()) };
  const parcelStore = browserParcelStore();
  const room = watchedRoom();
  const [parcels] = await Promise.all([
    openOwnParcels({
      // What anybody may bring is a copy of a person's words: it has the same claim on the room that is kept for them.
      store: { ...parcelStore, put: (parcels) => inKeptRoom(room, () => parcelStore.put(parcels)) },
      api: browserParcelApi(),
      keys: options.keys,
      device: options.device,
      slot: () => options.slot,
      clock,
    }),
    options.prepare?.(store),
  ]);
  const canary = createCanary({
    store,
    local: localStorage,
    person: options.person,
    generation: options.generation ?? 0,
    newId: newUuid,
  });
  const report = reportOf(store, options.appVersion, canary);
  const tablet = await createTablet({
    person: options.person,
    device: options.device,
    store,
    server:
      options.slot === null
        ? createNoSession()
        : createFetchServer({
            origin: '',
            slot: options.slot,
            fetch: (...request) => fetch(...request),
            scheduler: timers,
            elapsedMs: () => performance.now(),
            onProblem: noticeProblem,
            headers: report,
            grant: () => parcels.grant(),
          }),
    clock,
    parcels,
    scheduler: timers,
    random: Math.random,
    newId: newUuid,
    journal: createDraftJournal(localStorage, options.person, sealedTexts(options.keys.journal)),
    afterDrawing: (run) => void drawn().then(run),
  });
  // Also without a session nobody is asked with: what waits here is counted, and what the browser threw away is told.
  void tablet.filled.then(report);
  return tablet;
}
