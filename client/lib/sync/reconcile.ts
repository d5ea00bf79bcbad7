import { isStamped } from '#shared/event/envelope.ts';
import type { Clock } from '#shared/lib/instant.ts';
import {
  maxPushItems,
  type CollectionName,
  type PushOutcome,
  type WireDocument,
} from '#shared/sync/protocol.ts';
import type { ClockOffset } from './clock-offset.ts';
import { eventsOf } from './document-events.ts';
import { inOrderOfWriting, pushRequest, takeBatch, widestBatch } from './push-batch.ts';
import { applyOutcomes, setAsidePrefix } from './push-loop.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { OutboxEntry, TabletStore } from './tablet-store.ts';

export const collectionOf = (entry: Pick<OutboxEntry, 'kind'>): 'consults' | 'patients' =>
  entry.kind === 'consult' ? 'consults' : 'patients';

/** Takes from the outbox what can be seen, stamped, in the pulled documents; then it is in the record and on this tablet. */
export async function removeSeen(store: TabletStore, documents: readonly WireDocument[]): Promise<void> {
  const outbox = await store.outbox();
  const setAside = await store.notes(setAsidePrefix);
  if (outbox.length === 0 && setAside.size === 0) return;
  const seen = new Set<string>();
  for (const document of documents) {
    if ('gone' in document) continue;
    for (const event of eventsOf(document.content)) if (isStamped(event)) seen.add(event.id);
  }
  const removed = outbox.filter((entry) => seen.has(entry.id)).map((entry) => entry.id);
  if (removed.length > 0) await store.removeFromOutbox(removed);
  for (const key of setAside.keys()) {
    // Released from quarantine by a head: it is in the record after all.
    if (seen.has(key.slice(setAsidePrefix.length))) await store.removeNote(key);
  }
}

/** The same for everything in the outbox: once at the start, because the program may have ended between two writes. */
export async function removeAllSeen(store: TabletStore): Promise<void> {
  const outbox = await store.outbox();
  for (const collection of ['consults', 'patients'] as const) {
    const ids = [
      ...new Set(outbox.filter((entry) => collectionOf(entry) === collection).map((entry) => entry.document)),
    ];
    if (ids.length > 0) await removeSeen(store, [...(await store.read(collection, ids)).values()]);
  }
}

/** After the store was set back, an acceptance proves nothing any more: everything not yet seen is sent again. */
export async function forgetAcceptances(store: TabletStore): Promise<void> {
  const accepted = (await store.outbox()).filter((entry) => entry.accepted !== null);
  if (accepted.length > 0) await store.saveToOutbox(accepted.map((entry) => ({ ...entry, accepted: null })));
}

interface ReconcileParts {
  readonly store: TabletStore;
  readonly server: ServerPort;
  readonly clock: Clock;
  readonly offset: ClockOffset;
  readonly agreed: ReadonlySet<CollectionName>;
  readonly acceptedBefore: ReadonlySet<string>;
  onAnswer(answer: Answer<unknown>): void;
  onFailure(failure: ServerFailure): void;
}

/**
 * Asks about what was accepted but has not come back. Accepted, and its document is not in this person's scope (the state check agreed
 * after it was accepted) → done, the receipt is the proof. A gateway that does not remember it says nothing: it is sent again, and what
 * the document itself then proves to hold (`duplicate`) is a receipt as well.
 */
export async function reconcile(parts: ReconcileParts): Promise<void> {
  const { store, server } = parts;
  const accepted = (await store.outbox()).filter(
    (entry) =>
      entry.accepted !== null && parts.acceptedBefore.has(entry.id) && parts.agreed.has(collectionOf(entry)),
  );
  for (let at = 0; at < accepted.length; at += maxPushItems) {
    const batch = accepted.slice(at, at + maxPushItems);
    const answer = await server.receipts({ ids: batch.map((entry) => entry.event.id) });
    if (!answer.ok) {
      parts.onFailure(answer.error);
      return;
    }
    parts.onAnswer(answer.value);
    const { outcomes } = answer.value.body;
    await applyOutcomes(store, parts.clock, batch, outcomes);
    const unknown = batch.filter((_entry, index) => (outcomes[index] ?? null) === null);
    const again = await sendAgain(unknown, parts);
    const proven = new Set(
      [...outcomes, ...again].flatMap((each) =>
        each?.outcome === 'accepted' || each?.outcome === 'duplicate' ? [each.id] : [],
      ),
    );
    await removeOutOfScope(
      store,
      batch.filter((entry) => proven.has(entry.id)),
    );
  }
}

/**
 * Sends what no receipt was given for. What the server then takes for the first time comes back with the pull like any other; what it
 * has no good word for waits in the outbox as if it had never been accepted.
 */
async function sendAgain(entries: readonly OutboxEntry[], parts: ReconcileParts): Promise<PushOutcome[]> {
  const { store, clock, offset } = parts;
  const met: PushOutcome[] = [];
  let left = inOrderOfWriting(entries);
  while (left.length > 0) {
    const batch = takeBatch(left, widestBatch);
    left = left.slice(batch.length);
    const unsent = (await store.outbox()).filter((entry) => entry.accepted === null).length;
    const answer = await parts.server.push(
      pushRequest(batch, clock.now(), offset.current(), unsent + left.length),
    );
    if (answer.ok) parts.onAnswer(answer.value);
    else parts.onFailure(answer.error);
    const outcomes = answer.ok ? answer.value.body.outcomes : [];
    const applied = await applyOutcomes(store, clock, batch, outcomes);
    // What was seen in the record meanwhile has left the outbox and must not come back.
    const still = new Set((await store.outbox()).map((entry) => entry.id));
    const toWait = batch.filter((entry) => applied.waiting.includes(entry.id) && still.has(entry.id));
    if (toWait.length > 0) await store.saveToOutbox(toWait.map((entry) => ({ ...entry, accepted: null })));
    met.push(...outcomes.filter((each) => each.outcome === 'duplicate'));
  }
  return met;
}

async function removeOutOfScope(store: TabletStore, entries: readonly OutboxEntry[]): Promise<void> {
  for (const collection of ['consults', 'patients'] as const) {
    const mine = entries.filter((entry) => collectionOf(entry) === collection);
    const held = await store.read(collection, [...new Set(mine.map((entry) => entry.document))]);
    const away = mine.filter((entry) => !held.has(entry.document)).map((entry) => entry.id);
    if (away.length > 0) await store.removeFromOutbox(away);
  }
}
