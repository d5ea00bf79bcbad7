import { createPlaces } from '#server/ops/places.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { PushSender } from './push-sender.ts';

/** Messages on their way at once, each urgency for itself: however many routine ones wait for a slow push service, an emergency never does. */
export const lanes: Readonly<Record<Urgency, number>> = { emergency: 64, urgent: 32, routine: 16 };

/** Bounds what is under way at once; within an urgency first come, first sent. */
export function withLanes(inner: PushSender): PushSender {
  const places = {
    emergency: createPlaces(lanes.emergency),
    urgent: createPlaces(lanes.urgent),
    routine: createPlaces(lanes.routine),
  };
  return {
    send: (subscription, message) => places[message.urgency](() => inner.send(subscription, message)),
  };
}
