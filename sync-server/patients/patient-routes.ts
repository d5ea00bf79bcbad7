import { Hono, type Context } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { heldScopeOf, type HeldScope } from '#server/sync/held-scope.ts';
import { localTimeOf } from '#shared/directory/local-time.ts';
import { patientIdSchema, type PatientId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import {
  historyRequestSchema,
  openRequestSchema,
  patientRecordAnswerSchema,
  searchAnswerSchema,
  searchLimit,
  searchRequestSchema,
  type OpenReason,
} from '#shared/patient/online.ts';
import { mayOpenOutside } from '#shared/patient/patient-permissions.ts';
import type { OpenedPatients } from './opened-patients.ts';
import type { RecordReader } from './record-reader.ts';
import type { OnlineSearch } from './online-search.ts';

export interface PatientRoutesDeps {
  readonly audit: Audit;
  readonly clock: Clock;
  readonly directory: DirectoryCache;
  readonly records: RecordReader;
  readonly opened: OpenedPatients;
  readonly search: OnlineSearch;
}

const common = { tag: 'patients', session: true } as const;
const small = { maxBytes: 8 * 1024 };
const reasonText = ({ kind, words }: OpenReason): string =>
  words.trim() === '' ? kind : `${kind}: ${words.trim()}`;

/** Everything under /api/patients. What is read is recorded before it leaves; what is out of reach and what is not there look the same. */
export function createPatientRoutes(deps: PatientRoutesDeps): Hono<AppEnv> {
  const { audit, clock, directory, records } = deps;
  const routes = new Hono<AppEnv>();

  function scopeOf(c: Context<AppEnv>): Result<HeldScope, Response> {
    const scope = heldScopeOf(c.get('actor').person, directory.current(), clock.now());
    if (scope.ok) return scope;
    return err(
      scope.error.type === 'directory-not-loaded'
        ? problem(c, 'unavailable', { retryAfterSeconds: 2 })
        : problem(c, 'forbidden'),
    );
  }
  function patientOf(c: Context<AppEnv>): Result<PatientId, Response> {
    const id = patientIdSchema.safeParse(c.req.param('id'));
    return id.success ? ok(id.data) : err(problem(c, 'not-found'));
  }
  function mayOpen(c: Context<AppEnv>): boolean {
    const known = directory.current();
    const person = known.people.get(c.get('actor').person);
    return person !== undefined && mayOpenOutside(person, known, clock.now());
  }

  routes.post(
    '/search',
    describe({
      ...common,
      summary:
        'Patients of the whole hospital by MRN, name, ward or bed; outside one’s departments only enough to recognise them.',
      body: searchRequestSchema,
      answer: searchAnswerSchema,
      problems: ['malformed', 'forbidden', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, searchRequestSchema, small);
      if (!body.ok) return body.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const asOf = clock.now();
      const timeZone = directory.current().organisation?.timeZone ?? 'UTC';
      const found = await deps.search.find(body.value.query, {
        scope: scope.value,
        showsOutside: mayOpen(c),
        limit: searchLimit,
        today: localTimeOf(asOf, timeZone).date,
      });
      if (found.hits.length > 0)
        await audit.recordRead(c.get('actor'), {
          action: 'patient.search',
          subjects: found.hits.map(({ id }) => id),
        });
      return c.json({ ...found, asOf });
    },
  );

  routes.post(
    '/:id/history',
    describe({
      ...common,
      summary: 'A patient within one’s reach with all their consults of one’s departments, however old.',
      body: historyRequestSchema,
      answer: patientRecordAnswerSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, historyRequestSchema, small);
      if (!body.ok) return body.error;
      const id = patientOf(c);
      if (!id.ok) return id.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const record = records.isWithin(id.value, scope.value)
        ? await records.read(id.value, scope.value)
        : null;
      if (record === null) return problem(c, 'not-found');
      await audit.recordRead(c.get('actor'), {
        action: 'patient.history',
        subjects: [id.value, ...record.consults.map((consult) => consult.id)],
      });
      return c.json({ ...record, asOf: clock.now() });
    },
  );

  routes.post(
    '/:id/open',
    describe({
      ...common,
      summary: 'Another department’s patient with all their consults, for a reason that is recorded first.',
      body: openRequestSchema,
      answer: patientRecordAnswerSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'unavailable'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, openRequestSchema, small);
      if (!body.ok) return body.error;
      const id = patientOf(c);
      if (!id.ok) return id.error;
      const scope = scopeOf(c);
      if (!scope.ok) return scope.error;
      const actor = c.get('actor');
      const reason = reasonText(body.value.reason);
      if (!mayOpen(c)) {
        await audit.recordDenied(actor, { action: 'patient.break-glass', subjects: [id.value], reason });
        return problem(c, 'forbidden');
      }
      const record = await records.read(id.value, null);
      if (record === null) return problem(c, 'not-found');
      await audit.recordRead(actor, {
        action: 'patient.break-glass',
        subjects: [id.value, ...record.consults.map((consult) => consult.id)],
        reason,
      });
      await deps.opened.note(actor.person, id.value, clock.now());
      return c.json({ ...record, asOf: clock.now() });
    },
  );
  return routes;
}
