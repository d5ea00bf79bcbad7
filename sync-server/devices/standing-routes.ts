import { Hono } from 'hono';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import { deviceStandingRequestSchema, deviceStandingSchema } from '#shared/device/protocol.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { Devices } from './devices.ts';

/** By address: a ward's tablets often share one. */
const standingLimit: RateLimit = { burst: 120, perSecond: 2 };

/**
 * A locked tablet asks whether it was withdrawn. It needs no session: asking with one would keep that session from ever ending, and there may be
 * none. Who knows a device's random id learns one bit about it.
 */
export function standingFeature(deps: {
  readonly devices: Pick<Devices, 'isRevoked'>;
  readonly clock: Clock;
}): Feature {
  const limiter = createRateLimiter(standingLimit);
  const routes = new Hono<AppEnv>();
  routes.post(
    '/',
    describe({
      summary: 'Whether a device was withdrawn, asked by itself',
      tag: 'devices',
      session: false,
      body: deviceStandingRequestSchema,
      answer: deviceStandingSchema,
      problems: ['malformed', 'rate-limited'],
    }),
    async (c) => {
      const waitSeconds = limiter.take(c.get('address'), c.get('at'));
      if (waitSeconds > 0) return problem(c, 'rate-limited', { retryAfterSeconds: waitSeconds });
      const body = await parseJsonBody(c, deviceStandingRequestSchema);
      if (!body.ok) return body.error;
      return c.json({ withdrawn: deps.devices.isRevoked(body.value.device), asOf: deps.clock.now() });
    },
  );
  return { path: '/api/device-standing', access: 'public', routes };
}
