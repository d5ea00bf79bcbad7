import { canonicalJson } from '#shared/event/canonical.ts';
import { addToDigest, digestText, emptyDigest } from '#shared/sync/digest.ts';

interface Versioned {
  readonly id: string;
  readonly n?: number | undefined;
  readonly seal?: string | undefined;
}

/**
 * Version of an event document: how many events, and a digest of their ids and seals. The same on every gateway and in every store, also
 * after a restore. The seal covers an event's bytes and stamps, so a change in either changes the version. `others`: fields of a newer
 * build beside the events.
 */
export function versionOfEvents(
  events: readonly Versioned[],
  others: Readonly<Record<string, unknown>> = {},
): string {
  let digest = emptyDigest;
  for (const [field, value] of Object.entries(others))
    digest = addToDigest(digest, field, canonicalJson(value));
  for (const event of events) digest = addToDigest(digest, event.id, event.seal ?? String(event.n ?? ''));
  return `${String(events.length)}.${digestText(digest)}`;
}

/** How many events a version stands for; null for text that is no version of an event document. */
export function eventsInVersion(version: string): number | null {
  const found = /^(\d{1,6})\.[0-9a-z]+$/.exec(version);
  return found === null ? null : Number(found[1]);
}

/** Version of a document that is not made of events: a digest of its content. */
export const versionOfContent = (content: Readonly<Record<string, unknown>>): string =>
  digestText(addToDigest(emptyDigest, '', canonicalJson(content)));
