import type { Context, Hono } from 'hono';
import { emailOfAccount, type Accounts } from '#server/auth/accounts.ts';
import { linkAddress, type LinkPurpose, type Links } from '#server/auth/links.ts';
import type { OpenIdLinks } from '#server/auth/openid/openid-links.ts';
import type { Sessions } from '#server/auth/sessions.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import type { AdministrationRefusalCode } from '#shared/administration/refusals.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { linkSentSchema, sendLinkSchema, staffSessionsSchema } from '#shared/administration/staff.ts';
import type { PersonId } from '#shared/lib/id.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { refuse, refusedFor } from './refuse.ts';
import { targetOf, type StaffRoutesDeps } from './staff-routes.ts';

/** Sends a one-time link to a mailbox; false: the mail server did not take it. */
export type SendLink = (entry: {
  /** Whose language it is written in. */
  readonly person: PersonId;
  readonly to: string;
  readonly address: string;
  readonly purpose: 'invitation' | 'reset';
  readonly endsAt: Instant;
}) => Promise<boolean>;

export interface AccessRoutesDeps extends StaffRoutesDeps {
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, 'list'>;
  readonly links: Links;
  readonly openIdLinks: Pick<OpenIdLinks, 'lift' | 'linkedAt'>;
  readonly publicOrigin: string;
  /** null: this installation sends no mail. */
  readonly sendLink: SendLink | null;
}

/** Who lets whom in, and out. */
export function addAccessRoutes(routes: Hono<AppEnv>, deps: AccessRoutesDeps): void {
  const { accounts, audit, links, openIdLinks, publicOrigin, sendLink, sessions } = deps;

  routes.get(
    '/:id/sessions',
    describe({
      summary: 'Where somebody is signed in, and was',
      tag: 'administration',
      session: true,
      answer: staffSessionsSchema,
      problems: ['forbidden', 'not-found'],
    }),
    async (c) => {
      const target = await targetOf(c, deps, 'staff-sessions', 'staff.sessions');
      if (target instanceof Response) return target;
      return c.json({
        sessions: [...(await sessions.list(target, c.get('actor').at))],
        openIdLinkedAt: await openIdLinks.linkedAt(target),
      });
    },
  );

  routes.delete(
    '/:id/sessions',
    describe({
      summary: 'Signs somebody out everywhere',
      tag: 'administration',
      session: true,
      problems: ['forbidden', 'not-found', 'refused'],
    }),
    async (c) => {
      const action = 'account.end-sessions';
      const target = await targetOf(c, deps, 'staff-sessions', action);
      if (target instanceof Response) return target;
      const ended = await accounts.endSessions(target, {
        actor: c.get('actor'),
        act: { action, subjects: [target] },
      });
      if (ended === null)
        return refuse(c, audit, { action, subjects: [target] }, refusedFor(refusal('no-account')));
      return c.body(null, 204);
    },
  );

  routes.delete(
    '/:id/openid-link',
    describe({
      summary: 'Lifts the link to an account at the hospital’s issuer, and signs the person out everywhere',
      tag: 'administration',
      session: true,
      problems: ['forbidden', 'not-found', 'refused'],
    }),
    async (c) => {
      const action = 'account.lift-openid';
      const target = await targetOf(c, deps, 'staff-sessions', action);
      if (target instanceof Response) return target;
      const by = { actor: c.get('actor'), act: { action, subjects: [target] } };
      if (!(await openIdLinks.lift(target, by)))
        return refuse(c, audit, by.act, refusedFor(refusal('no-account')));
      // Whoever came in by it is out.
      await accounts.endSessions(target, {
        actor: by.actor,
        act: { action: 'account.end-sessions', subjects: [target] },
      });
      return c.body(null, 204);
    },
  );

  routes.post(
    '/:id/require-password-change',
    describe({
      summary: 'After their next request the person can do nothing but change the password',
      tag: 'administration',
      session: true,
      problems: ['forbidden', 'not-found', 'refused'],
    }),
    async (c) => {
      const action = 'account.require-password-change';
      const target = await targetOf(c, deps, 'staff-sessions', action);
      if (target instanceof Response) return target;
      const by = { actor: c.get('actor'), act: { action, subjects: [target] } };
      if ((await accounts.requirePasswordChange(target, by)) === null)
        return refuse(c, audit, by.act, refusedFor(refusal('no-account')));
      return c.body(null, 204);
    },
  );

  const sendBy =
    (purpose: Extract<LinkPurpose, 'invitation' | 'reset'>) =>
    async (c: Context<AppEnv>): Promise<Response> => {
      const body = await parseJsonBody(c, sendLinkSchema);
      if (!body.ok) return body.error;
      const action = purpose === 'invitation' ? 'account.invite' : 'account.reset';
      const target = await targetOf(c, deps, 'staff-invite', action);
      if (target instanceof Response) return target;
      const actor = c.get('actor');
      const act = { action, subjects: [target] };
      const no = (code: AdministrationRefusalCode) => refuse(c, audit, act, refusedFor(refusal(code)));
      if (deps.directory().people.get(target)?.active !== true) return no('inactive-person');
      const account = await accounts.get(target);
      const email = emailOfAccount(account);
      if (email === null) return no('no-account');
      if (purpose === 'invitation' && account?.passwordHash !== null) return no('account-ready');
      const isByMail = body.value.by === 'mail';
      if (isByMail && sendLink === null) return no('no-mail');
      const { token, endsAt } = await links.make({
        purpose,
        person: target,
        at: actor.at,
        by: { actor, act },
      });
      const address = linkAddress(publicOrigin, token, purpose);
      if (!isByMail || sendLink === null) return c.json({ address, endsAt });
      const isSent = await sendLink({ person: target, to: email, address, purpose, endsAt });
      return isSent ? c.json({ address: null, endsAt }) : no('mail-failed');
    };

  const linkProblems = ['malformed', 'forbidden', 'not-found', 'refused'] as const;
  routes.post(
    '/:id/invitation',
    describe({
      summary: 'A one-time link by which somebody without a password sets their first',
      tag: 'administration',
      session: true,
      body: sendLinkSchema,
      answer: linkSentSchema,
      problems: linkProblems,
    }),
    sendBy('invitation'),
  );
  routes.post(
    '/:id/reset',
    describe({
      summary: 'A one-time link by which the person sets a new password; their sessions end when it is used',
      tag: 'administration',
      session: true,
      body: sendLinkSchema,
      answer: linkSentSchema,
      problems: linkProblems,
    }),
    sendBy('reset'),
  );
}
