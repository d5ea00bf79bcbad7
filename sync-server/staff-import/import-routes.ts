import { Hono, type Context } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { StaffRecords } from '#server/directory/staff-records.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody, readBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import type { Person } from '#shared/directory/staff.ts';
import { uuidSchema } from '#shared/lib/id.ts';
import { addMs } from '#shared/lib/instant.ts';
import { exportRows, templateRows } from '#shared/staff-import/export-rows.ts';
import {
  confirmImportSchema,
  importListSchema,
  importReportSchema,
  invitationsSchema,
  invitePeopleSchema,
  maxFileBytes,
  previewLifeMs,
  previewSchema,
  undoLifeMs,
  type ImportReport,
} from '#shared/staff-import/protocol.ts';
import { csvOf } from './csv-file.ts';
import type { ImportRunner } from './import-runner.ts';
import type { ImportStore, StoredPlan, StoredProgress } from './import-store.ts';
import type { Inviter } from './inviter.ts';
import { countsOf, previewFile } from './preview.ts';

export interface ImportRoutesDeps {
  readonly store: ImportStore;
  readonly runner: ImportRunner;
  readonly records: StaffRecords;
  readonly inviter: Inviter;
  readonly directory: DirectoryCache;
  readonly audit: Audit;
}

const path = '/api/staff-import';
const csvType = 'text/csv; charset=utf-8';

