import type { Write } from './port.ts';

/** What CouchDB takes by default; the embedded store keeps the same limit, so that both refuse alike. */
export const maxStoredBytes = 8_000_000;

/** JSON.stringify escapes nothing but lone surrogates as \ud…; a backslash before it means it is text. */
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/;

/** Why no store would take this write; null when nothing speaks against it. Same answer for every adapter. */
export function rejectionOf(write: Write): string | null {
  if (write.rev !== undefined && !/^[1-9]\d{0,8}-[0-9a-f]{32}$/.test(write.rev)) return 'not a rev';
  if (write.id === '' || write.id.startsWith('_')) return 'id not allowed';
  for (const key of Object.keys(write.body)) {
    if (key.startsWith('_')) return 'a key begins with an underscore';
  }
  const text = JSON.stringify([write.id, write.body]);
  if (text.length > maxStoredBytes) return 'too large';
  // No character is more than three bytes for each of its code units.
  if (text.length > maxStoredBytes / 3 && Buffer.byteLength(text) > maxStoredBytes) return 'too large';
  // Looked for first as it is: the expression steps through every document, and hardly any has one.
  if (text.includes('\\ud') && loneSurrogate.test(text)) return 'not well-formed Unicode';
  return null;
}

/** The document without the store's own keys. */
export function bodyOf(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const key of Object.keys(raw)) {
    if (!key.startsWith('_')) body[key] = raw[key];
  }
  return body;
}

/** As the store takes it. */
export function rawOf(write: Write): Record<string, unknown> {
  return {
    ...write.body,
    _id: write.id,
    ...(write.rev === undefined ? {} : { _rev: write.rev }),
    ...(write.deleted === true ? { _deleted: true } : {}),
  };
}

/** Design documents live beside the documents and are no part of what the port shows. */
export const isDesignId = (id: string): boolean => id.startsWith('_design/');

export const generationOf = (rev: string): number => Number.parseInt(rev, 10);
