import type { OpenModule, ServerModule, ServerParts } from '#server/ops/server-module.ts';
import { systemScheduler, type Scheduler } from '#server/sync/scheduler.ts';
import { addMs } from '#shared/lib/instant.ts';
import { auditFeature } from './audit-routes.ts';
import { auditKeyOf } from './entry-hash.ts';
import { createPendingMover, type PendingMover } from './pending-mover.ts';

/** What tests hold on to. */
export interface AuditModule extends ServerModule {
  readonly mover: PendingMover;
}

/** So much of a chain's end could be cut off together with an older copy of its head before that shows in the store. */
const keepHeadEveryMs = 5_000;
/** A page of changes waits so long for others. What waits is safe where it lies. */
const gatherMs = 250;
const anchorEveryMs = 60 * 60_000;

export async function openAuditModule(
  parts: ServerParts,
  options: { readonly scheduler?: Scheduler } = {},
): Promise<AuditModule> {
  const { audit, clock, epoch, keys, logger, store } = parts;
  const key = auditKeyOf(keys.seal);
  const mover = createPendingMover({
    store,
    trail: audit,
    key,
    clock,
    logger,
    epoch: () => epoch.current(),
    gatherMs,
  });
  await mover.start();

  let nextAnchorAt = addMs(clock.now(), anchorEveryMs);
  let keeping: Promise<void> = Promise.resolve();
  async function keep(): Promise<void> {
    try {
      await audit.keepHead();
      await mover.savePositions();
      if (clock.now() < nextAnchorAt) return;
      nextAnchorAt = addMs(clock.now(), anchorEveryMs);
      await audit.anchor(clock.now());
      const head = audit.head();
      // Outside the store: whoever sets the audit back cannot set this back too.
      if (head !== null) logger.info({ chain: head.process, entries: head.count, hash: head.hash }, 'audit');
    } catch (cause) {
      logger.warn(
        { err: cause },
        'the end of the audit chain could not be written down; it will be tried again',
      );
    }
  }
  const stop = (options.scheduler ?? systemScheduler).every(keepHeadEveryMs, () => {
    keeping = keeping.then(keep);
  });

  return {
    mover,
    features: [auditFeature(parts, key)],
    async close() {
      stop();
      await keeping;
      await mover.stop();
      await mover.savePositions().catch((cause: unknown) => {
        // Costs looking at the same documents again.
        logger.warn({ err: cause }, 'the place of the audit in the feeds could not be written');
      });
    },
  };
}

export const auditModule =
  (options: { readonly scheduler?: Scheduler } = {}): OpenModule =>
  (parts) =>
    openAuditModule(parts, options);
