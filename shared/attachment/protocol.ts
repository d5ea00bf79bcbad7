import { z } from 'zod';
import { maxChunksPerRequest, maxIdsPerRequest, wholeUpToBytes } from './limits.ts';

/**
 * The part of CouchDB's protocol that PouchDB's replication uses when it is told which documents (`doc_ids`) and keeps no checkpoint at the
 * server. Anything else is not there. Source: docs/decisions/0019-attachments.md
 */
export const attachmentsPath = '/api/attachments';
export const attachmentsDatabase = 'files';
/** The one attachment of each document. */
export const sealedName = 'sealed';
export const sealedType = 'application/octet-stream';

const idText = z.string().max(120);
const revText = z.string().regex(/^1-[0-9a-f]{32}$/);

/** `POST _changes?filter=_doc_ids` */
export const changesRequestSchema = z.strictObject({ doc_ids: z.array(idText).min(1).max(maxIdsPerRequest) });
export const changesAnswerSchema = z.object({
  results: z.array(
    z.object({ seq: z.int(), id: z.string(), changes: z.array(z.object({ rev: z.string() })) }),
  ),
  last_seq: z.int(),
  pending: z.int(),
});

/** `POST _revs_diff` */
export const revsDiffRequestSchema = z
  .record(idText, z.array(revText).min(1).max(4))
  .refine((asked) => Object.keys(asked).length <= maxIdsPerRequest, 'names too many documents');
export const revsDiffAnswerSchema = z.record(z.string(), z.object({ missing: z.array(z.string()) }));

const sealedAttachmentSchema = z.strictObject({
  content_type: z.literal(sealedType),
  /** Base64 of the sealed bytes of this chunk. */
  data: z.string().max(Math.ceil(wholeUpToBytes / 3) * 4),
  /** PouchDB tells what it knows of its own copy; none of it is believed. */
  digest: z.string().max(80).optional(),
  revpos: z.int().optional(),
  length: z.int().optional(),
});
const uploadedSchema = z.strictObject({
  _id: idText,
  _rev: revText,
  _revisions: z.strictObject({
    start: z.literal(1),
    ids: z.array(z.string().regex(/^[0-9a-f]{32}$/)).length(1),
  }),
  _attachments: z.strictObject({ [sealedName]: sealedAttachmentSchema }),
});
export type Uploaded = z.infer<typeof uploadedSchema>;

/** `POST _bulk_docs` */
export const bulkDocsRequestSchema = z.strictObject({
  docs: z.array(uploadedSchema).min(1).max(maxChunksPerRequest),
  new_edits: z.literal(false),
});
/** Why a chunk was not taken. `not-taken` says no more: nobody's event names it, or not yours, or not like this. */
export const uploadRefusalSchema = z.enum(['not-taken', 'wrong-size', 'wrong-digest', 'too-much']);
export type UploadRefusal = z.infer<typeof uploadRefusalSchema>;
/** Only what was not taken has a row, as CouchDB does with `new_edits: false`. */
export const bulkDocsAnswerSchema = z.array(
  z.object({ id: z.string(), error: z.literal('forbidden'), reason: uploadRefusalSchema }),
);

/** `POST _bulk_get` */
export const bulkGetRequestSchema = z.strictObject({
  docs: z
    .array(z.strictObject({ id: idText, rev: revText }))
    .min(1)
    .max(maxIdsPerRequest),
});
export const bulkGetAnswerSchema = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      docs: z.array(
        z.union([
          z.object({ ok: z.looseObject({ _id: z.string(), _rev: z.string() }) }),
          z.object({ error: z.object({ id: z.string(), rev: z.string(), error: z.literal('not_found') }) }),
        ]),
      ),
    }),
  ),
});

export const welcomeAnswerSchema = z.object({ couchdb: z.string(), uuid: z.string() });
/** Says nothing about what is stored. */
export const databaseAnswerSchema = z.object({
  db_name: z.string(),
  update_seq: z.int(),
  doc_count: z.int(),
});
