import { deliverParcels, type DeliverParts } from './deliver.ts';

/**
 * Brings everything that was written on this tablet, whoever sends for themselves: it is to be emptied, and its sealed records cannot be opened. Answers the ids of the
 * events on which the server has said its last word, now or before; null: ask again, there was no answer.
 */
export async function deliverAll(
  parts: Omit<DeliverParts, 'sendsForItself'>,
): Promise<ReadonlySet<string> | null> {
  const { store, clock } = parts;
  try {
    const held = (await store.parcels()).filter(({ state }) => state === 'held');
    // Whether it is in the outbox of its author nobody can look up any more: it is brought.
    await store.change(
      held.map(({ id }) => id),
      (parcel) => (parcel.state === 'held' ? { ...parcel, state: 'alone', at: clock.now() } : undefined),
    );
    const done = await deliverParcels({ ...parts, sendsForItself: () => false });
    if (done.type === 'no-answer') return null;
    const gone = (await store.parcels()).filter(({ state, person }) => state === 'gone' && person !== null);
    return new Set(gone.map(({ id }) => id));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A storage that does not answer now will not be asked for its parcels ever again.
    return new Set();
  }
}
