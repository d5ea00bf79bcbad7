import { Hono, type Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Audit } from '#server/audit/audit.ts';
import type { Accounts } from '#server/auth/accounts.ts';
import { sessionAnswer } from '#server/auth/session-answer.ts';
import { slotOf, writeSessionCookie } from '#server/auth/session-cookie.ts';
import type { Sessions } from '#server/auth/sessions.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { RateLimiter } from '#server/http/rate-limit.ts';
import type { StoreEpoch } from '#server/ops/store-epoch.ts';
import type { Leases } from '#server/recovery/leases.ts';
import { allowedDomainsOf } from '#shared/directory/organisation.ts';
import { addMs, type Clock } from '#shared/lib/instant.ts';
import {
  beginOpenIdSchema,
  finishOpenIdSchema,
  openIdBegunSchema,
  openIdFinishedSchema,
} from '#shared/session/openid.ts';
import { deviceDescriptionSchema, slotSchema } from '#shared/session/protocol.ts';
import type { AccessRequests } from './access-requests.ts';
import type { Issuer } from './issuer.ts';
import type { OpenIdConfig } from './openid-config.ts';
import type { OpenIdLinks } from './openid-links.ts';
import { createSealedCookie } from './sealed-cookie.ts';
import { whoComes } from './who-comes.ts';

/** Between leaving for the issuer and coming back: a second factor takes its time. */
const flowLifeMs = 10 * 60_000;
const path = '/api/session/openid';
const askCookie = 'hc-openid-ask';
const retryAfterSeconds = 10;

/** What a browser carries while its person is at the issuer. */
const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  slot: slotSchema,
  device: deviceDescriptionSchema,
});
const askSchema = z.object({ issuer: z.string(), subject: z.string(), name: z.string(), email: z.string() });

export interface OpenIdRoutesDeps {
  readonly config: OpenIdConfig | null;
  readonly issuer: Issuer | null;
  readonly links: OpenIdLinks;
  readonly requests: AccessRequests;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly directory: DirectoryCache;
  readonly audit: Audit;
  readonly epoch: Pick<StoreEpoch, 'current'>;
  readonly clock: Clock;
  readonly leases: Leases;
  readonly key: Uint8Array;
  readonly isSecure: boolean;
  /** By address. */
  readonly limiter: RateLimiter;
  readonly askLimiter: RateLimiter;
}

/** One cookie for each flow, so that two windows do not spoil each other's. */
const flowCookie = (state: string): string =>
  `hc-openid-${createHash('sha256').update(state).digest('hex').slice(0, 12)}`;

