import type { Context, Hono } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister, type AdministrationAct } from '#shared/administration/rights.ts';
import {
  createStaffSchema,
  editStaffSchema,
  staffListSchema,
  staffRecordSchema,
} from '#shared/administration/staff.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import type { Result } from '#shared/lib/result.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { refuse, refusedFor, type AdministrationError } from './refuse.ts';
import type { StaffDesk } from './staff-desk.ts';
import type { StaffRecords } from './staff-records.ts';

export interface StaffRoutesDeps {
  readonly audit: Audit;
  readonly directory: () => Directory;
  readonly desk: StaffDesk;
  readonly records: StaffRecords;
  readonly oneAtATime: OneAtATime;
}

/** The largest form with its edit told twice. */
export const maxFormBytes = 64 * 1024;

/** The person a route is about, or the finished refusal: who may not do the act learns nothing about anybody. */
export async function targetOf(
  c: Context<AppEnv>,
  deps: Pick<StaffRoutesDeps, 'audit' | 'directory'>,
  act: AdministrationAct,
  action: string,
): Promise<PersonId | Response> {
  const { audit, directory } = deps;
  const actor = c.get('actor');
  const now = directory();
  const person = now.people.get(actor.person);
  const parsed = personIdSchema.safeParse(c.req.param('id'));
  const target = parsed.success && now.people.has(parsed.data) ? parsed.data : null;
  const permit =
    person === undefined
      ? null
      : mayAdminister({
          act,
          person,
          directory: now,
          at: actor.at,
          ...(target === null ? {} : { target }),
        });
  if (permit?.allowed !== true) {
    const code = permit?.allowed === false ? permit.refusal : 'not-permitted';
    const subjects = target === null ? [] : [target];
    return refuse(c, audit, { action, subjects }, refusedFor(refusal(code)));
  }
  return target ?? problem(c, 'not-found');
}

export function addStaffRoutes(routes: Hono<AppEnv>, deps: StaffRoutesDeps): void {
  const { audit, desk, directory, oneAtATime, records } = deps;

  /** The record as it is now, after a change. */
  async function answer(
    c: Context<AppEnv>,
    action: string,
    id: PersonId,
    done: Result<unknown, AdministrationError>,
  ): Promise<Response> {
    if (!done.ok) return refuse(c, audit, { action, subjects: [id] }, done.error);
    const [record] = await records.of([id], c.get('actor').at);
    return record === undefined ? problem(c, 'not-found') : c.json(record);
  }

  routes.get(
    '/',
    describe({
      summary: 'Everybody in the directory with their private numbers, by name',
      tag: 'administration',
      session: true,
      answer: staffListSchema,
      problems: ['forbidden'],
    }),
    async (c) => {
      const { person: id, at } = c.get('actor');
      const now = directory();
      const person = now.people.get(id);
      const permit = person && mayAdminister({ act: 'staff-read', person, directory: now, at });
      if (permit?.allowed !== true)
        return refuse(c, audit, { action: 'staff.list', subjects: [] }, refusedFor(refusal('not-permitted')));
      const staff = await records.of([...now.people.keys()], at);
      staff.sort((a, b) => a.fields.name.localeCompare(b.fields.name, 'en') || (a.id < b.id ? -1 : 1));
      await audit.recordRead(c.get('actor'), { action: 'staff.list', subjects: [] });
      return c.json({ staff });
    },
  );

  routes.get(
    '/:id',
    describe({
      summary: 'One person as the form shows them',
      tag: 'administration',
      session: true,
      answer: staffRecordSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, deps, 'staff-read', 'staff.read');
      if (target instanceof Response) return target;
      const [record] = await records.of([target], c.get('actor').at);
      return record === undefined ? problem(c, 'not-found') : c.json(record);
    },
  );

  routes.post(
    '/',
    describe({
      summary: 'Puts somebody into the directory; the same request again finds them there',
      tag: 'administration',
      session: true,
      body: createStaffSchema,
      answer: staffRecordSchema,
      problems: ['malformed', 'forbidden', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, createStaffSchema);
      if (!body.ok) return body.error;
      const { id, fields } = body.value;
      const done = await oneAtATime(() => desk.create(c.get('actor'), id, fields));
      return answer(c, 'staff.create', id, done);
    },
  );

  routes.patch(
    '/:id',
    describe({
      summary: 'Changes exactly the fields named; refused where somebody changed one of them meanwhile',
      tag: 'administration',
      session: true,
      body: editStaffSchema,
      answer: staffRecordSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'conflict', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, editStaffSchema);
      if (!body.ok) return body.error;
      const id = personIdSchema.safeParse(c.req.param('id'));
      if (!id.success) {
        const target = await targetOf(c, deps, 'staff-edit', 'staff.edit');
        return target instanceof Response ? target : problem(c, 'not-found');
      }
      const done = await oneAtATime(() => desk.edit(c.get('actor'), id.data, body.value));
      return answer(c, 'staff.edit', id.data, done);
    },
  );

  routes.delete(
    '/:id/lost-edits',
    describe({
      summary: 'Forgets edits that lost against another gateway’s, once somebody has looked at them',
      tag: 'administration',
      session: true,
      answer: staffRecordSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, deps, 'staff-edit', 'staff.drop-lost-edits');
      if (target instanceof Response) return target;
      const done = await oneAtATime(() => desk.dropLostEdits(c.get('actor'), target));
      return answer(c, 'staff.drop-lost-edits', target, done);
    },
  );
}
