import {
  maxDocumentBytes,
  maxDocumentEvents,
  maxEventBytes,
  fullShare,
  systemAuthor,
  type HeldEvent,
} from './envelope.ts';

/** Length of the text in UTF-8. A lone surrogate counts three, as its replacement character does. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const low = text.charCodeAt(i + 1);
      // A pair is two units and four bytes.
      if (low >= 0xdc00 && low <= 0xdfff) i++;
    }
  }
  return bytes;
}

/** Bytes of the events as JSON, stamps included. */
export function eventsBytes(events: readonly HeldEvent[]): number {
  let bytes = 0;
  for (const event of events) bytes += utf8Bytes(JSON.stringify(event));
  return bytes;
}

/**
 * Share of the tighter of a document's two limits (bytes, events) that people's acts have used; over 1 once closing acts went past it. What the
 * server adds does not count: an escalation that went on for days must not shut out the one who answers it.
 */
export function fullnessOf(all: readonly HeldEvent[]): number {
  const events = all.filter(({ author }) => author !== systemAuthor);
  return Math.max(events.length / maxDocumentEvents, eventsBytes(events) / maxDocumentBytes);
}

/** True without measuring when so few events cannot reach `fullShare`, whatever they hold. */
export const cannotBeFull = (events: readonly HeldEvent[]): boolean =>
  events.length * (maxEventBytes + 1024) < maxDocumentBytes * fullShare;
