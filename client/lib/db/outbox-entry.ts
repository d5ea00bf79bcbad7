import { isEvent } from '$lib/sync/document-events.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { StoredOutboxEntry } from './schemas.ts';

function isSound({ id, order, record }: StoredOutboxEntry): boolean {
  // The storage may have damaged it: then it is anything.
  const told: unknown = record;
  if (typeof told !== 'object' || told === null || typeof order !== 'number') return false;
  const { event, kind, document } = record;
  return (
    isEvent(event) &&
    event.id === id &&
    event.document === document &&
    (kind === 'consult' || kind === 'patient')
  );
}

/** What can be sent. A damaged record is left out: one that cannot be sent must not hold up those behind it. */
export const outboxEntries = (stored: readonly StoredOutboxEntry[]): OutboxEntry[] =>
  stored
    .filter(isSound)
    .map((entry) => ({ ...entry.record, id: entry.id, order: entry.order }) as OutboxEntry);

/** Records of the outbox that this build cannot make sense of; they stay where they are. */
export const damagedEntries = (stored: readonly StoredOutboxEntry[]): StoredOutboxEntry[] =>
  stored.filter((entry) => !isSound(entry));
