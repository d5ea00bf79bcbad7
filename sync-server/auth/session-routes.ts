import { Hono, type Context } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { RateLimiter } from '#server/http/rate-limit.ts';
import type { StoreEpoch } from '#server/ops/store-epoch.ts';
import type { Leases } from '#server/recovery/leases.ts';
import type { Clock } from '#shared/lib/instant.ts';
import {
  changePasswordRequestSchema,
  demoSignInsSchema,
  redeemLinkRequestSchema,
  sessionSchema,
  signInRequestSchema,
  type Session,
} from '#shared/session/protocol.ts';
import type { z } from 'zod';
import type { Accounts } from './accounts.ts';
import type { Attempt, GuessLimiter } from './guess-limiter.ts';
import type { LinkRedeemer } from './link-redeemer.ts';
import { passwordWeakness } from './password-strength.ts';
import { PasswordsBusy, type Passwords } from './passwords.ts';
import { requireSession, type RequireSessionDeps } from './require-session.ts';
import { sessionAnswer } from './session-answer.ts';
import { dropSessionCookie, slotOf, writeSessionCookie } from './session-cookie.ts';
import type { RecognisedSession } from './sessions.ts';

export type DemoSignIns = z.infer<typeof demoSignInsSchema>;

export interface SessionRoutesDeps extends RequireSessionDeps {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly guesses: GuessLimiter;
  readonly links: LinkRedeemer;
  readonly directory: Pick<DirectoryCache, 'current'>;
  readonly audit: Audit;
  readonly epoch: Pick<StoreEpoch, 'current'>;
  readonly clock: Clock;
  readonly leases: Leases;
  /** By address: signing in and opening links. */
  readonly signInLimiter: RateLimiter;
  /** null in production. */
  readonly demoSignIns: DemoSignIns | null;
}

/** Runs a check of a password; null when too many wait already. */
async function unlessBusy<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PasswordsBusy) return null;
    throw error;
  }
}

