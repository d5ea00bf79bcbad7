import { Hono, type Context } from 'hono';
import { z } from 'zod';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { hasPermission } from '#shared/directory/membership.ts';
import { permissionSchema } from '#shared/directory/staff.ts';
import { personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { emailSchema } from '#shared/session/protocol.ts';
import type { Accounts } from './accounts.ts';
import { linkAddress, type Links } from './links.ts';

const createAccountRequestSchema = z.strictObject({ person: personIdSchema, email: emailSchema });
/** To be handed to the person by hand or mail; shown once. */
const linkAnswerSchema = z.object({ address: z.string(), endsAt: instantSchema });

export interface AccountRoutesDeps {
  readonly accounts: Accounts;
  readonly links: Links;
  readonly directory: Pick<DirectoryCache, 'current'>;
  readonly audit: Audit;
  readonly publicOrigin: string;
}

/** Who lets whom in: invitations, resets and signing others out. */
export function accountFeature(deps: AccountRoutesDeps): Feature {
  const { accounts, audit, directory, links } = deps;
  const routes = new Hono<AppEnv>();

  /** A reset hands over all that the other person may do: nobody gets more that way than they have. */
  function mayManage(manager: PersonId, target: PersonId, at: Instant): boolean {
    const { people } = directory.current();
    const [by, of] = [people.get(manager), people.get(target)];
    if (by === undefined || of === undefined || !hasPermission(by, 'manage-staff', at)) return false;
    return permissionSchema.options.every(
      (permission) => !hasPermission(of, permission, at) || hasPermission(by, permission, at),
    );
  }

  /** The person an act is about; a finished refusal when there is none or the actor may not. */
  async function targetOf(c: Context<AppEnv>, action: string): Promise<PersonId | Response> {
    const actor = c.get('actor');
    const manager = directory.current().people.get(actor.person);
    const isManager = manager !== undefined && hasPermission(manager, 'manage-staff', actor.at);
    const person = personIdSchema.safeParse(c.req.param('person'));
    const target = person.success && (await accounts.get(person.data)) !== null ? person.data : null;
    if (isManager && target === null) return problem(c, 'not-found');
    if (target !== null && mayManage(actor.person, target, actor.at)) return target;
    await audit.recordDenied(actor, { action, subjects: target === null ? [] : [target] });
    return problem(c, 'forbidden');
  }

  routes.post(
    '/',
    describe({
      summary: 'Give a person of the directory an account; the answer is their invitation link',
      tag: 'accounts',
      session: true,
      body: createAccountRequestSchema,
      answer: linkAnswerSchema,
      problems: ['malformed', 'forbidden', 'not-found', 'conflict'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, createAccountRequestSchema);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const { person, email } = body.value;
      const { people } = directory.current();
      const manager = people.get(actor.person);
      if (
        manager === undefined ||
        !hasPermission(manager, 'manage-staff', actor.at) ||
        (people.has(person) && !mayManage(actor.person, person, actor.at))
      ) {
        await audit.recordDenied(actor, { action: 'account.create', subjects: [person] });
        return problem(c, 'forbidden');
      }
      if (!people.has(person)) return problem(c, 'not-found');
      const created = await accounts.create({ person, email, at: actor.at });
      if (!created.ok || created.value.passwordHash !== null) return problem(c, 'conflict');
      const { token, endsAt } = await links.make({ purpose: 'invitation', person, at: actor.at });
      await audit.recordWrite(actor, { action: 'account.create', subjects: [person] });
      return c.json({ address: linkAddress(deps.publicOrigin, token, 'invitation'), endsAt });
    },
  );

  routes.post(
    '/:person/reset',
    describe({
      summary: 'A one-time link by which the person sets a new password; their sessions end when it is used',
      tag: 'accounts',
      session: true,
      answer: linkAnswerSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, 'account.reset');
      if (target instanceof Response) return target;
      const actor = c.get('actor');
      const { token, endsAt } = await links.make({ purpose: 'reset', person: target, at: actor.at });
      await audit.recordWrite(actor, { action: 'account.reset', subjects: [target] });
      return c.json({ address: linkAddress(deps.publicOrigin, token, 'reset'), endsAt });
    },
  );

  routes.post(
    '/:person/require-password-change',
    describe({
      summary: 'After their next request the person can do nothing but change the password',
      tag: 'accounts',
      session: true,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, 'account.require-password-change');
      if (target instanceof Response) return target;
      await accounts.requirePasswordChange(target);
      await audit.recordWrite(c.get('actor'), {
        action: 'account.require-password-change',
        subjects: [target],
      });
      return c.body(null, 204);
    },
  );

  routes.delete(
    '/:person/sessions',
    describe({
      summary: 'Sign the person out everywhere',
      tag: 'accounts',
      session: true,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, 'account.end-sessions');
      if (target instanceof Response) return target;
      await accounts.endSessions(target);
      await audit.recordWrite(c.get('actor'), { action: 'account.end-sessions', subjects: [target] });
      return c.body(null, 204);
    },
  );

  return { path: '/api/accounts', access: 'session', routes };
}
