import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Metrics } from '#server/ops/metrics.ts';
import type { Clock } from '#shared/lib/instant.ts';
import {
  nowHeader,
  protocolHeader,
  protocolVersion,
  minimumProtocolVersion,
  serverHeader,
} from '#shared/sync/protocol.ts';
import { addressOf } from './address.ts';
import type { AppEnv } from './context.ts';
import { defaultMaxBodyBytes } from './json-body.ts';

/** What a captive portal's page does not say. */
export const serverName = 'hospital-consult';

/**
 * Gives each request its id, its clock and its log line, and each answer the marks of this server. Log lines name the route's pattern, not
 * the path that was sent.
 */
export const requestContext = (deps: {
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  trustedProxyHops: number;
}) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const startedAtMs = performance.now();
    const requestId = randomUUID();
    const logger = deps.logger.child({ requestId });
    c.set('requestId', requestId);
    c.set('logger', logger);
    c.set('address', addressOf(c, deps.trustedProxyHops));
    c.set('at', deps.clock.now());
    c.set('maxBodyBytes', defaultMaxBodyBytes);

    await next();

    // Nobody will read the body; a stream would stay open for ever.
    if (c.req.method === 'HEAD') await c.res.body?.cancel();
    // After the handler: headers set before are lost where it answers with a Response of its own (pull, stream).
    c.header('x-request-id', requestId);
    c.header(serverHeader, serverName);
    c.header(protocolHeader, `${protocolVersion}; minimum=${minimumProtocolVersion}`);
    c.header(nowHeader, deps.clock.now());
    const route =
      matchedRoutes(c).findLast(({ method, path }) => method !== 'ALL' && path !== '/*')?.path ?? '/*';
    const durationMs = Math.round(performance.now() - startedAtMs);
    deps.metrics.observeRequest(c.req.method, route, c.res.status, durationMs);
    const line = { method: c.req.method, route, status: c.res.status, durationMs };
    if (c.res.status >= 500) logger.error(line, 'answered');
    else logger.debug(line, 'answered');
  });
