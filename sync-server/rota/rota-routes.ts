import type { Context, Hono } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import { daysOfWeek, type IsoWeek } from '#shared/directory/local-time.ts';
import type { RotaEditError } from '#shared/directory/rota-edit.ts';
import { rotaEditSchema, rotaWeekAnswerSchema, type RotaRefusal } from '#shared/directory/rota-protocol.ts';
import { departmentIdSchema, type DepartmentId } from '#shared/lib/id.ts';
import type { RotaWeeks } from './rota-weeks.ts';

const refusalOf = ({ row, fault }: RotaEditError): RotaRefusal =>
  row === null ? { code: fault } : { code: fault, path: `changes.${String(row)}` };

/** Reading and editing a week of a department's rota. */
export function addRotaRoutes(
  routes: Hono<AppEnv>,
  deps: {
    readonly weeks: RotaWeeks;
    readonly directory: Pick<DirectoryCache, 'current'>;
    readonly audit: Audit;
  },
): void {
  const { weeks, directory, audit } = deps;

  /** null: no such department, or no such week in any year. */
  function placeOf(c: Context<AppEnv>): { department: DepartmentId; week: IsoWeek } | null {
    const department = departmentIdSchema.safeParse(c.req.param('department'));
    const week = c.req.param('week') ?? '';
    if (!department.success || !directory.current().departments.has(department.data)) return null;
    return daysOfWeek(week) === null ? null : { department: department.data, week };
  }
  function mayEdit(c: Context<AppEnv>, department: DepartmentId): boolean {
    const present = directory.current();
    const person = present.people.get(c.get('actor').person);
    if (person === undefined) return false;
    const at = c.get('at');
    return mayAdminister({ act: 'rota-edit', person, directory: present, at, department }).allowed;
  }

  routes.get(
    '/:department/:week',
    describe({
      summary: 'A week of a rota, with the weeks beside it and what is wrong with it',
      tag: 'rota',
      session: true,
      answer: rotaWeekAnswerSchema,
      problems: ['not-found'],
    }),
    (c) => {
      const place = placeOf(c);
      if (place === null) return problem(c, 'not-found');
      return c.json(weeks.read(place.department, place.week, mayEdit(c, place.department)));
    },
  );
  routes.post(
    '/:department/:week/edit',
    describe({
      summary: 'Changes a week of a rota, all of the list or nothing',
      tag: 'rota',
      session: true,
      body: rotaEditSchema,
      answer: rotaWeekAnswerSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'conflict', 'refused'],
    }),
    async (c) => {
      const place = placeOf(c);
      if (place === null) return problem(c, 'not-found');
      const { department, week } = place;
      if (!mayEdit(c, department)) {
        await audit.recordDenied(c.get('actor'), { action: 'rota.edit', subjects: [department] });
        return problem(c, 'forbidden', { refusals: [{ code: 'not-permitted' }] });
      }
      const body = await parseJsonBody(c, rotaEditSchema);
      if (!body.ok) return body.error;
      const edited = await weeks.edit(c.get('actor'), department, week, body.value.changes);
      if (edited.ok) return c.json(weeks.read(department, week, true));
      const refusals = edited.error.map(refusalOf);
      const met = refusals.filter(({ code }) => code === 'changed-meanwhile');
      if (met.length === 0) return problem(c, 'refused', { refusals });
      const fields = met.map(({ path = '' }) => ({ path, message: 'was changed meanwhile' }));
      return problem(c, 'conflict', { fields, refusals });
    },
  );
}
