import type { DocumentKind, HeldEvent } from '#shared/event/envelope.ts';
import type { Clock, Instant } from '#shared/lib/instant.ts';
import type { PushOutcome, QuarantineCode, RefusalCode } from '#shared/sync/protocol.ts';
import type { ClockOffset } from './clock-offset.ts';
import { halved, inOrderOfWriting, pushRequest, takeBatch, widened, widestBatch } from './push-batch.ts';
import type { Answer, ServerFailure, ServerPort } from './server-port.ts';
import type { OutboxEntry, TabletStore } from './tablet-store.ts';

export const setAsidePrefix = 'set-aside:';

/** What the server would not take, with its text and the reason. Kept until it is seen in the record after all. */
export interface SetAside {
  readonly event: HeldEvent;
  readonly kind: DocumentKind;
  readonly at: Instant;
  readonly outcome:
    | { readonly state: 'refused'; readonly code: RefusalCode; readonly kept: 'server' | 'tablet' }
    | { readonly state: 'quarantined'; readonly code: QuarantineCode };
  readonly dismissed: boolean;
}
export function isSetAside(value: unknown): value is SetAside {
  return typeof value === 'object' && value !== null && 'event' in value && 'outcome' in value;
}

export type PushRun =
  /** `waiting`: so many have to be sent again later because their document is not at the server yet. */
  | { readonly type: 'done'; readonly waiting: number }
  | { readonly type: 'failed'; readonly failure: ServerFailure }
  | { readonly type: 'storage-failing' };

/** All of a tablet's store that sending needs; a worker opens no more than this. */
export type OutboxStore = Pick<TabletStore, 'outbox' | 'saveToOutbox' | 'removeFromOutbox' | 'putNote'>;

export interface PushParts {
  readonly store: OutboxStore;
  readonly server: ServerPort;
  readonly clock: Clock;
  readonly offset: ClockOffset;
  onAnswer(answer: Answer<unknown>): void;
  onFailure(failure: ServerFailure): void;
  /** So many sendings of this event were tried since the program started. */
  onAttempt(id: string): void;
}

type Applied = { readonly ok: boolean; readonly waiting: readonly string[] };

/** Writes outcomes down. Nothing leaves the outbox before its reason lies in the workspace. */
export async function applyOutcomes(
  store: OutboxStore,
  clock: Clock,
  batch: readonly OutboxEntry[],
  outcomes: readonly (PushOutcome | null)[],
): Promise<Applied> {
  const byId = new Map(batch.map((entry) => [entry.id, entry]));
  const accepted: OutboxEntry[] = [];
  const removed: string[] = [];
  const waiting: string[] = [];
  for (const outcome of outcomes) {
    const entry = outcome === null ? undefined : byId.get(outcome.id);
    if (outcome === null || entry === undefined) continue;
    byId.delete(outcome.id);
    switch (outcome.outcome) {
      case 'accepted':
      case 'duplicate':
        if (entry.accepted?.n !== outcome.n) {
          accepted.push({ ...entry, accepted: { n: outcome.n, receivedAt: outcome.receivedAt } });
        }
        break;
      case 'waiting':
        waiting.push(entry.id);
        break;
      case 'refused':
      case 'quarantined': {
        const note: SetAside = {
          event: entry.event,
          kind: entry.kind,
          at: clock.now(),
          dismissed: false,
          outcome:
            outcome.outcome === 'refused'
              ? { state: 'refused', code: outcome.code, kept: outcome.kept }
              : { state: 'quarantined', code: outcome.code },
        };
        const saved = await store.putNote(setAsidePrefix + entry.id, note);
        if (!saved.ok) return { ok: false, waiting };
        removed.push(entry.id);
        break;
      }
    }
  }
  // No word about an event is no receipt (E4): it stays as it is and is asked about again.
  waiting.push(...byId.keys());
  // The stream may have been faster than the answer: what was seen meanwhile has left the outbox and must not come back.
  const still = accepted.length === 0 ? new Set() : new Set((await store.outbox()).map((entry) => entry.id));
  const saved = accepted.filter((entry) => still.has(entry.id));
  const saves = saved.length === 0 || (await store.saveToOutbox(saved)).ok;
  const removes = removed.length === 0 || (await store.removeFromOutbox(removed)).ok;
  return { ok: saves && removes, waiting };
}

/** Sends everything that is not accepted yet, oldest first. One event never holds up those behind it (E1). */
export async function pushOutbox(parts: PushParts): Promise<PushRun> {
  const { store, server, clock, offset } = parts;
  const later = new Set<string>();
  let limit = widestBatch;
  for (;;) {
    const unsent = inOrderOfWriting(await store.outbox()).filter((entry) => entry.accepted === null);
    const next = unsent.filter((entry) => !later.has(entry.id));
    if (next.length === 0) return { type: 'done', waiting: later.size };

    const batch = takeBatch(next, limit);
    if (!offset.isFresh()) {
      // The age of an event is judged by the clock's offset now, not by that of an earlier session.
      const asked = await server.receipts({ ids: batch.map((entry) => entry.event.id) });
      if (!asked.ok) {
        parts.onFailure(asked.error);
        return { type: 'failed', failure: asked.error };
      }
      parts.onAnswer(asked.value);
    }
    for (const entry of batch) parts.onAttempt(entry.id);
    const request = pushRequest(batch, clock.now(), offset.current(), unsent.length - batch.length);
    const answer = await server.push(request);
    if (!answer.ok) {
      const { error } = answer;
      const indigestible = error.type === 'too-large' || (error.type === 'refused' && error.status === 400);
      if (!indigestible) {
        parts.onFailure(error);
        return { type: 'failed', failure: error };
      }
      if (batch.length > 1) {
        limit = halved(batch);
        continue;
      }
      const code: RefusalCode = error.type === 'too-large' ? 'too-large' : 'malformed';
      const refused = batch.map((entry) => ({
        id: entry.id,
        outcome: 'refused' as const,
        code,
        kept: 'tablet' as const,
      }));
      if (!(await applyOutcomes(store, clock, batch, refused)).ok) return { type: 'storage-failing' };
      continue;
    }
    limit = widened(limit);
    parts.onAnswer(answer.value);
    const applied = await applyOutcomes(store, clock, batch, answer.value.body.outcomes);
    if (!applied.ok) return { type: 'storage-failing' };
    for (const id of applied.waiting) later.add(id);
  }
}
