import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { readinessOf, type ReadinessCheck } from './health.ts';

const liveAnswerSchema = z.object({ live: z.literal(true) });
const readyAnswerSchema = z.object({
  ready: z.boolean(),
  checks: z.record(z.string(), z.enum(['ready', 'not-ready', 'warning'])),
});

/** For container runtimes and load balancers; says nothing that a stranger should not know. `isClosing`: being shut down, send no more. */
export function healthFeature(deps: { checks: readonly ReadinessCheck[]; closing: AbortSignal }): Feature {
  const routes = new Hono<AppEnv>();
  routes.get(
    '/live',
    describe({ summary: 'This process answers', tag: 'health', session: false, answer: liveAnswerSchema }),
    (c) => c.json({ live: true }),
  );
  routes.get(
    '/ready',
    describe({
      summary: 'Store, feeds and watchers are there; 503 when not',
      tag: 'health',
      session: false,
      answer: readyAnswerSchema,
    }),
    async (c) => {
      const readiness = await readinessOf(deps.checks, (check, error) => {
        c.get('logger').warn({ err: error, check }, 'a readiness check failed');
      });
      const ready = readiness.ready && !deps.closing.aborted;
      return c.json({ ready, checks: readiness.checks }, ready ? 200 : 503);
    },
  );
  return { path: '/api/health', access: 'public', routes };
}
