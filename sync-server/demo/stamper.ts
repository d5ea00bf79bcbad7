import {
  systemAuthor,
  type HeldEvent,
  type StampedEvent,
  type Stamps,
  type Via,
} from '#shared/event/envelope.ts';
import type { DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { Random } from './random.ts';

/** Makes the seal of an event as the server would when accepting it. */
export type SealEvent = (event: HeldEvent, stamps: Pick<Stamps, 'n' | 'receivedAt' | 'via'>) => string;

export interface Written {
  readonly type: string;
  readonly body: object;
  readonly by: PersonId;
  readonly device: DeviceId;
  readonly at: Instant;
  /** What the author had seen; absent: everything. */
  readonly base?: number;
  readonly lamport?: number;
  /** How long it waited on its tablet. */
  readonly lateMinutes?: number;
}

/** Writes one document's events with the stamps the server would have given them. */
export interface Stamper {
  readonly events: StampedEvent[];
  readonly lastN: () => number;
  write(act: Written): StampedEvent;
  /** `cause`: its id and n are what the fact is derived from. `id` absent: `<cause>:<type>`. */
  state(type: string, body: object, cause: StampedEvent, at: Instant, id?: EventId): StampedEvent;
}

export function createStamper(document: string, random: Random, sealEvent: SealEvent): Stamper {
  const events: StampedEvent[] = [];
  let lamport = 0;
  const lastN = (): number => events.length;

  function stamp(event: HeldEvent, receivedAt: Instant, via: Via): StampedEvent {
    const stamps = { n: lastN() + 1, receivedAt, via };
    const stamped: StampedEvent = { ...event, ...stamps, seal: sealEvent(event, stamps) };
    events.push(stamped);
    lamport = Math.max(lamport, event.lamport);
    return stamped;
  }

  return {
    events,
    lastN,
    write({ type, body, by, device, at, base, lamport: own, lateMinutes = 0 }) {
      const event: HeldEvent = {
        v: 1,
        id: random.uuid() as EventId,
        document,
        type,
        author: by,
        device,
        lamport: own ?? lamport + 1,
        base: base ?? lastN(),
        occurredAt: addMs(at, -lateMinutes * 60_000 - random.int(400, 4000)),
        body: { ...body },
      };
      return stamp(event, at, 'session');
    },
    state(type, body, cause, at, id) {
      const event: HeldEvent = {
        v: 1,
        id: id ?? (`${cause.id}:${type}` as EventId),
        document,
        type,
        author: systemAuthor,
        device: null,
        lamport: lamport + 1,
        base: cause.n,
        occurredAt: at,
        body: { ...body },
      };
      return stamp(event, at, 'system');
    },
  };
}
