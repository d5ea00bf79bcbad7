import type { DocumentStore } from '#server/store/port.ts';
import { isStamped } from '#shared/event/envelope.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { PushOutcome } from '#shared/sync/protocol.ts';
import type { HeldBack } from './held-back.ts';
import type { RecentEvents } from './recent-events.ts';
import { eventsOf } from './wire-document.ts';

export interface Receipts {
  /** Null: not known here; sending the event again is always safe. Only the author's own. */
  of(author: PersonId, ids: readonly string[]): Promise<(PushOutcome | null)[]>;
}

export function createReceipts(deps: {
  store: DocumentStore;
  heldBack: HeldBack;
  recent: RecentEvents;
}): Receipts {
  const { store, heldBack, recent } = deps;

  async function accepted(author: PersonId, id: string): Promise<PushOutcome | null> {
    const place = recent.find(id);
    if (place === null) return null;
    const document = await store.database(place.collection).get(place.document);
    const event = eventsOf(document?.body ?? {}).find((held) => held.id === id && held.author === author);
    if (event === undefined || !isStamped(event)) return null;
    return { id, outcome: 'accepted', n: event.n, receivedAt: event.receivedAt };
  }

  return {
    async of(author, ids) {
      const said = await heldBack.ofEvents(author, ids);
      return Promise.all(
        ids.map(async (id) => {
          const taken = await accepted(author, id);
          const held = said.get(id);
          if (taken !== null || held === undefined) return taken;
          return 'refused' in held
            ? { id, outcome: 'refused' as const, code: held.refused, kept: 'server' as const }
            : { id, outcome: 'quarantined' as const, code: held.quarantined };
        }),
      );
    },
  };
}
