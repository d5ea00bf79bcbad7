import { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import type { Logger } from 'pino';
import type { Clock } from '#shared/lib/instant.ts';
import { slotHeader } from '#shared/sync/protocol.ts';
import { requireSession, type RequireSessionDeps } from './auth/require-session.ts';
import type { AppEnv, Feature } from './http/context.ts';
import { createMiddleware } from 'hono/factory';
import { originCheck } from './http/origin-check.ts';
import { problem } from './http/problem.ts';
import { requestContext } from './http/request-context.ts';
import { routeGuard } from './http/route-guard.ts';
import { inlineScriptHashes, securityHeaders } from './http/security-headers.ts';
import type { StaticFiles } from './http/static-files.ts';
import type { Metrics } from './ops/metrics.ts';
import { StoreUnavailable } from './store/port.ts';

export interface AppDeps extends RequireSessionDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly publicOrigin: string;
  readonly trustedProxyHops: number;
  /** Metrics at /metrics for the loopback address. */
  readonly showsMetrics: boolean;
  readonly staticFiles: StaticFiles;
  readonly features: readonly Feature[];
}

const storeRetrySeconds = 5;
const loopback = new Set(['127.0.0.1', '::1']);

const documentation = {
  info: {
    title: 'Hospital Consult',
    version: '1',
    description:
      'The API between tablets and the server. docs/sync-protocol.md explains the stream and the checkpoints.',
  },
  components: {
    securitySchemes: {
      slot: {
        type: 'apiKey' as const,
        in: 'cookie' as const,
        name: 'hc-session-<slot>',
        description: `The session cookie of the slot named by the header ${slotHeader}.`,
      },
    },
  },
};

/** Everything the server answers, without opening a port: tests call `app.request`. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const { features, logger, staticFiles } = deps;
  const app = new Hono<AppEnv>({ strict: false });

  app.onError((error, c) => {
    if (error instanceof StoreUnavailable) {
      c.get('logger').error({ err: error }, 'the store did not answer');
      return problem(c, 'unavailable', { retryAfterSeconds: storeRetrySeconds });
    }
    c.get('logger').error({ err: error }, 'a request failed');
    return problem(c, 'internal');
  });
  app.notFound((c) => problem(c, 'not-found'));

  app.use(
    requestContext({
      clock: deps.clock,
      logger,
      metrics: deps.metrics,
      trustedProxyHops: deps.trustedProxyHops,
    }),
  );
  const scriptHashes = staticFiles.shell === null ? [] : inlineScriptHashes(staticFiles.shell);
  app.use(securityHeaders({ scriptHashes, isSecure: deps.isSecure }));

  app.use('/api/*', routeGuard(app));
  app.use('/api/*', originCheck(deps.publicOrigin));
  app.use(
    '/api/*',
    createMiddleware<AppEnv>(async (c, next) => {
      await next();
      if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
    }),
  );
  for (const { path, access, routes, maxBodyBytes, evenOnRevokedDevice } of features) {
    if (maxBodyBytes !== undefined) {
      app.use(`${path}/*`, async (c, next) => {
        c.set('maxBodyBytes', maxBodyBytes);
        return next();
      });
    }
    if (access === 'session')
      app.use(`${path}/*`, requireSession(deps, { evenOnRevokedDevice: evenOnRevokedDevice ?? [] }));
    app.route(path, routes);
  }

  let specs: ReturnType<typeof generateSpecs> | null = null;
  app.get('/api/openapi.json', async (c) =>
    c.json(await (specs ??= generateSpecs(app, { documentation, excludeStaticFile: false }))),
  );

  if (deps.showsMetrics) {
    app.get('/metrics', (c) =>
      loopback.has(c.get('address')) ? c.text(deps.metrics.render()) : problem(c, 'not-found'),
    );
  }
  app.get('*', (c) => (/^\/api(\/|$)/.test(c.req.path) ? problem(c, 'not-found') : staticFiles.answer(c)));
  app.all('*', (c) => problem(c, 'method-not-allowed', { allow: ['GET', 'HEAD'] }));
  return app;
}
