import { databaseName } from '$lib/db/database-name.ts';
import { emptyDatabase } from '$lib/devices/empty-database.ts';
import { eraseAll } from '$lib/devices/erase.ts';
import { handInAll } from '$lib/devices/hand-in.ts';
import { createWipeMarker, wipeKey } from '$lib/devices/wipe-marker.ts';
import { runWipe } from '$lib/devices/wipe.ts';
import { createCountsHere } from '$lib/lock/kept-counts.ts';
import { deliverAll } from '$lib/parcels/deliver-all.ts';
import { createParcelApi } from '$lib/parcels/parcel-api.ts';
import type { ParcelStore } from '$lib/parcels/parcel-store.ts';
import { createDatabasesHere } from '$lib/rescue/databases-here.ts';
import { readRawDatabase } from '$lib/rescue/raw-database.ts';
import { createPeopleHere } from '$lib/session/people-here.ts';
import { createSessionApi } from '$lib/session/session-api.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import type { Scheduler } from '$lib/sync/scheduler.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { protocolHeader, protocolVersion, serverHeader, slotHeader } from '#shared/sync/protocol.ts';
import { createSmallStore } from '#tests/unit/devices/small-store.ts';
import type { Disk } from './engine-store.ts';
import type { Life } from './life.ts';

const tryAgainMs = 5_000;

/** The server has said that the tablet was withdrawn; noted as the app notes it. */
export function beginWipe(local: Storage): void {
  const marker = createWipeMarker(local);
  if (marker.read() !== null) return;
  const people = createPeopleHere(local);
  const present = people.last()?.slot ?? null;
  const slots = [
    ...(present === null ? [] : [present]),
    ...people.list().flatMap(({ slot }) => slot ?? []),
    ...people.owedSignOuts(),
  ];
  marker.write({ step: 'handing-in', slots: [...new Set(slots)], handedIn: 0, lost: 0 });
}

export const withdrawnHere = (local: Storage): boolean => createWipeMarker(local).read() !== null;

/** Empties the tablet with the app's own parts. Answers how many items are gone with it; null: it was not withdrawn after all. */
export async function wipeHere(parts: {
  readonly life: Life;
  readonly disk: Disk;
  readonly local: Storage;
  readonly parcels: ParcelStore;
  readonly fetch: typeof fetch;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly elapsedMs: () => number;
}): Promise<number | null> {
  const { disk, local, scheduler, clock, life } = parts;
  const sessions = createSessionApi(parts.fetch);
  const marker = createWipeMarker(local);

  async function tell(slot: number, lost: number): Promise<'told' | 'not-heard' | 'no-session'> {
    try {
      const response = await parts.fetch('/api/device/wiped', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [slotHeader]: String(slot),
          [protocolHeader]: String(protocolVersion),
        },
        body: JSON.stringify({ lost }),
      });
      if (!response.headers.has(serverHeader) || response.status >= 500 || response.status === 429)
        return 'not-heard';
      return response.ok ? 'told' : 'no-session';
    } catch {
      // No network.
      return 'not-heard';
    }
  }

  const isDone = await runWipe(
    {
      marker,
      async isWithdrawn(slots) {
        for (const slot of slots) {
          const answer = await sessions.current(slot);
          if (answer.ok) return 'no';
          if (answer.error.type !== 'problem' || answer.error.status >= 500) return 'unknown';
          if (answer.error.code === 'device-revoked') return 'yes';
        }
        return 'yes';
      },
      handIn(slots) {
        const places = createDatabasesHere(local);
        const counts = createCountsHere(local);
        return handInAll(slots, {
          people: createPeopleHere(local)
            .list()
            .map(({ person, slot }) => {
              const { generation, aside } = places.of(person);
              const kept = counts.of(person);
              return {
                slot,
                databases: [...new Set([generation, ...aside])].map((each) => databaseName(person, each)),
                waiting: kept === null ? null : new Set(kept.waiting),
              };
            }),
          read: (database) => life.ask(() => readRawDatabase(disk.factory, database)),
          openServer: (slot) =>
            createFetchServer({
              origin: '',
              slot,
              fetch: parts.fetch,
              scheduler,
              elapsedMs: parts.elapsedMs,
            }),
          clock,
          deliverAll: () => deliverAll({ store: parts.parcels, api: createParcelApi(parts.fetch), clock }),
        });
      },
      erase: () =>
        life.ask(() =>
          eraseAll({
            indexedDb: disk.factory,
            empty: (name) => emptyDatabase(disk.factory, name),
            local,
            session: createSmallStore(),
            registrations: () => Promise.resolve([]),
            keep: wipeKey,
          }),
        ),
      async tell(slots, lost) {
        for (const slot of slots) {
          const answer = await tell(slot, lost);
          if (answer === 'told') return true;
          if (answer === 'not-heard') return false;
        }
        return true;
      },
      pause: () => new Promise((resolve) => void scheduler.after(tryAgainMs, resolve)),
    },
    () => undefined,
  );
  return isDone ? (marker.read()?.lost ?? 0) : null;
}
