import { vi } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import type { Connection, Live } from '$lib/tablet/tablet.ts';
import { createTablet, type RunningTablet, type TabletParts } from '$lib/tablet/create-tablet.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { authored, consultId, deviceId, people, requestContent, stamped, uuidOf } from '#tests/builders.ts';
import { instant } from '#shared/lib/instant.ts';
import { dexiePlace, type Place } from '#tests/contract/tablet-store/rxdb-places.ts';
import { createHandClock, settle, type HandClock } from './hand-clock.ts';
import { createTestServer, type TestServer } from './test-server.ts';

export function current<T>(live: Live<T>): T {
  const values: T[] = [];
  live.subscribe((now) => values.push(now))();
  if (values.length === 0) throw new Error('a live value calls at once');
  return values.at(-1) as T;
}

export interface Ward {
  readonly server: TestServer;
  readonly clock: HandClock;
  readonly place: Place;
  readonly tablet: RunningTablet;
  readonly store: TabletStore;
  /** Closes the app and opens it again over the same storage. */
  reopen(): Promise<void>;
  connection(): Connection;
  /** Ids of open consults on the screen. */
  shown(): string[];
  held(): Promise<string[]>;
  /** Waits until the tablet is at rest and holds exactly these consults. */
  holds(ids: readonly string[]): Promise<void>;
  /** Waits until neither side has anything more to say. */
  rest(): Promise<void>;
  until(assertion: () => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** One tablet of the requester's over real RxDB on IndexedDB, one server, one clock. */
export async function openWard(
  place: Place = dexiePlace(),
  server = createTestServer(),
  over: Pick<TabletParts, 'afterDrawing' | 'journal' | 'parcels'> = {},
): Promise<Ward> {
  const clock = createHandClock();
  let ids = 0;
  let store = await place.open();
  const start = (): Promise<RunningTablet> =>
    createTablet({
      person: people.requester.id,
      device: deviceId('one'),
      store,
      server: createFetchServer({
        origin: '',
        slot: 0,
        fetch: server.fetch,
        scheduler: clock,
        elapsedMs: () => 0,
      }),
      clock,
      scheduler: clock,
      random: () => 0.5,
      newId: () => uuidOf(`made ${++ids}`),
      ...over,
    });
  let tablet = await start();
  const until: Ward['until'] = (assertion) => vi.waitFor(assertion, { timeout: 8_000, interval: 5 });
  const held = async (): Promise<string[]> => [...(await store.versions('consults')).keys()].sort();
  return {
    server,
    clock,
    place,
    get tablet() {
      return tablet;
    },
    get store() {
      return store;
    },
    async reopen() {
      await tablet.close();
      store = await place.open();
      tablet = await start();
    },
    connection: () => current(tablet.connection),
    shown: () =>
      current(tablet.openConsults)
        .map((consult: Consult) => consult.id)
        .sort(),
    held,
    holds: (expected) =>
      until(async () => {
        const now = await held();
        if (JSON.stringify(now) !== JSON.stringify([...expected].sort())) {
          throw new Error(`holds ${now.length} of ${expected.length}`);
        }
      }),
    async rest() {
      let asked = -1;
      for (let quiet = 0; quiet < 3;) {
        quiet = asked === server.asked.length ? quiet + 1 : 0;
        asked = server.asked.length;
        await settle(30);
      }
    },
    until,
    close: () => tablet.close(),
  };
}

export const consultName = (index: number): ConsultId =>
  consultId(`number ${String(index).padStart(3, '0')}`);

/** A consult as the server holds it: submitted, accepted. */
export function consultContent(id: ConsultId, more: readonly HeldEvent[] = []): Record<string, unknown> {
  const event = authored(
    'submitted',
    { content: requestContent(), linked: [] },
    {
      id: uuidOf(`submitted ${id}`) as EventId,
      document: id,
    },
  );
  return { kind: 'consult', id, events: [stamped(event, 1, instant('2026-11-22T09:00:00.000Z')), ...more] };
}

export function fill(server: TestServer, count: number, tell = false): ConsultId[] {
  const ids = Array.from({ length: count }, (_, index) => consultName(index));
  for (const id of ids) server.put('consults', id, consultContent(id), tell);
  return ids;
}
