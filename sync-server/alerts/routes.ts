import { Hono } from 'hono';
import {
  acknowledgeAnswerSchema,
  acknowledgeRequestSchema,
  pushSubscriptionSchema,
  receiptRequestSchema,
  vapidAnswerSchema,
} from '#shared/alert/protocol.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TokenActs } from './token-acts.ts';

export interface AlertRoutesDeps {
  readonly subscriptions: Subscriptions;
  readonly tokenActs: TokenActs;
  readonly vapidPublicKey: string;
  readonly clock: Clock;
}

/** Where a device says how it can be reached. */
function subscriptionRoutes({ subscriptions, vapidPublicKey, clock }: AlertRoutesDeps): Hono<AppEnv> {
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
      const { person, device, deviceKind } = c.get('actor');
      await subscriptions.put({ person, device, deviceKind, subscription: body.value, at: clock.now() });
      return c.body(null, 204);
    },
  );
  routes.delete(
    '/subscription',
    describe({ summary: 'Stops push to this device for this person', tag: 'alerts', session: true }),
    async (c) => {
      const { person, device } = c.get('actor');
      await subscriptions.remove(person, device);
      return c.body(null, 204);
    },
  );
  return routes;
}

/** What a notification reports and answers. No session: a token bound to alert, person and device is the right to do so. */
function tokenRoutes({ tokenActs }: AlertRoutesDeps): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post(
    '/receipt',
    describe({
      summary: 'A notification was shown or opened on a device',
      tag: 'alerts',
      session: false,
      body: receiptRequestSchema,
      problems: ['malformed', 'not-found'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, receiptRequestSchema);
      if (!body.ok) return body.error;
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
      problems: ['malformed', 'not-found'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, acknowledgeRequestSchema);
      if (!body.ok) return body.error;
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
