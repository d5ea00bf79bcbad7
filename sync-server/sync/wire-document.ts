import { pendingAuditKey } from '#server/audit/pending.ts';
import type { StoredDocument } from '#server/store/port.ts';
import { directoryDocumentSchema } from '#shared/directory/directory.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { CollectionName } from '#shared/sync/protocol.ts';
import { versionOfContent, versionOfEvents } from './document-version.ts';
import type { WireCache } from './wire-cache.ts';

/** Databases whose documents are nothing but events. */
export type EventDatabase = 'consults' | 'patients';
export const isEventDatabase = (name: CollectionName): name is EventDatabase =>
  name === 'consults' || name === 'patients';

/** The events of one of our own stored documents; the store holds what `accept` parsed, so only the shape is looked at. */
export function eventsOf(body: Readonly<Record<string, unknown>>): HeldEvent[] {
  const events = body['events'];
  return Array.isArray(events) ? (events as HeldEvent[]) : [];
}

/**
 * What tablets may see of a document: who changed it, where from and why is the audit's alone. Of the directory exactly what its schema lists, so that
 * nothing kept beside it leaves by being forgotten here; of a document that cannot be read only its kind and id.
 */
function contentOf(
  collection: CollectionName,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (collection === 'directory') {
    const parsed = directoryDocumentSchema.safeParse(body);
    return parsed.success ? parsed.data : { kind: body['kind'], id: body['id'] };
  }
  if (body[pendingAuditKey] === undefined) return body;
  const { [pendingAuditKey]: _pending, ...content } = body;
  return content;
}

export function versionOf(collection: CollectionName, body: Readonly<Record<string, unknown>>): string {
  if (!isEventDatabase(collection)) return versionOfContent(contentOf(collection, body));
  const { kind: _kind, id: _id, events: _events, ...others } = body;
  return versionOfEvents(eventsOf(body), others);
}

/** A `WireDocument` as JSON text; made once, however many tablets it goes to. */
export function wireText(
  cache: WireCache,
  collection: CollectionName,
  { id, body }: Pick<StoredDocument, 'id' | 'body'>,
): string {
  const version = versionOf(collection, body);
  const held = cache.get(collection, id, version);
  if (held !== null) return held;
  const text = `{"id":${JSON.stringify(id)},"version":"${version}","content":${JSON.stringify(contentOf(collection, body))}}`;
  cache.put(collection, id, version, text);
  return text;
}

export const goneText = (id: string): string => `{"id":${JSON.stringify(id)},"gone":true}`;
