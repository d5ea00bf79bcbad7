import { Hono } from 'hono';
import type { z } from 'zod';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { maxUploadRequestBytes } from '#shared/attachment/limits.ts';
import {
  attachmentsDatabase,
  bulkDocsAnswerSchema,
  bulkDocsRequestSchema,
  bulkGetAnswerSchema,
  bulkGetRequestSchema,
  changesAnswerSchema,
  changesRequestSchema,
  databaseAnswerSchema,
  revsDiffAnswerSchema,
  revsDiffRequestSchema,
  sealedName,
  sealedType,
  welcomeAnswerSchema,
} from '#shared/attachment/protocol.ts';
import { parseSealedId, revOf } from '#shared/attachment/sealed-id.ts';
import { createAskedFiles } from './asked-files.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { FileAccess } from './file-access.ts';
import type { ReadLog } from './read-log.ts';
import { digestOf, type SealedStore } from './sealed-store.ts';
import { judgeUpload } from './upload.ts';

export interface AttachmentRoutesDeps {
  readonly files: SealedStore;
  readonly access: FileAccess;
  readonly audit: Audit;
  readonly reads: ReadLog;
  readonly uploads: ByteBudget;
  readonly downloads: ByteBudget;
}

const common = { tag: 'attachments', session: true } as const;
const small = { maxBytes: 64 * 1024 };
const upload = { maxBytes: maxUploadRequestBytes };
const positionOf = (text: string | undefined): number | null =>
  /^\d{1,6}$/.test(text ?? '0') ? Number(text ?? '0') : null;

/**
 * Everything under /api/attachments: what PouchDB's replication asks of a CouchDB when it is told which documents, and no more. Every id is
 * looked up in the consult it names; what is not there, not whole, not accepted or not yours is answered alike.
 * Source: docs/decisions/0019-attachments.md
 */
