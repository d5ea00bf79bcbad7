import { createPlaces } from '#server/ops/places.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { AlertAddress, AlertChannel } from './channel.ts';

/** Messages of one channel on their way at once, each urgency for itself: however many routine ones wait for a slow provider, an emergency never does. */
export const lanes: Readonly<Record<Urgency, number>> = { emergency: 64, urgent: 32, routine: 16 };

/** Bounds what is under way at once; within an urgency first come, first sent. */
export function withLanes<Address extends AlertAddress>(inner: AlertChannel<Address>): AlertChannel<Address> {
  const places = {
    emergency: createPlaces(lanes.emergency),
    urgent: createPlaces(lanes.urgent),
    routine: createPlaces(lanes.routine),
  };
  return {
    name: inner.name,
    addressesOf: (person) => inner.addressesOf(person),
    send: (address, message) => places[message.urgency](() => inner.send(address, message)),
  };
}