/** The hospital's own sign-in. The issuer sends the browser to a page of ours, which then calls here: no session begins on another site's errand. */
export function openIdFeature(deps: OpenIdRoutesDeps): Feature {
  const { accounts, audit, config, directory, issuer, isSecure, links, requests, sessions } = deps;
  const routes = new Hono<AppEnv>();
  const flows = createSealedCookie(deps.key, 'openid flow', flowSchema);
  const asks = createSealedCookie(deps.key, 'openid ask', askSchema);

  /** Lax: it must be there when another site has sent the browser to us. It opens nothing by itself. */
  function keep(c: Context<AppEnv>, name: string, value: string): void {
    const maxAge = value === '' ? 0 : flowLifeMs / 1000;
    setCookie(c, name, value, { httpOnly: true, sameSite: 'Lax', path, secure: isSecure, maxAge });
  }

  routes.post(
    '/',
    describe({
      summary:
        'Begin to sign in at the hospital’s issuer, on this device and for the slot of the slot header',
      tag: 'session',
      session: false,
      body: beginOpenIdSchema,
      answer: openIdBegunSchema,
      problems: ['malformed', 'not-found', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      if (config === null || issuer === null) return problem(c, 'not-found');
      const slot = slotOf(c);
      if (slot === null)
        return problem(c, 'malformed', {
          fields: [{ path: 'header hc-slot', message: 'is missing or not a slot' }],
        });
      const at = c.get('at');
      const waitSeconds = deps.limiter.take(c.get('address'), at);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const body = await parseJsonBody(c, beginOpenIdSchema);
      if (!body.ok) return body.error;
      const allowed = allowedDomainsOf(directory.current().organisation, config.allowedDomains);
      const begun = await issuer.begin({
        domain: allowed.length === 1 ? (allowed[0] ?? null) : null,
        isShared: body.value.device.kind === 'ward',
      });
      if (!begun.ok) return problem(c, 'unavailable', { retryAfterSeconds });
      const { address, secrets } = begun.value;
      const flow = flows.seal({ ...secrets, slot, device: body.value.device }, addMs(at, flowLifeMs));
      keep(c, flowCookie(secrets.state), flow);
      return c.json({ address });
    },
  );

  routes.post(
    '/finish',
    describe({
      summary:
        'What the issuer answered, from the page it sent the browser to; signs in on the device that began',
      tag: 'session',
      session: false,
      body: finishOpenIdSchema,
      answer: openIdFinishedSchema,
      problems: ['malformed', 'not-found', 'link-not-valid', 'forbidden', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      if (config === null || issuer === null) return problem(c, 'not-found');
      const [at, address] = [c.get('at'), c.get('address')];
      const waitSeconds = deps.limiter.take(address, at);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const body = await parseJsonBody(c, finishOpenIdSchema);
      if (!body.ok) return body.error;
      const query = new URLSearchParams(body.value.query);
      const state = query.get('state') ?? '';
      const cookie = flowCookie(state);
      const held = getCookie(c, cookie);
      const flow = held === undefined ? null : flows.open(held, at);
      const unknown = { person: null, device: flow?.device.id ?? null, address, at } as const;
      const action = 'session.begin-openid';
      if (flow === null || flow.state !== state) {
        await audit.recordDenied(unknown, { action, subjects: [], reason: 'flow not valid' });
        return problem(c, 'link-not-valid');
      }
      const identity = await issuer.finish(query.toString(), flow);
      if (!identity.ok && identity.error.type === 'unreachable')
        return problem(c, 'unavailable', { retryAfterSeconds });
      // One flow, one answer.
      keep(c, cookie, '');
      if (!identity.ok) {
        await audit.recordDenied(unknown, { action, subjects: [], reason: 'answer not valid' });
        return problem(c, 'link-not-valid');
      }
      await directory.caughtUp();
      const { device, slot } = flow;
      const who = await whoComes(identity.value, {
        config,
        links,
        accounts,
        directory: directory.current(),
        at,
        linkedBy: (person) => ({ actor: unknown, act: { action: 'openid.link', subjects: [person] } }),
      });
      if (!who.ok) {
        const { refusal, person, email } = who.error;
        await audit.recordDenied(unknown, {
          action,
          subjects: person === null ? [] : [person],
          reason: refusal,
        });
        if (email !== null) {
          const { subject, name } = identity.value;
          const ask = { issuer: config.issuer, subject, name: (name ?? email).slice(0, 120), email };
          keep(c, askCookie, asks.seal(ask, addMs(at, flowLifeMs)));
        }
        return problem(c, 'forbidden', { refusals: [{ code: refusal }] });
      }
      const { session, token } = await sessions.begin({
        account: who.value.account,
        device,
        at,
        method: 'openid',
        by: ({ id, person, device: on, deviceKind }) => ({
          actor: { person, device: on, deviceKind, session: id, address, at },
          act: { action, subjects: [id] },
        }),
      });
      writeSessionCookie(c, { slot, token, endsAt: session.endsAt, isSecure });
      return c.json({ slot, session: sessionAnswer(session, deps) });
    },
  );

  routes.post(
    '/ask',
    describe({
      summary: 'Somebody the issuer vouches for, and whom nobody here knows, asks for access',
      tag: 'session',
      session: false,
      problems: ['not-found', 'link-not-valid', 'rate-limited', 'unavailable'],
    }),
    async (c) => {
      if (config === null) return problem(c, 'not-found');
      const [at, address] = [c.get('at'), c.get('address')];
      const waitSeconds = deps.askLimiter.take(address, at);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const held = getCookie(c, askCookie);
      const ask = held === undefined ? null : asks.open(held, at);
      if (ask === null) return problem(c, 'link-not-valid');
      const isTaken = await requests.ask({
        ...ask,
        at,
        by: {
          actor: { person: null, device: null, address, at },
          act: { action: 'openid.ask-access', subjects: [] },
        },
      });
      if (!isTaken) return problem(c, 'unavailable', { retryAfterSeconds: 3_600 });
      keep(c, askCookie, '');
      return c.body(null, 204);
    },
  );

  return { path, access: 'public', routes };
}
