import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';

export interface SimulatedSession {
  readonly id: string;
  readonly person: PersonId;
  readonly device: DeviceId;
  /** When the person first signed in on that device. */
  readonly knownSince: Instant;
}

/** Who is signed in where, for all gateways. */
export interface Sessions {
  begin(person: PersonId, device: DeviceId): string;
  find(id: string): SimulatedSession | null;
  end(id: string): void;
  onEnded(id: string, ended: () => void): () => void;
}

export function createSessions(clock: Clock): Sessions {
  const live = new Map<string, SimulatedSession>();
  const listeners = new Map<string, Set<() => void>>();
  const knownSince = new Map<string, Instant>();
  let count = 0;
  return {
    begin(person, device) {
      const id = `session:${String(count++)}`;
      const since = knownSince.get(person + device) ?? clock.now();
      knownSince.set(person + device, since);
      live.set(id, { id, person, device, knownSince: since });
      return id;
    },
    find: (id) => live.get(id) ?? null,
    end(id) {
      if (!live.delete(id)) return;
      for (const ended of listeners.get(id) ?? []) ended();
      listeners.delete(id);
    },
    onEnded(id, ended) {
      const held = listeners.get(id) ?? new Set();
      held.add(ended);
      listeners.set(id, held);
      return () => held.delete(ended);
    },
  };
}
