import type { EventId } from '#shared/lib/id.ts';
import { maxPushItems } from '#shared/sync/protocol.ts';
import { isSetAside, setAsidePrefix } from './push-loop.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { TabletStore } from './tablet-store.ts';

interface SetAsideParts {
  readonly store: TabletStore;
  readonly server: ServerPort;
  onAnswer(answer: Answer<unknown>): void;
  onFailure(failure: ServerFailure): void;
}

/**
 * Asks again about what the server keeps as refused or quarantined. A head released it, or the store was set back and somebody gave the event
 * back with its stamps: then it is in the record, perhaps of a document this person cannot see, and must not be shown as refused. A gateway
 * that says nothing of it proves nothing: it stays as it is, and is never sent again by itself (E14).
 */
export async function askAboutSetAside(parts: SetAsideParts): Promise<void> {
  const { store, server } = parts;
  const ids: EventId[] = [];
  for (const note of (await store.notes(setAsidePrefix)).values()) {
    if (!isSetAside(note)) continue;
    const { outcome } = note;
    if (outcome.state === 'quarantined' || outcome.kept === 'server') ids.push(note.event.id);
  }
  for (let at = 0; at < ids.length; at += maxPushItems) {
    const batch = ids.slice(at, at + maxPushItems);
    const answer = await server.receipts({ ids: batch });
    if (!answer.ok) {
      parts.onFailure(answer.error);
      return;
    }
    parts.onAnswer(answer.value);
    for (const [index, id] of batch.entries()) {
      const outcome = answer.value.body.outcomes[index]?.outcome;
      if (outcome === 'accepted' || outcome === 'duplicate') await store.removeNote(setAsidePrefix + id);
    }
  }
}
