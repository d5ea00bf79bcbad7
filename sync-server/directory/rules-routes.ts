import { Hono } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { policyRefusals } from '#shared/administration/department-checks.ts';
import { permissionMatrix, permissionMatrixSchema } from '#shared/administration/permission-matrix.ts';
import { policyPreviewRequestSchema, policyPreviewSchema } from '#shared/administration/policy.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { playPolicy } from '#shared/escalation/preview.ts';
import { refuse, refusedFor } from './refuse.ts';

/** A draft of a policy, played. */
export function policyRoutes(deps: {
  readonly audit: Audit;
  readonly directory: () => Directory;
}): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post(
    '/preview',
    describe({
      summary: 'Plays a draft policy against the rota as it stands: who would be woken when. Stores nothing',
      tag: 'administration',
      session: true,
      body: policyPreviewRequestSchema,
      answer: policyPreviewSchema,
      problems: ['malformed', 'forbidden', 'refused'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, policyPreviewRequestSchema);
      if (!body.ok) return body.error;
      const { department, urgency, policy, targets } = body.value;
      const { person: id, at } = c.get('actor');
      const directory = deps.directory();
      const act = { action: 'policy.preview', subjects: [department] };
      const person = directory.people.get(id);
      const permit = person && mayAdminister({ act: 'policy-edit', person, directory, at, department });
      if (permit?.allowed !== true) return refuse(c, deps.audit, act, refusedFor(refusal('not-permitted')));
      if (!directory.departments.has(department))
        return refuse(c, deps.audit, act, refusedFor(refusal('unknown-department', 'department')));
      const from = body.value.from ?? at;
      const problems = policyRefusals(policy, directory, 'policy');
      // Steps that are not in order, or call without pause, would be played as they stand: what it says would not be what is stored.
      const isPlayable = !problems.some(
        ({ code }) => code === 'policy-loops' || code === 'policy-out-of-order',
      );
      const calls = isPlayable
        ? playPolicy({ department, urgency, directory, from, policy, targets }).map((call) => ({
            ...call,
            people: call.people.map(({ person: who, as }) => ({ person: who, as })),
          }))
        : [];
      return c.json({ from, calls, problems });
    },
  );
  return routes;
}

/** The tables by which the server decides, for the page that shows them. */
export function permissionRoutes(directory: () => Directory): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(
    '/',
    describe({
      summary: 'Who may do what, from the tables by which the server decides, and what the asking person may',
      tag: 'administration',
      session: true,
      answer: permissionMatrixSchema,
    }),
    (c) => {
      const { person, at } = c.get('actor');
      const now = directory();
      const known = now.people.get(person);
      return known === undefined ? problem(c, 'forbidden') : c.json(permissionMatrix(known, now, at));
    },
  );
  return routes;
}
