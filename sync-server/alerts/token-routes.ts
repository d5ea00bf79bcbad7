import { Hono, type Context } from 'hono';
import { createHash } from 'node:crypto';
import {
  acknowledgeAnswerSchema,
  acknowledgeRequestSchema,
  receiptRequestSchema,
} from '#shared/alert/protocol.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { createRateLimiter, type RateLimit } from '#server/http/rate-limit.ts';
import type { TokenActs } from './token-acts.ts';

/** Somebody who holds one token must not keep the store busy with it. */
const usesOfOneToken: RateLimit = { burst: 20, perSecond: 0.2 };

/** What a notification reports and answers. No session: a token bound to alert, person and device is the right to do so. */
export function tokenFeature(tokenActs: TokenActs): Feature {
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
  return { path: '/api/alert-tokens', access: 'public', routes };
}
