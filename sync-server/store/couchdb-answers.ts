import { z } from 'zod';
import type { StoredDocument } from './port.ts';
import { bodyOf } from './stored-document.ts';

/** What the adapter relies on in CouchDB's answers (API 3.x); other fields pass by. */

const rawSchema = z.looseObject({
  _id: z.string(),
  _rev: z.string(),
  _deleted: z.boolean().optional(),
  _conflicts: z.array(z.string()).optional(),
  _revisions: z.object({ start: z.number(), ids: z.array(z.string()) }).optional(),
});
export type RawDocument = z.infer<typeof rawSchema>;

export function storedOf(raw: RawDocument): StoredDocument {
  const document: StoredDocument = { id: raw._id, rev: raw._rev, body: bodyOf(raw) };
  if (raw._conflicts !== undefined && raw._conflicts.length > 0) document.conflicts = raw._conflicts;
  return document;
}

export const okSchema = z.looseObject({ ok: z.literal(true) });

export const infoSchema = z.looseObject({
  update_seq: z.union([z.string(), z.number()]).transform(String),
  doc_count: z.number(),
});

export const allDocsSchema = z.looseObject({
  rows: z.array(
    z.looseObject({
      id: z.string().optional(),
      key: z.string(),
      value: z.looseObject({ rev: z.string(), deleted: z.boolean().optional() }).nullish(),
      doc: rawSchema.nullish(),
      error: z.string().optional(),
    }),
  ),
});

export const bulkDocsSchema = z.array(
  z.looseObject({
    id: z.string().optional(),
    ok: z.boolean().optional(),
    rev: z.string().optional(),
    error: z.string().optional(),
  }),
);

export const bulkGetSchema = z.looseObject({
  results: z.array(
    z.looseObject({
      id: z.string(),
      docs: z.array(z.looseObject({ ok: rawSchema.optional(), error: z.unknown().optional() })),
    }),
  ),
});

export const changesSchema = z.looseObject({
  results: z.array(
    z.looseObject({
      id: z.string(),
      seq: z.union([z.string(), z.number()]).transform(String),
      changes: z.array(z.looseObject({ rev: z.string() })).min(1),
      deleted: z.boolean().optional(),
      doc: rawSchema.nullish(),
    }),
  ),
  last_seq: z.union([z.string(), z.number()]).transform(String),
});

export const viewSchema = z.looseObject({
  rows: z.array(
    z.looseObject({ id: z.string(), key: z.json(), value: z.unknown().optional(), doc: rawSchema.nullish() }),
  ),
});

export const designSchema = z.looseObject({ _rev: z.string(), views: z.unknown().optional() });
