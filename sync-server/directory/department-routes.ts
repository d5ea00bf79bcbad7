import { Hono, type Context } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import {
  createDepartmentSchema,
  departmentListSchema,
  departmentRecordSchema,
  editDepartmentSchema,
  setActiveSchema,
  type DepartmentRecord,
} from '#shared/administration/departments.ts';
import { isSame } from '#shared/administration/edit.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { departmentsFor } from '#shared/administration/rights.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { Department } from '#shared/directory/department.ts';
import { departmentIdSchema, type DepartmentId } from '#shared/lib/id.ts';
import type { Result } from '#shared/lib/result.ts';
import { fieldsOfDepartment, type DepartmentDesk } from './department-desk.ts';
import { differingFields, type DirectoryRecord, type DirectoryRecords } from './directory-records.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { refuse, refusedFor, type AdministrationError } from './refuse.ts';

export interface DepartmentRoutesDeps {
  readonly audit: Audit;
  readonly directory: () => Directory;
  readonly desk: DepartmentDesk;
  readonly records: DirectoryRecords;
  readonly oneAtATime: OneAtATime;
}

function recordOf({ document, lastChange, lost }: DirectoryRecord<Department>): DepartmentRecord {
  const fields = fieldsOfDepartment(document);
  return {
    id: document.id,
    fields,
    active: document.active,
    lastChange,
    lostEdits: lost.map((one) => ({
      fields: differingFields(fields, fieldsOfDepartment(one.document), isSame),
      change: one.change,
    })),
  };
}

export function departmentRoutes(deps: DepartmentRoutesDeps): Hono<AppEnv> {
  const { audit, desk, directory, oneAtATime, records } = deps;
  const routes = new Hono<AppEnv>();

  /** Departments whose form this person may open: every one, or those they lead. */
  function visibleTo(c: Context<AppEnv>): readonly DepartmentId[] | 'all' {
    const { person: id, at } = c.get('actor');
    const now = directory();
    const person = now.people.get(id);
    if (person === undefined) return [];
    return departmentsFor('rota-edit', { person, directory: now, at });
  }

  const forbidden = (c: Context<AppEnv>, action: string, subjects: readonly string[]) =>
    refuse(c, audit, { action, subjects }, refusedFor(refusal('not-permitted')));

  /** The id of the path, or the finished refusal. */
  async function idOf(c: Context<AppEnv>, action: string): Promise<DepartmentId | Response> {
    const id = departmentIdSchema.safeParse(c.req.param('id'));
    const visible = visibleTo(c);
    const known = id.success && directory().departments.has(id.data) ? id.data : null;
    if (visible === 'all') return known ?? problem(c, 'not-found');
    if (known !== null && visible.includes(known)) return known;
    return forbidden(c, action, known === null ? [] : [known]);
  }

  async function answer(
    c: Context<AppEnv>,
    action: string,
    id: DepartmentId,
    done: Result<unknown, AdministrationError>,
  ): Promise<Response> {
    if (!done.ok) return refuse(c, audit, { action, subjects: [id] }, done.error);
    const [record] = await records.of('department', [id]);
    return record === undefined ? problem(c, 'not-found') : c.json(recordOf(record));
  }

  routes.get(
    '/',
    describe({
      summary: 'Departments with their settings, by name; for a head or receiver those they lead',
      tag: 'administration',
      session: true,
      answer: departmentListSchema,
      problems: ['forbidden'],
    }),
    async (c) => {
      const visible = visibleTo(c);
      if (visible !== 'all' && visible.length === 0) return forbidden(c, 'department.list', []);
      const ids = visible === 'all' ? [...directory().departments.keys()] : visible;
      const departments = (await records.of('department', ids)).map(recordOf);
      departments.sort((a, b) => a.fields.name.localeCompare(b.fields.name, 'en') || (a.id < b.id ? -1 : 1));
      return c.json({ departments });
    },
  );
  routes.get(
    '/:id',
    describe({
      summary: 'One department as the form shows it',
      tag: 'administration',
      session: true,
      answer: departmentRecordSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const id = await idOf(c, 'department.read');
      if (id instanceof Response) return id;
      const [record] = await records.of('department', [id]);
      return record === undefined ? problem(c, 'not-found') : c.json(recordOf(record));
    },
  );
  routes.post(
    '/',
    describe({
      summary: 'A new department; the same request again finds it there',
      tag: 'administration',
      session: true,
      body: createDepartmentSchema,
      answer: departmentRecordSchema,
      problems: ['malformed', 'forbidden', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, createDepartmentSchema);
      if (!body.ok) return body.error;
      const { id, fields } = body.value;
      const done = await oneAtATime(() => desk.create(c.get('actor'), id, fields));
      return answer(c, 'department.create', id, done);
    },
  );
  routes.patch(
    '/:id',
    describe({
      summary: 'Changes exactly the fields named; a head may change the receiver of their department alone',
      tag: 'administration',
      session: true,
      body: editDepartmentSchema,
      answer: departmentRecordSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'conflict', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, editDepartmentSchema);
      if (!body.ok) return body.error;
      const id = await idOf(c, 'department.edit');
      if (id instanceof Response) return id;
      const done = await oneAtATime(() => desk.edit(c.get('actor'), id, body.value));
      return answer(c, 'department.edit', id, done);
    },
  );
  routes.post(
    '/:id/active',
    describe({
      summary:
        'Takes a department out of use, or back into it; not with open consults, people or departments below',
      tag: 'administration',
      session: true,
      body: setActiveSchema,
      answer: departmentRecordSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, setActiveSchema);
      if (!body.ok) return body.error;
      const { active } = body.value;
      const action = active ? 'department.activate' : 'department.deactivate';
      const id = await idOf(c, action);
      if (id instanceof Response) return id;
      const done = await oneAtATime(() => desk.setActive(c.get('actor'), id, active));
      return answer(c, action, id, done);
    },
  );
  routes.delete(
    '/:id/lost-edits',
    describe({
      summary: 'Forgets edits that lost against another gateway’s, once somebody has looked at them',
      tag: 'administration',
      session: true,
      answer: departmentRecordSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const action = 'department.drop-lost-edits';
      const id = await idOf(c, action);
      if (id instanceof Response) return id;
      return answer(c, action, id, await oneAtATime(() => desk.dropLostEdits(c.get('actor'), id)));
    },
  );
  return routes;
}