export function importFeature(deps: ImportRoutesDeps): Feature {
  const { audit, directory, inviter, records, runner, store } = deps;
  const routes = new Hono<AppEnv>();

  /** The person who asks, as they are now; a finished refusal when they may not import. */
  async function importer(c: Context<AppEnv>, action: string): Promise<Person | Response> {
    const actor = c.get('actor');
    await directory.caughtUp();
    const now = directory.current();
    const person = now.people.get(actor.person);
    if (person !== undefined) {
      const permit = mayAdminister({ act: 'import', person, directory: now, at: actor.at });
      if (permit.allowed) return person;
    }
    await audit.recordDenied(actor, { action, subjects: [] });
    return problem(c, 'forbidden', { refusals: [{ code: 'not-permitted' }] });
  }

  const isOver = (plan: StoredPlan, progress: StoredProgress | null, c: Context<AppEnv>): boolean =>
    addMs(plan.madeAt, progress === null ? previewLifeMs : undoLifeMs) < c.get('at');

  const stateOf = (progress: StoredProgress): ImportReport['state'] => {
    const isCutOff = runner.isCutOff(progress);
    if (progress.doing === 'undo') return progress.isDone ? 'undone' : isCutOff ? 'undo-cut-off' : 'undoing';
    return progress.isDone ? 'imported' : isCutOff ? 'cut-off' : 'importing';
  };

  function reportOf(plan: StoredPlan, progress: StoredProgress, c: Context<AppEnv>): ImportReport {
    const state = stateOf(progress);
    const wrote = progress.rows.some(({ outcome }) =>
      ['created', 'changed', 'reactivated'].includes(outcome),
    );
    const isStill = state === 'imported' || state === 'cut-off' || state === 'undo-cut-off';
    return {
      id: plan.id,
      state,
      by: plan.by,
      madeAt: plan.madeAt,
      done: progress.done,
      canUndo: isStill && wrote && !isOver(plan, progress, c),
      counts: countsOf(plan.rows.map(({ action }) => action)),
      rows: progress.rows,
    };
  }

  /** What stands under the id of the path. Absent and over look the same. */
  async function found(
    c: Context<AppEnv>,
  ): Promise<{ plan: StoredPlan; progress: StoredProgress | null } | Response> {
    const id = uuidSchema.safeParse(c.req.param('id'));
    const plan = id.success ? await store.plan(id.data) : null;
    if (plan === null) return problem(c, 'not-found');
    const progress = await runner.progress(plan.id);
    return isOver(plan, progress, c) ? problem(c, 'not-found') : { plan, progress };
  }

  function csvAnswer(c: Context<AppEnv>, rows: readonly (readonly string[])[], name: string): Response {
    return c.body(csvOf(rows), 200, {
      'content-type': csvType,
      'content-disposition': `attachment; filename="${name}"`,
    });
  }

  routes.get(
    '/',
    describe({
      summary: 'Imports of the last 30 days, newest first',
      tag: 'staff-import',
      session: true,
      answer: importListSchema,
      problems: ['forbidden'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.import-list');
      if (by instanceof Response) return by;
      const imports = [];
      for (const progress of await store.confirmed()) {
        const plan = await store.plan(progress.id);
        if (plan === null || isOver(plan, progress, c)) continue;
        const { rows: _rows, done: _done, ...report } = reportOf(plan, progress, c);
        imports.push(report);
      }
      return c.json({ imports });
    },
  );

  routes.get(
    '/template',
    describe({
      summary: 'An empty staff file with an example, as CSV',
      tag: 'staff-import',
      session: true,
      otherAnswer: { mediaType: 'text/csv', description: 'Titles and an example that nobody imports.' },
      problems: ['forbidden'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.import-template');
      if (by instanceof Response) return by;
      return csvAnswer(c, templateRows(directory.current()), 'staff-template.csv');
    },
  );

  routes.get(
    '/export',
    describe({
      summary: 'All staff as CSV; imported again, every row is unchanged',
      tag: 'staff-import',
      session: true,
      otherAnswer: {
        mediaType: 'text/csv',
        description: 'One row for each person, private fields included.',
      },
      problems: ['forbidden'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.export');
      if (by instanceof Response) return by;
      const actor = c.get('actor');
      const now = directory.current();
      const staff = await records.of([...now.people.keys()], actor.at);
      await audit.recordRead(actor, { action: 'staff.export', subjects: [] });
      return csvAnswer(c, exportRows(staff, now), 'staff.csv');
    },
  );

  routes.post(
    '/preview',
    describe({
      summary: 'What a staff file (text/csv, at most 2 MB and 5,000 people) would do; nobody is changed',
      tag: 'staff-import',
      session: true,
      answer: previewSchema,
      problems: ['forbidden', 'too-large', 'unsupported-media-type'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.import-preview');
      if (by instanceof Response) return by;
      const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
      const encoding = c.req.header('content-encoding') ?? 'identity';
      if (type !== 'text/csv' || encoding !== 'identity') return problem(c, 'unsupported-media-type');
      const bytes = await readBody(c.req.raw, c.get('maxBodyBytes'));
      if (!bytes.ok) return problem(c, bytes.error);
      const actor = c.get('actor');
      const preview = await previewFile(bytes.value, {
        store,
        records,
        directory: directory.current(),
        by,
        at: actor.at,
      });
      // It says who is there: as much as an export to whoever knows the addresses.
      await audit.recordRead(actor, {
        action: 'staff.import-preview',
        subjects: preview.id === null ? [] : [preview.id],
      });
      return c.json(preview);
    },
  );

  routes.get(
    '/:id',
    describe({
      summary: 'How far an import or its undoing is, row by row',
      tag: 'staff-import',
      session: true,
      answer: importReportSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.import-read');
      if (by instanceof Response) return by;
      const one = await found(c);
      if (one instanceof Response) return one;
      return one.progress === null ? problem(c, 'not-found') : c.json(reportOf(one.plan, one.progress, c));
    },
  );

  routes.post(
    '/:id/confirm',
    describe({
      summary: 'Do what was previewed. Only the one who previewed it may; repeating it makes nobody twice',
      tag: 'staff-import',
      session: true,
      body: confirmImportSchema,
      answer: importReportSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'conflict'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.import');
      if (by instanceof Response) return by;
      const body = await parseJsonBody(c, confirmImportSchema);
      if (!body.ok) return body.error;
      const one = await found(c);
      if (one instanceof Response) return one;
      if (one.plan.by !== by.id) return problem(c, 'not-found');
      if (one.plan.digest !== body.value.digest) return problem(c, 'conflict');
      return c.json(reportOf(one.plan, await runner.begin(one.plan, c.get('actor'), 'import'), c));
    },
  );

  routes.post(
    '/:id/undo',
    describe({
      summary: 'Take an import back: who was made is deactivated, what nobody changed since is set back',
      tag: 'staff-import',
      session: true,
      answer: importReportSchema,
      problems: ['forbidden', 'not-found', 'conflict'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.undo');
      if (by instanceof Response) return by;
      const one = await found(c);
      if (one instanceof Response) return one;
      if (one.progress === null) return problem(c, 'not-found');
      const isUnderWay = one.progress.doing === 'undo';
      if (!isUnderWay && !reportOf(one.plan, one.progress, c).canUndo) return problem(c, 'conflict');
      return c.json(reportOf(one.plan, await runner.begin(one.plan, c.get('actor'), 'undo'), c));
    },
  );

  routes.post(
    '/:id/invitations',
    describe({
      summary: 'One-time links for people this import made: by mail, or shown once to be printed',
      tag: 'staff-import',
      session: true,
      body: invitePeopleSchema,
      answer: invitationsSchema,
      problems: ['malformed', 'forbidden', 'not-found'],
    }),
    async (c) => {
      const by = await importer(c, 'staff.import-invite');
      if (by instanceof Response) return by;
      const body = await parseJsonBody(c, invitePeopleSchema);
      if (!body.ok) return body.error;
      const one = await found(c);
      if (one instanceof Response) return one;
      const made = new Map(
        (one.progress?.rows ?? []).flatMap((row) => (row.outcome === 'created' ? [[row.person, row]] : [])),
      );
      const rows = body.value.people.flatMap((person) => made.get(person) ?? []);
      if (rows.length !== body.value.people.length) return problem(c, 'not-found');
      return c.json({ invitations: await inviter.invite(c.get('actor'), rows, body.value.by) });
    },
  );

  return { path, access: 'session', routes, maxBodyBytes: maxFileBytes };
}
