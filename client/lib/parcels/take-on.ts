import type { Clock } from '#shared/lib/instant.ts';
import type { Parcel } from '#shared/parcel/parcel.ts';
import type { Bundle } from './frames.ts';
import type { KeptParcel } from './kept.ts';
import type { ParcelStore } from './parcel-store.ts';

export interface TakenOn {
  /** So many lie on this tablet now and will be brought to the server. */
  readonly taken: number;
  /** So many were here before, or have been brought already: a code that is read twice changes nothing. */
  readonly known: number;
}

/** Takes another tablet's parcels on; on the disk when it resolves. Rejects when the storage does not take them. */
export async function takeOn(
  parts: { readonly store: ParcelStore; readonly clock: Clock; readonly offsetMs: number | null },
  { parcels, shownAt }: Bundle,
): Promise<TakenOn> {
  const { store, clock, offsetMs } = parts;
  const here = new Set((await store.parcels()).map(({ id }) => id));
  const fresh = new Map<string, Parcel>();
  for (const parcel of parcels) if (!here.has(parcel.id)) fresh.set(parcel.id, parcel);
  const now = clock.now();
  await store.put(
    [...fresh.values()].map((parcel): KeptParcel => ({
      v: 1,
      id: parcel.id,
      person: null,
      state: 'ready',
      at: now,
      parcel,
      origin: { type: 'carried', shownAt, takenAt: now, offsetMs },
      verdict: null,
    })),
  );
  return { taken: fresh.size, known: parcels.length - fresh.size };
}