export function createAttachmentRoutes(deps: AttachmentRoutesDeps): Hono<AppEnv> {
  const { files, access } = deps;
  const routes = new Hono<AppEnv>();
  const database = `/${attachmentsDatabase}` as const;

  routes.get(
    '/',
    describe({ ...common, summary: 'What PouchDB asks a server for its name.', answer: welcomeAnswerSchema }),
    (c) =>
      c.json({ couchdb: 'Welcome', uuid: 'hospital-consult' } satisfies z.infer<typeof welcomeAnswerSchema>),
  );
  routes.get(
    database,
    describe({ ...common, summary: 'The same for everybody: tells nothing.', answer: databaseAnswerSchema }),
    (c) => c.json({ db_name: attachmentsDatabase, update_seq: 0, doc_count: 0 }),
  );

  routes.post(
    `${database}/_changes`,
    describe({
      ...common,
      summary:
        'Which of the named chunks of sealed files can be fetched; only with filter=_doc_ids, never live.',
      body: changesRequestSchema,
      answer: changesAnswerSchema,
      problems: ['malformed', 'too-large', 'unavailable'],
    }),
    async (c) => {
      const since = positionOf(c.req.query('since'));
      const limit = positionOf(c.req.query('limit') ?? '1000');
      const isLive = c.req.query('feed') !== undefined && c.req.query('feed') !== 'normal';
      if (since === null || limit === null || isLive || c.req.query('filter') !== '_doc_ids')
        return problem(c, 'malformed');
      const body = await parseJsonBody(c, changesRequestSchema, small);
      if (!body.ok) return body.error;
      const asked = createAskedFiles(files, (consult) =>
        access.readable(c.get('actor').person, consult, c.get('at')),
      );
      // A place is a place in this very question: nothing of the store shows.
      const ids = [...new Set(body.value.doc_ids)].sort();
      const results: z.infer<typeof changesAnswerSchema>['results'] = [];
      for (const [at, id] of ids.entries()) {
        if (at < since || results.length >= limit) continue;
        const rev = await asked.wholeRev(id);
        if (rev !== null) results.push({ seq: at + 1, id, changes: [{ rev }] });
      }
      const last_seq = results.length >= limit ? (results.at(-1)?.seq ?? since) : ids.length;
      return c.json({ results, last_seq, pending: 0 } satisfies z.infer<typeof changesAnswerSchema>);
    },
  );

  routes.post(
    `${database}/_revs_diff`,
    describe({
      ...common,
      summary:
        'Which chunks of one’s own files the server has not got. Of anything else it says that it has not.',
      body: revsDiffRequestSchema,
      answer: revsDiffAnswerSchema,
      problems: ['malformed', 'too-large'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, revsDiffRequestSchema, small);
      if (!body.ok) return body.error;
      const asked = createAskedFiles(files, (consult) => access.sendable(c.get('actor').person, consult));
      const answer: z.infer<typeof revsDiffAnswerSchema> = {};
      for (const [id, revs] of Object.entries(body.value)) {
        const held = await asked.settledRev(id, c.get('at'));
        const missing = revs.filter((rev) => rev !== held);
        if (missing.length > 0) answer[id] = { missing };
      }
      return c.json(answer);
    },
  );

  routes.post(
    `${database}/_bulk_docs`,
    describe({
      ...common,
      summary:
        'Takes chunks of sealed files that an accepted event of this person names, with its digest and size; rows only for what was not taken.',
      body: bulkDocsRequestSchema,
      answer: bulkDocsAnswerSchema,
      problems: ['malformed', 'too-large', 'unsupported-media-type', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, bulkDocsRequestSchema, upload);
      if (!body.ok) return body.error;
      const { person } = c.get('actor');
      const at = c.get('at');
      const asked = createAskedFiles(files, (consult) => access.sendable(person, consult));
      const rows: z.infer<typeof bulkDocsAnswerSchema> = [];
      for (const uploaded of body.value.docs) {
        const judged = await judgeUpload(uploaded, asked.named);
        if (!judged.ok) {
          rows.push({ id: uploaded._id, error: 'forbidden', reason: judged.error });
          continue;
        }
        const { at: id, named, bytes } = judged.value;
        if (await asked.isWhole(id)) continue;
        if (!deps.uploads.take(person, bytes.length, at)) {
          rows.push({ id: uploaded._id, error: 'forbidden', reason: 'too-much' });
          continue;
        }
        await files.put({ ...id, bytes, storedAt: at });
        if ((await files.settle(id.consult, named, at)) === 'wrong-digest')
          rows.push({ id: uploaded._id, error: 'forbidden', reason: 'wrong-digest' });
      }
      return c.json(rows);
    },
  );

  routes.post(
    `${database}/_bulk_get`,
    describe({
      ...common,
      summary: 'Chunks by id and rev, their bytes left out: those are fetched one by one.',
      body: bulkGetRequestSchema,
      answer: bulkGetAnswerSchema,
      problems: ['malformed', 'too-large', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, bulkGetRequestSchema, small);
      if (!body.ok) return body.error;
      const asked = createAskedFiles(files, (consult) =>
        access.readable(c.get('actor').person, consult, c.get('at')),
      );
      const results: z.infer<typeof bulkGetAnswerSchema>['results'] = [];
      for (const { id, rev } of body.value.docs) {
        const held = await asked.wholeRev(id);
        results.push({
          id,
          docs: [
            held === rev
              ? {
                  ok: {
                    _id: id,
                    _rev: rev,
                    _revisions: { start: 1, ids: [rev.slice(2)] },
                    _attachments: {
                      [sealedName]: { content_type: sealedType, revpos: 1, digest: `rev-${rev}`, stub: true },
                    },
                  },
                }
              : { error: { id, rev, error: 'not_found' } },
          ],
        });
      }
      return c.json({ results } satisfies z.infer<typeof bulkGetAnswerSchema>);
    },
  );

  routes.get(
    `${database}/:id/${sealedName}`,
    describe({
      ...common,
      summary: 'The sealed bytes of one chunk. Who reads which file is recorded before they leave.',
      otherAnswer: { mediaType: sealedType, description: 'Ciphertext.' },
      problems: ['not-found', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      const actor = c.get('actor');
      const id = parseSealedId(c.req.param('id'));
      const named =
        id === null ? undefined : (await access.readable(actor.person, id.consult, c.get('at'))).get(id.file);
      const bytes =
        id === null || named === undefined ? null : await files.read(id.consult, id.file, id.chunk);
      const rev = c.req.query('rev');
      if (id === null || bytes === null || (rev !== undefined && rev !== revOf(digestOf(bytes))))
        return problem(c, 'not-found');
      if (!deps.downloads.take(actor.person, bytes.length, c.get('at')))
        return problem(c, 'rate-limited', { retryAfterSeconds: 60 });
      if (deps.reads.isNew(actor, id)) {
        await deps.audit.recordRead(actor, { action: 'attachment.read', subjects: [id.consult, id.file] });
        deps.reads.note(actor, id);
      }
      return c.body(new Uint8Array(bytes), 200, { 'content-type': sealedType, 'cache-control': 'no-store' });
    },
  );
  return routes;
}
