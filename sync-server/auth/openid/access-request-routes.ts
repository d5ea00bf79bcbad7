import { Hono, type Context } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { Accounts } from '#server/auth/accounts.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { problem } from '#server/http/problem.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import { accessRequestsSchema } from '#shared/session/openid.ts';
import type { AccessRequests } from './access-requests.ts';

/** Who asked for access, for those who may make people. */
export function accessRequestFeature(deps: {
  readonly requests: AccessRequests;
  readonly accounts: Pick<Accounts, 'byEmail'>;
  readonly directory: DirectoryCache;
  readonly audit: Audit;
}): Feature {
  const { accounts, audit, directory, requests } = deps;
  const routes = new Hono<AppEnv>();

  async function refusalOf(c: Context<AppEnv>, action: string): Promise<Response | null> {
    const actor = c.get('actor');
    const now = directory.current();
    const person = now.people.get(actor.person);
    const permit =
      person === undefined
        ? null
        : mayAdminister({ act: 'staff-edit', person, directory: now, at: actor.at });
    if (permit?.allowed === true) return null;
    await audit.recordDenied(actor, { action, subjects: [] });
    return problem(c, 'forbidden', { refusals: [{ code: 'not-permitted' }] });
  }

  routes.get(
    '/',
    describe({
      summary: 'Who the issuer vouches for and asked for access, the newest first',
      tag: 'access-requests',
      session: true,
      answer: accessRequestsSchema,
      problems: ['forbidden'],
    }),
    async (c) => {
      const refusal = await refusalOf(c, 'access-request.list');
      if (refusal !== null) return refusal;
      const waiting = [];
      // Who has been made a person meanwhile needs nothing more.
      for (const one of await requests.list())
        if ((await accounts.byEmail(one.email)) === null) waiting.push(one);
      return c.json({ requests: waiting });
    },
  );

  routes.delete(
    '/:id',
    describe({
      summary: 'Dismiss somebody’s request for access; they may ask again',
      tag: 'access-requests',
      session: true,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const action = 'access-request.dismiss';
      const refusal = await refusalOf(c, action);
      if (refusal !== null) return refusal;
      const id = c.req.param('id');
      const isThere = /^[0-9a-f]{64}$/.test(id) && (await requests.list()).some((one) => one.id === id);
      if (!isThere) return problem(c, 'not-found');
      await requests.dismiss(id, { actor: c.get('actor'), act: { action, subjects: [id] } });
      return c.body(null, 204);
    },
  );

  return { path: '/api/access-requests', access: 'session', routes };
}
