import type { StoredDocument } from '#server/store/port.ts';
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

export function versionOf(collection: CollectionName, body: Readonly<Record<string, unknown>>): string {
  if (!isEventDatabase(collection)) return versionOfContent(body);
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
  const text = `{"id":${JSON.stringify(id)},"version":"${version}","content":${JSON.stringify(body)}}`;
  cache.put(collection, id, version, text);
  return text;
}

export const goneText = (id: string): string => `{"id":${JSON.stringify(id)},"gone":true}`;
