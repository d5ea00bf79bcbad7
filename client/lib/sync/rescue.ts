import { isStamped, type HeldEvent } from '#shared/event/envelope.ts';
import { ok } from '#shared/lib/result.ts';
import type { CollectionName, WireDocument } from '#shared/sync/protocol.ts';
import { isThin } from '$lib/storage/thin.ts';
import { eventsOf } from './document-events.ts';
import type { HeldDocument, Saved, TabletStore } from './tablet-store.ts';

export const offerPrefix = 'offer:';
export const offerKey = (collection: CollectionName, id: string): string =>
  `${offerPrefix}${collection}:${id}`;

/** Sealed events the server does not show any more, kept until it has taken them back. */
export interface OfferNote {
  readonly collection: 'consults' | 'patients';
  readonly id: string;
  readonly events: readonly HeldEvent[];
  /** Ids whose seal did not fit; kept, not offered again. */
  readonly refused: readonly string[];
}

export function isOfferNote(value: unknown): value is OfferNote {
  return typeof value === 'object' && value !== null && 'events' in value && 'refused' in value;
}

/**
 * Before a page overwrites what is held: accepted events that the new copy lacks are put aside, to be offered back.
 * That happens only when the server itself has lost them (a restored backup): a document never sheds events.
 */
export async function rescueLostEvents(
  store: TabletStore,
  collection: CollectionName,
  documents: readonly WireDocument[],
  held: ReadonlyMap<string, HeldDocument>,
): Saved {
  if (collection !== 'consults' && collection !== 'patients') return ok(undefined);
  for (const document of documents) {
    const before = held.get(document.id);
    if (before === undefined || 'gone' in document || isThin(document)) continue;
    const kept = new Set(eventsOf(document.content).map((event) => event.id));
    const lost = eventsOf(before.content).filter((event) => isStamped(event) && !kept.has(event.id));
    if (lost.length === 0) continue;
    const saved = await keepForOffer(store, collection, document.id, lost);
    if (!saved.ok) return saved;
  }
  return ok(undefined);
}

export async function keepForOffer(
  store: TabletStore,
  collection: 'consults' | 'patients',
  id: string,
  events: readonly HeldEvent[],
): Saved {
  const key = offerKey(collection, id);
  const noted = await store.note(key);
  const before = isOfferNote(noted) ? noted : null;
  const known = new Set((before?.events ?? []).map((event) => event.id));
  const note: OfferNote = {
    collection,
    id,
    events: [...(before?.events ?? []), ...events.filter((event) => !known.has(event.id))],
    refused: before?.refused ?? [],
  };
  return store.putNote(key, note);
}
