import type { Hono } from 'hono';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import {
  deactivatedSchema,
  deactivateSchema,
  openWorkSchema,
  staffRecordSchema,
} from '#shared/administration/staff.ts';
import type { Departures } from './departures.ts';
import { refuse } from './refuse.ts';
import { targetOf, type StaffRoutesDeps } from './staff-routes.ts';

/** How somebody leaves, and comes back. */
export function addDepartureRoutes(
  routes: Hono<AppEnv>,
  deps: StaffRoutesDeps & { readonly departures: Departures },
): void {
  const { audit, departures, desk, oneAtATime, records } = deps;

  routes.get(
    '/:id/open-work',
    describe({
      summary: 'What stands in somebody’s name: open consults, turns of duty, departments they lead',
      tag: 'administration',
      session: true,
      answer: openWorkSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, deps, 'staff-read', 'staff.open-work');
      if (target instanceof Response) return target;
      const { consults, shifts, headOf, receiverOf } = await departures.dutiesOf(target, c.get('actor').at);
      return c.json({
        consults: consults.map(({ id, reference, receiving }) => ({ id, reference, department: receiving })),
        shifts,
        headOf,
        receiverOf,
      });
    },
  );

  routes.post(
    '/:id/deactivate',
    describe({
      summary:
        'Takes somebody out of use: sessions end, open consults are handed over or go back to their departments',
      tag: 'administration',
      session: true,
      body: deactivateSchema,
      answer: deactivatedSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, deactivateSchema);
      if (!body.ok) return body.error;
      const action = 'staff.deactivate';
      const target = await targetOf(c, deps, 'staff-deactivate', action);
      if (target instanceof Response) return target;
      const actor = c.get('actor');
      const left = await oneAtATime(() => departures.deactivate(actor, target, body.value.handOverTo));
      if (!left.ok) return refuse(c, audit, { action, subjects: [target] }, left.error);
      const [person] = await records.of([target], actor.at);
      if (person === undefined) return problem(c, 'not-found');
      return c.json({ person, consults: left.value.consults, shifts: left.value.shifts });
    },
  );

  routes.post(
    '/:id/activate',
    describe({
      summary: 'Puts somebody back into use, with the departments and permissions they had',
      tag: 'administration',
      session: true,
      answer: staffRecordSchema,
      problems: ['forbidden', 'not-found', 'refused'],
    }),
    async (c) => {
      const action = 'staff.activate';
      const target = await targetOf(c, deps, 'staff-deactivate', action);
      if (target instanceof Response) return target;
      const actor = c.get('actor');
      const done = await oneAtATime(() => desk.setActive(actor, target, true));
      if (!done.ok) return refuse(c, audit, { action, subjects: [target] }, done.error);
      const [record] = await records.of([target], actor.at);
      return record === undefined ? problem(c, 'not-found') : c.json(record);
    },
  );
}
