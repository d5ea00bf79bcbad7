import { Hono, type Context } from 'hono';
import { createHash } from 'node:crypto';
import {
  acknowledgeAnswerSchema,
  acknowledgeRequestSchema,
  pushSubscriptionSchema,
  receiptRequestSchema,
  vapidAnswerSchema,
} from '#shared/alert/protocol.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { Audit } from '#server/audit/audit.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import { publicOrLoopback, type AcceptsEndpoint } from './push-endpoints.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TokenActs } from './token-acts.ts';

export interface AlertRoutesDeps {
  readonly subscriptions: Subscriptions;
  readonly tokenActs: TokenActs;
  readonly vapidPublicKey: string;
  readonly clock: Clock;
  readonly audit: Audit;
  /** Absent: whatever is public, and this machine. */
  readonly acceptsEndpoint?: AcceptsEndpoint;
}

/** Where a device says how it can be reached. */
function subscriptionRoutes(deps: AlertRoutesDeps): Hono<AppEnv> {
  const { subscriptions, vapidPublicKey, clock, audit, acceptsEndpoint = publicOrLoopback } = deps;
  const routes = new Hono<AppEnv>();
  routes.get(
    '/vapid',
    describe({
      summary: 'The key push subscriptions are made for',
      tag: 'alerts',
      session: true,
      answer: vapidAnswerSchema,
    }),
    (c) => c.json({ publicKey: vapidPublicKey }),
  );
  routes.put(
    '/subscription',
    describe({
      summary: "Makes this device reachable by push for the session's person; the last one posted counts",
      tag: 'alerts',
      session: true,
      body: pushSubscriptionSchema,
      problems: ['malformed'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, pushSubscriptionSchema);
      if (!body.ok) return body.error;
      if (!acceptsEndpoint(body.value.endpoint)) {
        return problem(c, 'malformed', {
          fields: [{ path: 'endpoint', message: 'is no known push service' }],
        });
      }
      const actor = c.get('actor');
      const { person, device, deviceKind } = actor;
      await subscriptions.put({ person, device, deviceKind, subscription: body.value, at: clock.now() });
      await audit.recordWrite(actor, { action: 'subscription.put', subjects: [device] });
      return c.body(null, 204);
    },
  );
  routes.delete(
    '/subscription',
    describe({ summary: 'Stops push to this device for this person', tag: 'alerts', session: true }),
    async (c) => {
      const actor = c.get('actor');
      await subscriptions.remove(actor.person, actor.device);
      await audit.recordWrite(actor, { action: 'subscription.remove', subjects: [actor.device] });
      return c.body(null, 204);
    },
  );
  return routes;
}

/** Somebody who holds one token must not keep the store busy with it. */
const usesOfOneToken: RateLimit = { burst: 20, perSecond: 0.2 };

/** What a notification reports and answers. No session: a token bound to alert, person and device is the right to do so. */
function tokenRoutes({ tokenActs }: AlertRoutesDeps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  // By token, never by address: a hospital behind one address must get its acknowledgements through.
  const limiter = createRateLimiter(usesOfOneToken);
  const waitOf = (c: Context<AppEnv>, token: string): number =>
    limiter.take(createHash('sha256').update(token).digest('base64url'), c.get('at'));
  routes.post(
    '/receipt',
    describe({
      summary: 'A notification was shown or opened on a device',
      tag: 'alerts',
      session: false,
      body: receiptRequestSchema,
      problems: ['malformed', 'not-found', 'rate-limited'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, receiptRequestSchema);
      if (!body.ok) return body.error;
      const waitSeconds = waitOf(c, body.value.token);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const done = await tokenActs.receipt(body.value.token, body.value.fact);
      return done.ok ? c.body(null, 204) : problem(c, 'not-found');
    },
  );
  routes.post(
    '/acknowledge',
    describe({
      summary: 'Acknowledges from a notification, once; the same token gets the same answer again',
      tag: 'alerts',
      session: false,
      body: acknowledgeRequestSchema,
      answer: acknowledgeAnswerSchema,
      problems: ['malformed', 'not-found', 'rate-limited'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, acknowledgeRequestSchema);
      if (!body.ok) return body.error;
      const waitSeconds = waitOf(c, body.value.token);
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const done = await tokenActs.acknowledge(body.value.token);
      return done.ok ? c.json(done.value) : problem(c, 'not-found');
    },
  );
  return routes;
}

export const alertFeatures = (deps: AlertRoutesDeps): Feature[] => [
  { path: '/api/alerts', access: 'session', routes: subscriptionRoutes(deps) },
  { path: '/api/alert-tokens', access: 'public', routes: tokenRoutes(deps) },
];
