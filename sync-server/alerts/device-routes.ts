import type { Hono } from 'hono';
import { pushSubscriptionSchema, vapidAnswerSchema } from '#shared/alert/protocol.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import type { AcceptsEndpoint } from './push-endpoints.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface DeviceRoutesDeps {
  readonly subscriptions: Subscriptions;
  readonly vapidPublicKey: string;
  readonly clock: Clock;
  readonly acceptsEndpoint: AcceptsEndpoint;
}

/** Where a device says how it can be reached. */
export function addDeviceRoutes(routes: Hono<AppEnv>, deps: DeviceRoutesDeps): void {
  const { subscriptions, vapidPublicKey, clock, acceptsEndpoint } = deps;
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
      const by = { actor, act: { action: 'subscription.put', subjects: [device] } };
      await subscriptions.put({ person, device, deviceKind, subscription: body.value, at: clock.now(), by });
      return c.body(null, 204);
    },
  );
  routes.delete(
    '/subscription',
    describe({ summary: 'Stops push to this device for this person', tag: 'alerts', session: true }),
    async (c) => {
      const actor = c.get('actor');
      const by = { actor, act: { action: 'subscription.remove', subjects: [actor.device] } };
      await subscriptions.remove(actor.person, actor.device, { by });
      return c.body(null, 204);
    },
  );
}
