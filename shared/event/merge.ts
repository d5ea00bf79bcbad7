import { canonicalEvent, canonicalJson } from './canonical.ts';
import { isStamped, type EventDocument, type HeldEvent } from './envelope.ts';
import { inOrder } from './order.ts';

/**
 * The copy that stays when two copies of one event meet: stamped before unstamped, then the smallest stamps,
 * then the smallest bytes, so that every replica chooses alike.
 */
function leading(a: HeldEvent, b: HeldEvent): HeldEvent {
  if (isStamped(a) !== isStamped(b)) return isStamped(a) ? a : b;
  if (isStamped(a) && isStamped(b)) {
    if (a.n !== b.n) return a.n < b.n ? a : b;
    if (a.receivedAt !== b.receivedAt) return a.receivedAt < b.receivedAt ? a : b;
  }
  const aBytes = canonicalEvent(a);
  const bBytes = canonicalEvent(b);
  if (aBytes !== bBytes) return aBytes < bBytes ? a : b;
  return canonicalJson(a) <= canonicalJson(b) ? a : b;
}

/** Union by event id, in the total order. Commutative, associative, idempotent; never drops an id. */
export function mergeEvents(...lists: readonly (readonly HeldEvent[])[]): HeldEvent[] {
  const byId = new Map<string, HeldEvent>();
  for (const list of lists) {
    for (const event of list) {
      const held = byId.get(event.id);
      byId.set(event.id, held === undefined ? event : leading(held, event));
    }
  }
  return inOrder([...byId.values()]);
}

/**
 * Merges two copies of one document. A field this build does not know and that differs keeps the value with the smaller
 * bytes, each field for itself, so that this too commutes and associates.
 */
export function mergeEventDocuments<D extends EventDocument>(a: D, b: D): D {
  if (a.id !== b.id || a.kind !== b.kind) throw new Error('only copies of one document can be merged');
  const merged: Record<string, unknown> = { ...a };
  for (const [field, value] of Object.entries(b)) {
    if (field === 'events') continue;
    const held = merged[field];
    if (held === undefined || canonicalJson(value) < canonicalJson(held)) merged[field] = value;
  }
  return { ...a, ...merged, events: mergeEvents(a.events, b.events) };
}
