import { authoredConsultTypes } from '#shared/consult/events.ts';
import { heldEventSchema, type DocumentKind, type HeldEvent } from '#shared/event/envelope.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import type { RawRead } from './raw-database.ts';

/** What of a damaged database can go on living in a new one. */
export interface Salvaged {
  readonly entries: readonly OutboxEntry[];
  /** Workspace notes by key: drafts, settings, what was refused, what is offered back. */
  readonly notes: ReadonlyMap<string, unknown>;
  /** Living records that are no longer what they were; kept as they are for a person to read. */
  readonly damaged: readonly unknown[];
}

/** Checkpoints are not among them: a new database begins with nothing and pulls all again. */
const notesThatLive = ['draft:', 'setting:', 'set-aside:', 'offer:'];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A tombstone, as the engine writes it with and without its own index form. */
const isGone = (document: Readonly<Record<string, unknown>>): boolean =>
  document['_deleted'] === true || document['_deleted'] === '1';

const consultTypes: ReadonlySet<string> = new Set(authoredConsultTypes);

function kindOf(told: unknown, event: HeldEvent): DocumentKind {
  if (told === 'consult' || told === 'patient') return told;
  return consultTypes.has(event.type) ? 'consult' : 'patient';
}

function acceptedOf(told: unknown): OutboxEntry['accepted'] {
  if (!isObject(told) || typeof told['n'] !== 'number') return null;
  const receivedAt = instantSchema.safeParse(told['receivedAt']);
  return receivedAt.success ? { n: told['n'], receivedAt: receivedAt.data } : null;
}

/** null: its event is not whole. All that stands around the event can be made good. */
function readOutboxRecord(document: Readonly<Record<string, unknown>>): OutboxEntry | null {
  const record = isObject(document['record']) ? document['record'] : document;
  const parsed = heldEventSchema.safeParse(record['event']);
  if (!parsed.success) return null;
  const event = parsed.data;
  const { order } = document;
  const offset = record['offsetAtWritingMs'];
  return {
    id: event.id,
    document: event.document,
    kind: kindOf(record['kind'], event),
    order: typeof order === 'number' && Number.isInteger(order) && order >= 0 ? order : 0,
    event,
    accepted: acceptedOf(record['accepted']),
    offsetAtWritingMs: typeof offset === 'number' ? offset : null,
  };
}

/** Sorts what was read: what can be sent and written on, and what only a person can make sense of. Nothing is left out. */
export function salvage(read: Pick<RawRead, 'outbox' | 'workspace'>): Salvaged {
  const entries: OutboxEntry[] = [];
  const notes = new Map<string, unknown>();
  const damaged: unknown[] = [];
  for (const document of read.outbox) {
    if (isObject(document) && isGone(document)) continue;
    const entry = isObject(document) ? readOutboxRecord(document) : null;
    if (entry === null) damaged.push(document);
    else entries.push(entry);
  }
  for (const document of read.workspace) {
    if (isObject(document) && isGone(document)) continue;
    const key = isObject(document) ? document['id'] : undefined;
    const record = isObject(document) ? document['record'] : undefined;
    if (typeof key !== 'string' || !isObject(record) || !('value' in record)) damaged.push(document);
    else if (notesThatLive.some((prefix) => key.startsWith(prefix))) notes.set(key, record['value']);
  }
  return { entries, notes, damaged };
}
