import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { setActiveSchema } from '#shared/administration/departments.ts';
import { testSendSchema } from '#shared/administration/organisation.ts';
import { problemSchema } from '#shared/lib/problem.ts';
import { pendingAuditKey } from '#server/audit/pending.ts';
import type { DatabaseName } from '#server/store/port.ts';
import { personId, uuidOf } from '#tests/builders.ts';
import type { TestSession } from '#tests/server.ts';
import { cardiology, newStaff, people, startTown, type Town } from './town.ts';

let town: Town;
let chief: TestSession;
beforeAll(async () => {
  town = await startTown();
  chief = await town.session('chief');
});
afterAll(() => town.server.close());

/** No such import and no such device: a body that happens to be good finds nothing. */
const unknown = uuidOf('unknown');
const targets: readonly (readonly [string, string])[] = [
  ['POST', '/api/staff'],
  ['PATCH', `/api/staff/${people.doctor.id}`],
  // A head is not let go, and who has no account gets no link, however good the body.
  ['POST', `/api/staff/${people.head.id}/deactivate`],
  ['POST', `/api/staff/${people.nurse.id}/invitation`],
  ['POST', `/api/staff/${people.nurse.id}/reset`],
  ['POST', '/api/departments'],
  ['PATCH', `/api/departments/${cardiology}`],
  ['POST', `/api/departments/${cardiology}/active`],
  ['PATCH', '/api/organisation'],
  ['POST', '/api/organisation/test-send'],
  ['POST', `/api/rota/${cardiology}/2026-W10/edit`],
  ['POST', '/api/rota/swaps'],
  ['POST', `/api/staff-import/${unknown}/confirm`],
  ['POST', `/api/staff-import/${unknown}/invitations`],
  ['PUT', `/api/devices/${unknown}/name`],
  ['POST', `/api/devices/${unknown}/revocation`],
];

/** Bodies that resemble good ones: a known shape with one place replaced by anything. None is what stands there now. */
const good: readonly unknown[] = [
  { id: personId('fuzz'), fields: newStaff({ designation: 'nobody-knows' }) },
  { was: { name: 'never', phone: 'never' }, becomes: { name: 'x', phone: '1' } },
  {
    was: { memberships: [], permissions: ['manage-permissions'] },
    becomes: { memberships: [], permissions: ['manage-staff'] },
  },
  { was: { targets: {}, policies: {} }, becomes: { targets: {}, policies: {} } },
  { handOverTo: people.colleague.id },
  { by: 'screen' },
  { active: false },
  { channel: 'email' },
];

function replaced(value: unknown, at: number, by: unknown): unknown {
  let place = at;
  const walk = (part: unknown): unknown => {
    if (place-- === 0) return by;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, walk(member)]));
  };
  return walk(value);
}

const strange = fc.oneof(
  fc.constantFrom<unknown>('', '\u202e', '\u0000', '\ud800', '__proto__', -1, 1e308, [], {}, null, true),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constant('x'.repeat(70_000)),
);
const body = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .tuple(fc.constantFrom(...good), fc.nat(30), strange)
    .map(([model, at, by]) => JSON.stringify(replaced(model, at, by)))
    .filter((text) => !good.some((model) => JSON.stringify(model) === text)),
);

/** Good where it happens to come about, and without effect: a department that is in use is put into use; nobody has a mailbox to test. */
function isHarmless(path: string, text: string): boolean {
  const schema = path.endsWith('/active')
    ? setActiveSchema
    : path.endsWith('/test-send')
      ? testSendSchema
      : null;
  if (schema === null) return false;
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    // Not even JSON.
    return false;
  }
}

const stores: readonly DatabaseName[] = ['directory', 'accounts', 'consults', 'patients'];
/** All that is stored, but for what the audit takes over at its own pace. */
async function everything(): Promise<string> {
  const rows = await Promise.all(
    stores.map((name) =>
      town.server.store.database(name).scan({ startKey: '', limit: 10_000, includeDocs: true }),
    ),
  );
  return JSON.stringify(
    rows.map((list) => list.map(({ id, doc }) => [id, { ...doc?.body, [pendingAuditKey]: null }])),
  );
}

const pathsSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({ tags: z.array(z.string()).optional(), requestBody: z.unknown().optional() }),
    ),
  ),
});
const administrative = new Set(['administration', 'rota', 'staff-import']);

describe('strange bodies at every route of administration', () => {
  it('are sent to every route that takes JSON: one that is missing from the list fails here', async () => {
    const { paths } = pathsSchema.parse(await (await chief.get('/api/openapi.json')).json());
    const wanted = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { tags = [], requestBody }]) =>
        requestBody !== undefined &&
        (tags.some((tag) => administrative.has(tag)) || path.startsWith('/api/devices/'))
          ? [`${method.toUpperCase()} ${path}`]
          : [],
      ),
    );
    const isLike = (route: string, target: string): boolean =>
      new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(target);
    const all = targets.map((target) => target.join(' '));
    expect(wanted.length).toBeGreaterThan(12);
    expect(wanted.filter((route) => !all.some((target) => isLike(route, target)))).toEqual([]);
  });

  it.each(targets)(
    '%s %s answers each with a 4xx problem, and nothing is stored',
    async (method, path) => {
      const before = await everything();
      await fc.assert(
        fc.asyncProperty(body, async (text) => {
          fc.pre(!isHarmless(path, text));
          const response = await chief.request(path, {
            method,
            body: text,
            headers: { 'content-type': 'application/json' },
          });
          const said = await response.text();
          expect([response.status >= 400 && response.status < 500, text, said]).toEqual([true, text, said]);
          const problem = problemSchema.parse(JSON.parse(said));
          expect(problem.status).toBe(response.status);
        }),
        { numRuns: 120 },
      );
      expect(await everything()).toBe(before);
    },
    60_000,
  );
});
