import { Hono, type Context } from 'hono';
import { stream } from 'hono/streaming';
import type { z } from 'zod';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { fieldsOf, parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import {
  auditExportSchema,
  auditPageSchema,
  auditQuerySchema,
  auditReadsSchema,
  auditVerdictSchema,
  maxAuditPage,
  type AuditFilter,
  type AuditVerdict,
} from '#shared/audit/protocol.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { createChainList } from './chain-list.ts';
import type { AuditKey } from './entry-hash.ts';
import { exportPieces } from './export.ts';
import { storeOfflineReads } from './offline-reads.ts';
import { placeFromCursor, searchAudit } from './search.ts';
import { verifyAudit } from './verify.ts';

const defaultPage = 50;
const tag = 'audit';

export type AuditRoutesDeps = Pick<ServerParts, 'audit' | 'directory' | 'logger' | 'store'>;

/** Verifies with what this process knows of its own chain; several who ask at once wait for the same answer. */
export function auditVerifier(
  deps: Pick<ServerParts, 'audit' | 'store'>,
  key: AuditKey,
): () => Promise<AuditVerdict> {
  let running: Promise<AuditVerdict> | null = null;
  const run = async (): Promise<AuditVerdict> => {
    try {
      await deps.audit.keepHead();
      const head = deps.audit.head();
      return await verifyAudit(deps.store.database('audit'), key, head === null ? [] : [head]);
    } finally {
      running = null;
    }
  };
  return () => (running ??= run());
}

function queryOf<S extends z.ZodType>(c: Context<AppEnv>, schema: S): Result<z.output<S>, Response> {
  const parsed = schema.safeParse(c.req.query());
  return parsed.success
    ? ok(parsed.data)
    : err(problem(c, 'malformed', { fields: fieldsOf(parsed.error, schema) }));
}

/** What was looked for belongs into the entry about the looking; free words do not. */
const subjectsOf = ({ person, subject }: AuditFilter): string[] =>
  [person, subject].flatMap((one) => (one !== undefined && /^[\w:-]{1,120}$/.test(one) ? [one] : []));

/** Reading the record of who did what; itself recorded. And what tablets tell of reading without a network. */
export function auditFeature(deps: AuditRoutesDeps, key: AuditKey): Feature {
  const { audit, directory, logger, store } = deps;
  const routes = new Hono<AppEnv>();
  const verify = auditVerifier(deps, key);
  const chains = createChainList(store.database('audit'), () => audit.head());

  /** null: they may. */
  async function refusalFor(c: Context<AppEnv>, action: string): Promise<Response | null> {
    const actor = c.get('actor');
    const now = directory.current();
    const person = now.people.get(actor.person);
    const permit =
      person === undefined
        ? null
        : mayAdminister({ act: 'audit-read', person, directory: now, at: actor.at });
    if (permit?.allowed === true) return null;
    await audit.recordDenied(actor, { action, subjects: [] });
    return problem(c, 'forbidden');
  }

  routes.get(
    '/',
    describe({
      summary: 'What was done, by whom and when; newest first. The looking is recorded too.',
      tag,
      session: true,
      answer: auditPageSchema,
      problems: ['malformed', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const refusal = await refusalFor(c, 'audit.read');
      if (refusal !== null) return refusal;
      const query = queryOf(c, auditQuerySchema);
      if (!query.ok) return query.error;
      const { cursor, limit = defaultPage, ...filter } = query.value;
      const after = cursor === undefined ? null : placeFromCursor(cursor);
      if (cursor !== undefined && after === null)
        return problem(c, 'malformed', { fields: [{ path: 'cursor', message: 'is not valid' }] });
      const page = await searchAudit(store, chains, filter).next(Math.min(limit, maxAuditPage), after);
      await audit.recordRead(c.get('actor'), { action: 'audit.read', subjects: subjectsOf(filter) });
      return c.json(page, 200, { 'cache-control': 'no-store' });
    },
  );

  routes.get(
    '/export',
    describe({
      summary: 'The same as a file: CSV, or one JSON object a line',
      tag,
      session: true,
      otherAnswer: {
        mediaType: 'text/csv',
        description: 'CSV, or application/x-ndjson with `format=ndjson`.',
      },
      problems: ['malformed', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const refusal = await refusalFor(c, 'audit.export');
      if (refusal !== null) return refusal;
      const query = queryOf(c, auditExportSchema);
      if (!query.ok) return query.error;
      const { format = 'csv', ...filter } = query.value;
      await audit.recordWrite(c.get('actor'), { action: 'audit.export', subjects: subjectsOf(filter) });
      const { people } = directory.current();
      const names = new Map<string, string>([...people].map(([id, { name }]) => [id, name]));
      c.header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
      c.header('content-disposition', `attachment; filename="audit-${c.get('at').slice(0, 10)}.${format}"`);
      c.header('cache-control', 'no-store');
      return stream(
        c,
        async (out) => {
          for await (const piece of exportPieces(
            searchAudit(store, chains, filter, 'all'),
            format,
            (id) => names.get(id) ?? '',
          ))
            await out.write(piece);
        },
        (error) => {
          logger.error({ err: error }, 'an export of the audit ended early');
          return Promise.resolve();
        },
      );
    },
  );

  routes.get(
    '/verify',
    describe({
      summary: 'Whether anything in the audit was changed, removed, reordered or added',
      tag,
      session: true,
      answer: auditVerdictSchema,
      problems: ['forbidden', 'unavailable'],
    }),
    async (c) => {
      const refusal = await refusalFor(c, 'audit.verify');
      if (refusal !== null) return refusal;
      const verdict = await verify();
      await audit.recordRead(c.get('actor'), { action: 'audit.verify', subjects: [] });
      return c.json(verdict, 200, { 'cache-control': 'no-store' });
    },
  );

  routes.post(
    '/reads',
    describe({
      summary: "What the session's person opened on this tablet while it was not connected; each counts once",
      tag,
      session: true,
      body: auditReadsSchema,
      problems: ['malformed', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, auditReadsSchema);
      if (!body.ok) return body.error;
      await storeOfflineReads(
        { database: store.database('audit'), trail: audit, key },
        c.get('actor'),
        body.value.reads,
      );
      return c.body(null, 204);
    },
  );

  return { path: '/api/audit', access: 'session', routes };
}
