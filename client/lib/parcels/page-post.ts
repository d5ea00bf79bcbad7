import type { Clock } from '#shared/lib/instant.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { deliverParcels, type Delivery } from './deliver.ts';
import type { WaitingParcels } from './kept.ts';
import type { ParcelApi } from './parcel-api.ts';
import type { ParcelStore } from './parcel-store.ts';

export interface PagePostParts {
  readonly store: ParcelStore;
  readonly api: Pick<ParcelApi, 'key' | 'bring'>;
  readonly clock: Clock;
  /** People whose open window sends for itself. */
  readonly senders: () => Promise<ReadonlySet<string>>;
  /** Calls whenever it is worth trying; answers the end of it. */
  readonly onWaking: (run: () => void) => () => void;
  readonly every: (ms: number, run: () => void) => () => void;
  /** The server has these of that person now. */
  readonly onGone: (person: PersonId, events: readonly string[]) => void;
}

/** Sends for everybody while the app is open, locked or not. */
export interface PagePost {
  /** Tries now; null: nothing was waiting, or others are at it. */
  deliver(): Promise<Delivery>;
  waiting(): Promise<WaitingParcels>;
  stop(): void;
}

const retryMs = 30_000;

export async function waitingParcels(store: Pick<ParcelStore, 'parcels'>): Promise<WaitingParcels> {
  const byPerson = new Map<PersonId, string[]>();
  let carried = 0;
  for (const { id, person, state } of await store.parcels()) {
    if (state !== 'ready' && state !== 'alone') continue;
    if (person === null) carried++;
    else byPerson.set(person, [...(byPerson.get(person) ?? []), id]);
  }
  return { byPerson, carried };
}

export function startPagePost(parts: PagePostParts): PagePost {
  const { store } = parts;
  let running: Promise<Delivery> | null = null;

  async function run(): Promise<Delivery> {
    const senders = await parts.senders();
    const done = await deliverParcels({ ...parts, sendsForItself: (person) => senders.has(person) });
    // The worker may have sent while no page was open: what it noted is told as well.
    const gone = (await store.parcels().catch(() => [])).filter(({ state }) => state === 'gone');
    const people = new Set(gone.flatMap(({ person }) => person ?? []));
    for (const person of people)
      parts.onGone(
        person,
        gone.filter((one) => one.person === person).map(({ id }) => id),
      );
    return done;
  }
  const deliver = (): Promise<Delivery> => (running ??= run().finally(() => (running = null)));
  const soon = (): void => void deliver();
  const stops = [parts.onWaking(soon), parts.every(retryMs, soon)];
  soon();
  return {
    deliver,
    waiting: () => waitingParcels(store),
    stop: () => stops.forEach((stop) => stop()),
  };
}
