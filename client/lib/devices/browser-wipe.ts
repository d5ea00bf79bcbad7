import { msToInstant } from '#shared/lib/instant.ts';
import { protocolHeader, protocolVersion, serverHeader, slotHeader } from '#shared/sync/protocol.ts';
import { databaseName } from '$lib/db/database-name.ts';
import { createDatabasesHere } from '$lib/rescue/databases-here.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import { browserParcelApi, browserParcelStore } from '$lib/parcels/browser-parcels.ts';
import { deliverAll } from '$lib/parcels/deliver-all.ts';
import { readRawDatabase } from '$lib/rescue/raw-database.ts';
import { createPeopleHere } from '$lib/session/people-here.ts';
import { createSessionApi } from '$lib/session/session-api.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { timers } from '$lib/sync/scheduler.ts';
import { emptyDatabase } from './empty-database.ts';
import { eraseAll } from './erase.ts';
import { handInAll } from './hand-in.ts';
import { createWipeMarker, wipeKey } from './wipe-marker.ts';
import type { WipeParts } from './wipe.ts';

const fetchIt: typeof fetch = (...request) => fetch(...request);
const tryAgainMs = 5_000;
const timeoutMs = 20_000;

/** `not-heard`: there was no answer of our server. `no-session`: it will never hear it from this slot. */
async function tell(slot: number, lost: number): Promise<'told' | 'not-heard' | 'no-session'> {
  try {
    const response = await fetchIt('/api/device/wiped', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [slotHeader]: String(slot),
        [protocolHeader]: String(protocolVersion),
      },
      body: JSON.stringify({ lost }),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.headers.has(serverHeader) || response.status >= 500 || response.status === 429)
      return 'not-heard';
    return response.ok ? 'told' : 'no-session';
  } catch {
    // No network, a cut answer, our own time limit.
    return 'not-heard';
  }
}

/** Emptying this browser. */
export function browserWipe(): WipeParts {
  const sessions = createSessionApi(fetchIt);
  return {
    marker: createWipeMarker(localStorage),
    async isWithdrawn(slots) {
      for (const slot of slots) {
        const answer = await sessions.current(slot);
        if (answer.ok) return 'no';
        if (answer.error.type !== 'problem' || answer.error.status >= 500) return 'unknown';
        if (answer.error.code === 'device-revoked') return 'yes';
      }
      // Nobody's session answers any more; the server said so while one did.
      return 'yes';
    },
    handIn(slots) {
      const places = createDatabasesHere(localStorage);
      const counts = createCountsHere(localStorage);
      const clock = { now: () => msToInstant(Date.now()) };
      return handInAll(slots, {
        people: createPeopleHere(localStorage)
          .list()
          .map(({ person, slot }) => {
            const { generation, aside } = places.of(person);
            const generations = [...new Set([generation, ...aside])];
            const kept = counts.of(person);
            return {
              slot,
              databases: generations.map((each) => databaseName(person, each)),
              waiting: kept === null ? null : new Set(kept.waiting),
            };
          }),
        read: (database) => readRawDatabase(indexedDB, database),
        openServer: (slot) =>
          createFetchServer({
            origin: '',
            slot,
            fetch: fetchIt,
            scheduler: timers,
            elapsedMs: () => performance.now(),
          }),
        clock,
        deliverAll: () => deliverAll({ store: browserParcelStore(), api: browserParcelApi(), clock }),
      });
    },
    erase: () =>
      eraseAll({
        indexedDb: indexedDB,
        empty: (name) => emptyDatabase(indexedDB, name),
        local: localStorage,
        session: sessionStorage,
        ...('caches' in globalThis ? { caches } : {}),
        registrations: async () =>
          'serviceWorker' in navigator ? navigator.serviceWorker.getRegistrations() : [],
        keep: wipeKey,
      }),
    async tell(slots, lost) {
      for (const slot of slots) {
        const answer = await tell(slot, lost);
        if (answer === 'told') return true;
        if (answer === 'not-heard') return false;
      }
      return true;
    },
    pause: () =>
      new Promise((resolve) => {
        const end = (): void => {
          window.removeEventListener('online', end);
          stop();
          resolve();
        };
        const stop = timers.after(tryAgainMs, end);
        window.addEventListener('online', end);
      }),
  };
}
