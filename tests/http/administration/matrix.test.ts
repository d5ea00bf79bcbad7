import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/lib/problem.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { membership, patientContent, patientId, person, personId } from '#tests/builders.ts';
import { TestTablet } from '#tests/http/sync/gateway.ts';
import { testOrigin } from '#tests/server.ts';
import type { Person } from '#shared/directory/staff.ts';
import { ownDepartmentOf, routeRules, type Case, type RouteRule } from './route-rules.ts';
import {
  cardiology,
  emailOf,
  medicine,
  office,
  people,
  startTown,
  town as documents,
  type Name,
  type Town,
} from './town.ts';

/*
 * Every route of the app × every kind of person × their own department and another. What is expected comes from the very tables by which the
 * server decides; who may what by those tables is written out by hand in tests/unit/administration/rights.test.ts.
 */

let town: Town;
const patientOf = new Map<DepartmentId, Case['patient']>(
  [medicine, cardiology, office].map((department) => [department, patientId(`of ${department}`)]),
);
beforeAll(async () => {
  town = await startTown({ directory: [...documents, ...memberOf.values()] });
  const physician = new TestTablet(await town.session('physician'), town.server);
  const doctor = new TestTablet(await town.session('doctor'), town.server);
  for (const [tablet, department] of [
    [physician, medicine],
    [doctor, cardiology],
  ] as const) {
    const document = patientOf.get(department)!;
    const outcomes = await tablet.push([
      tablet.writePatient('registered', { content: patientContent({ department, mrn: null }) }, { document }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted']);
  }
}, 60_000);
afterAll(() => town.server.close());

/** Those the routes are tried upon: they have no account, so that nothing comes of it. Who belongs to the office holds everything. */
const memberOf: ReadonlyMap<DepartmentId, Person> = new Map([
  [medicine, person('in medicine', [membership(medicine, 'nurse')])],
  [cardiology, person('in cardiology', [membership(cardiology, 'doctor')])],
  [office, { ...people.deputy, id: personId('in the office'), name: 'in the office' }],
]);

function caseOf(name: Name, place: 'own' | 'foreign'): Case {
  const who: Person = people[name];
  const at = town.server.clock.now();
  const own = ownDepartmentOf(who, at);
  const department = place === 'own' ? own : own === cardiology ? medicine : cardiology;
  return {
    person: who,
    directory: town.server.parts.directory.current(),
    at,
    department,
    target: memberOf.get(department)!.id,
    patient: patientOf.get(department)!,
  };
}

const signedOut = new Set(['not-signed-in', 'session-ended', 'password-change-needed']);

/** What the server made of it: `signed-out`, `denied`, `absent`, or `let-in` whatever came then. */
async function outcomeOf(response: Response): Promise<string> {
  if (response.ok) {
    await response.body?.cancel();
    return 'let-in';
  }
  const { code, status } = problemSchema.parse(await response.json());
  if (status >= 500) return `failed: ${code}`;
  if (signedOut.has(code)) return 'signed-out';
  if (code === 'forbidden') return 'denied';
  return code === 'not-found' ? 'absent' : 'let-in';
}

const [methodAndPath, nothing] = [/^([A-Z]+) (\S+)/, {}];
function requestOf(route: string, rule: RouteRule, asked: Case): { path: string; init: RequestInit } {
  const [, method = '', pattern = ''] = methodAndPath.exec(route) ?? [];
  const path = rule.path?.(asked) ?? pattern;
  if (method === 'GET') return { path, init: { method } };
  const body = JSON.stringify(rule.body?.(asked) ?? nothing);
  return {
    path,
    init: { method, body, headers: { 'content-type': 'application/json', origin: testOrigin } },
  };
}

function expected({ access }: RouteRule, asked: Case): readonly string[] {
  if (access === 'public' || access === 'session' || access.may(asked)) return ['let-in', 'absent'];
  return access.hides === true ? ['absent'] : ['denied'];
}

const routes = Object.entries(routeRules);
const names = Object.keys(people) as Name[];

describe('every route of the app', () => {
  it('stands in the table, and every one in the table is there', () => {
    const served = town.server.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/'))
      .map(({ method, path }) => `${method} ${path}`);
    const listed = routes.map(([route]) => methodAndPath.exec(route)?.[0]);
    expect([...new Set(listed)].sort()).toEqual([...new Set(served)].sort());
  });

  it.each(routes)('%s asks strangers for a session, unless it is public', async (route, rule) => {
    const { path, init } = requestOf(route, rule, caseOf('chief', 'own'));
    const outcome = await outcomeOf(await town.server.app.request(path, init));
    if (rule.access === 'public') expect(['let-in', 'absent', 'signed-out']).toContain(outcome);
    else expect(outcome).toBe('signed-out');
  });

  it.each(routes.filter(([, { access, spends }]) => access !== 'public' && spends !== true))(
    '%s lets in exactly those who may, in their own department and in another',
    async (route, rule) => {
      const wrong: string[] = [];
      for (const name of names) {
        const session = await town.session(name);
        for (const place of ['own', 'foreign'] as const) {
          const asked = caseOf(name, place);
          const { path, init } = requestOf(route, rule, asked);
          const outcome = await outcomeOf(await session.request(path, init));
          if (!expected(rule, asked).includes(outcome))
            wrong.push(`${name} in ${place}: ${outcome} instead of ${expected(rule, asked).join(' or ')}`);
        }
      }
      expect(wrong).toEqual([]);
    },
    30_000,
  );

  it.each(routes.filter(([, { spends }]) => spends === true))(
    '%s is for whoever is signed in',
    async (route, rule) => {
      const session = await town.server.signIn(emailOf('clerk'));
      const { path, init } = requestOf(route, rule, caseOf('clerk', 'own'));
      expect(await outcomeOf(await session.request(path, init))).toBe('let-in');
      expect((await session.get('/api/session')).status).toBe(401);
    },
  );

  it('nothing was changed by any of it', () => {
    const { people: held, departments } = town.server.parts.directory.current();
    expect(held.size).toBe(names.length + memberOf.size);
    expect([...held.values()].every(({ active }) => active)).toBe(true);
    expect(departments.size).toBe(3);
  });
});
