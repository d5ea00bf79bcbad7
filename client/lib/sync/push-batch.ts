import type { Instant } from '#shared/lib/instant.ts';
import { maxPushBytes, maxPushItems, type PushRequest } from '#shared/sync/protocol.ts';
import { clockJumped } from './clock-offset.ts';
import type { OutboxEntry } from './tablet-store.ts';

/** Room for the request around its items. */
const frameBytes = 512;

export interface BatchLimit {
  readonly items: number;
  readonly bytes: number;
}
export const widestBatch: BatchLimit = { items: maxPushItems, bytes: maxPushBytes - frameBytes };

const encoder = new TextEncoder();
const bytesOf = (entry: OutboxEntry): number => encoder.encode(JSON.stringify(entry.event)).length + 64;

/** The first entries that fit, in order; always at least one. */
export function takeBatch(entries: readonly OutboxEntry[], limit: BatchLimit): readonly OutboxEntry[] {
  let bytes = 0;
  let count = 0;
  for (const entry of entries) {
    bytes += bytesOf(entry);
    if (count > 0 && (bytes > limit.bytes || count >= limit.items)) break;
    count++;
  }
  return entries.slice(0, count);
}

/** Half of what was just too much. */
export function halved(batch: readonly OutboxEntry[]): BatchLimit {
  return { items: Math.max(1, Math.floor(batch.length / 2)), bytes: widestBatch.bytes };
}

/** After a success: twice as many again, up to the most there may be. */
export const widened = (limit: BatchLimit): BatchLimit => ({
  ...limit,
  items: Math.min(widestBatch.items, limit.items * 2),
});

export function pushRequest(
  batch: readonly OutboxEntry[],
  sentAt: Instant,
  offsetMs: number | null,
  unsentAfter: number,
): PushRequest {
  return {
    sentAt,
    unsentAfter,
    items: batch.map((entry) => ({
      event: entry.event,
      clockJumped: clockJumped(entry.offsetAtWritingMs, offsetMs),
    })),
  };
}

/** As they were written: the tablet's own count, then cause, then id. */
export function inOrderOfWriting(entries: readonly OutboxEntry[]): OutboxEntry[] {
  return [...entries].sort(
    (a, b) =>
      a.order - b.order || a.event.lamport - b.event.lamport || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}