export function sessionFeature(deps: SessionRoutesDeps): Feature {
  const { accounts, audit, directory, guesses, isSecure, passwords, sessions } = deps;
  const routes = new Hono<AppEnv>();
  const signedIn = requireSession(deps, { evenBeforePasswordChange: true });

  const answerOf = (session: RecognisedSession): Session => sessionAnswer(session, deps);

  const waitOfAddress = (c: Context<AppEnv>): number =>
    deps.signInLimiter.take(c.get('address'), c.get('at'));

  routes.post(
    '/',
    describe({
      summary: 'Sign in on a device, into the slot named by the slot header',
      tag: 'session',
      session: false,
      body: signInRequestSchema,
      answer: sessionSchema,
      problems: ['malformed', 'wrong-credentials', 'slowed-down', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      const slot = slotOf(c);
      if (slot === null)
        return problem(c, 'malformed', {
          fields: [{ path: 'header hc-slot', message: 'is missing or not a slot' }],
        });
      const waitSeconds = waitOfAddress(c);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const body = await parseJsonBody(c, signInRequestSchema);
      if (!body.ok) return body.error;
      const { email, password, device } = body.value;
      const [at, address] = [c.get('at'), c.get('address')];

      const account = await accounts.byEmail(email);
      const isKnownDevice = account !== null && (await sessions.isKnownDevice(account.person, device.id));
      const attempt: Attempt = { email, address, device: device.id, isKnownDevice, at };
      const delaySeconds = guesses.delaySeconds(attempt);
      if (delaySeconds > 0) return problem(c, 'slowed-down', { retryAfterSeconds: delaySeconds });
      // Counted before it is looked at: many guesses at once are not one guess.
      guesses.failed(attempt);
      const isRight = await unlessBusy(passwords.verify(account?.passwordHash ?? null, password));
      if (isRight === null) return problem(c, 'unavailable', { retryAfterSeconds: 5 });
      const isActive = account !== null && directory.current().people.get(account.person)?.active === true;
      if (!isRight || !isActive) {
        const unknown = { person: null, device: device.id, address, at } as const;
        await audit.recordDenied(unknown, {
          action: 'session.begin',
          subjects: account === null ? [] : [account.person],
        });
        return problem(c, 'wrong-credentials');
      }
      guesses.succeeded(attempt);
      const { session, token } = await sessions.begin({
        account,
        device,
        at,
        by: ({ id, person, device: on, deviceKind }) => ({
          actor: { person, device: on, deviceKind, session: id, address, at },
          act: { action: 'session.begin', subjects: [id] },
        }),
      });
      writeSessionCookie(c, { slot, token, endsAt: session.endsAt, isSecure });
      return c.json(answerOf(session));
    },
  );

  routes.get(
    '/',
    describe({
      summary: 'Who is signed in in this slot',
      tag: 'session',
      session: true,
      answer: sessionSchema,
    }),
    signedIn,
    (c) => c.json(answerOf(c.get('session'))),
  );

  routes.delete(
    '/',
    describe({ summary: 'Sign out in this slot', tag: 'session', session: true }),
    signedIn,
    async (c) => {
      const actor = c.get('actor');
      await sessions.end(actor.session, actor.at, {
        actor,
        act: { action: 'session.end', subjects: [actor.session] },
      });
      dropSessionCookie(c, { slot: c.get('slot'), isSecure });
      return c.body(null, 204);
    },
  );

  routes.delete(
    '/everywhere',
    describe({ summary: 'Sign out on every device', tag: 'session', session: true }),
    signedIn,
    async (c) => {
      const actor = c.get('actor');
      await accounts.endSessions(actor.person, {
        actor,
        act: { action: 'session.end-everywhere', subjects: [actor.person] },
      });
      dropSessionCookie(c, { slot: c.get('slot'), isSecure });
      return c.body(null, 204);
    },
  );

  routes.post(
    '/password',
    describe({
      summary: 'Change the password; every other device is signed out',
      tag: 'session',
      session: true,
      body: changePasswordRequestSchema,
      answer: sessionSchema,
      problems: ['malformed', 'wrong-credentials', 'slowed-down', 'weak-password', 'unavailable'],
    }),
    signedIn,
    async (c) => {
      const body = await parseJsonBody(c, changePasswordRequestSchema);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const account = await accounts.get(actor.person);
      if (account === null) return problem(c, 'session-ended');
      const attempt: Attempt = { ...actor, email: account.email, isKnownDevice: true };
      const delaySeconds = guesses.delaySeconds(attempt);
      if (delaySeconds > 0) return problem(c, 'slowed-down', { retryAfterSeconds: delaySeconds });
      guesses.failed(attempt);
      const isRight = await unlessBusy(passwords.verify(account.passwordHash, body.value.current));
      if (isRight === null) return problem(c, 'unavailable', { retryAfterSeconds: 5 });
      if (!isRight) {
        await audit.recordDenied(actor, { action: 'password.change', subjects: [actor.person] });
        return problem(c, 'wrong-credentials');
      }
      guesses.succeeded(attempt);
      const { people, organisation } = directory.current();
      const about = [account.email, people.get(actor.person)?.name ?? '', organisation?.name ?? ''];
      const isOld = body.value.next.normalize('NFC') === body.value.current.normalize('NFC');
      if (isOld || passwordWeakness(body.value.next, about) !== null) return problem(c, 'weak-password');
      const passwordHash = await unlessBusy(passwords.hash(body.value.next));
      if (passwordHash === null) return problem(c, 'unavailable', { retryAfterSeconds: 5 });
      const changed = await accounts.setPassword(actor.person, passwordHash, actor.at, {
        actor,
        act: { action: 'password.change', subjects: [actor.person] },
      });
      if (changed === null) return problem(c, 'session-ended');
      const device = { id: actor.device, kind: actor.deviceKind, name: c.get('session').deviceName };
      const { session, token } = await sessions.begin({
        account: changed,
        device,
        at: actor.at,
        by: ({ id }) => ({ actor, act: { action: 'session.renew', subjects: [id] } }),
      });
      writeSessionCookie(c, { slot: c.get('slot'), token, endsAt: session.endsAt, isSecure });
      return c.json(answerOf(session));
    },
  );

  routes.post(
    '/link',
    describe({
      summary: 'Use a one-time link: an invitation, a reset, or a new administrator',
      tag: 'session',
      session: false,
      body: redeemLinkRequestSchema,
      problems: ['malformed', 'link-not-valid', 'weak-password', 'conflict', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      const waitSeconds = waitOfAddress(c);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const body = await parseJsonBody(c, redeemLinkRequestSchema);
      if (!body.ok) return body.error;
      const actor = { person: null, device: null, address: c.get('address'), at: c.get('at') } as const;
      const redeemed = await unlessBusy(deps.links.redeem(body.value, actor));
      if (redeemed === null) return problem(c, 'unavailable', { retryAfterSeconds: 5 });
      if (redeemed.ok) return c.body(null, 204);
      switch (redeemed.error.type) {
        case 'administrator-missing':
          return problem(c, 'malformed', { fields: [{ path: 'administrator', message: 'is missing' }] });
        case 'time-zone-unknown':
          return problem(c, 'malformed', {
            fields: [{ path: 'administrator.timeZone', message: 'is not known' }],
          });
        case 'weak-password':
          return problem(c, 'weak-password');
        case 'email-taken':
          return problem(c, 'conflict', {
            fields: [{ path: 'administrator.email', message: 'has an account already' }],
          });
        case 'not-valid':
          await audit.recordDenied(actor, { action: 'link.redeem', subjects: [] });
          return problem(c, 'link-not-valid');
      }
    },
  );

  routes.get(
    '/demo',
    describe({
      summary: 'Who can sign in (demo only)',
      tag: 'session',
      session: false,
      answer: demoSignInsSchema,
      problems: ['not-found'],
    }),
    (c) => (deps.demoSignIns === null ? problem(c, 'not-found') : c.json(deps.demoSignIns)),
  );

  return { path: '/api/session', access: 'public', routes };
}
