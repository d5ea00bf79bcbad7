import { Hono } from 'hono';
import { auditVerifier } from '#server/audit/audit-routes.ts';
import { auditKeyOf } from '#server/audit/entry-hash.ts';
import { stream } from 'hono/streaming';
import type { ServerParts } from '#server/ops/server-module.ts';
import { requestContext } from '#server/http/request-context.ts';
import { problem } from '#server/http/problem.ts';
import type { AppEnv } from '#server/http/context.ts';
import { backupLines, isNewStore, linesOf, restoreBackup } from './backup-stream.ts';
import { readinessOf, type ReadinessCheck } from './health.ts';
import { makeAdminLink, storeState } from './operator.ts';

/** What the socket in DATA_DIR answers. Whoever may open that file may do all this; nobody else can reach it. */
export function createOperatorApp(parts: ServerParts, checks: readonly ReadinessCheck[]): Hono<AppEnv> {
  const { clock, logger, metrics, store } = parts;
  const app = new Hono<AppEnv>();
  app.onError((error, c) => {
    logger.error({ err: error }, 'an operator request failed');
    return problem(c, 'internal');
  });
  app.notFound((c) => problem(c, 'not-found'));
  app.use(requestContext({ clock, logger, metrics, trustedProxyHops: 0 }));

  app.get('/state', async (c) => {
    const readiness = await readinessOf(checks, (check, error) =>
      logger.warn({ err: error, check }, 'a readiness check failed'),
    );
    return c.json({ ...(await storeState(store, clock)), readiness });
  });
  app.get('/metrics', (c) => c.text(metrics.render()));
  const verify = auditVerifier(parts, auditKeyOf(parts.keys.seal));
  app.get('/verify-audit', async (c) => c.json(await verify()));
  app.post('/admin-link', async (c) =>
    c.json(await makeAdminLink({ store, clock, publicOrigin: parts.publicOrigin })),
  );
  app.get('/backup', async (c) => {
    await parts.audit.recordWrite(
      { person: null, device: null, address: 'operator', at: c.get('at') },
      { action: 'backup.make', subjects: [] },
    );
    return stream(
      c,
      async (out) => {
        for await (const line of backupLines(store, clock)) await out.write(`${line}\n`);
      },
      (error) => {
        // The answer ends without its last line, so the reader sees that it is cut short.
        logger.error({ err: error }, 'a backup failed');
        return Promise.resolve();
      },
    );
  });
  app.post('/restore', async (c) => {
    if (c.req.query('into-existing') !== '1' && !(await isNewStore(store))) return problem(c, 'conflict');
    const body = c.req.raw.body;
    if (body === null) return problem(c, 'malformed');
    // Before the first document is in: killed half-way, the record says that somebody restored.
    await parts.audit.recordWrite(
      { person: null, device: null, address: 'operator', at: clock.now() },
      { action: 'backup.restore', subjects: [] },
    );
    const restored = await restoreBackup(store, linesOf(body), clock);
    return restored.ok
      ? c.json(restored.value)
      : problem(c, 'malformed', { fields: [{ path: 'backup', message: restored.error.type }] });
  });
  return app;
}
