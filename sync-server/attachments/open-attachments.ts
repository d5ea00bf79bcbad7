import type { Feature } from '#server/http/context.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import { createOpenedPatients } from '#server/patients/opened-patients.ts';
import type { Scheduler } from '#server/sync/scheduler.ts';
import type { Sync } from '#server/sync/sync.ts';
import { maxUploadRequestBytes } from '#shared/attachment/limits.ts';
import { attachmentsPath } from '#shared/attachment/protocol.ts';
import { createAttachmentRoutes } from './attachment-routes.ts';
import { createByteBudget, downloadLimit, uploadLimit, type ByteLimit } from './byte-budget.ts';
import { createFileAccess } from './file-access.ts';
import { collectOrphans } from './orphans.ts';
import { createReadLog } from './read-log.ts';
import { createSealedStore, type SealedStore } from './sealed-store.ts';

export interface Attachments {
  readonly features: readonly Feature[];
  readonly files: SealedStore;
  /** Removes what no event names; how many went. */
  readonly collectOrphans: () => Promise<number>;
  close(): Promise<void>;
}

const collectEveryMs = 24 * 60 * 60_000;

/** Sealed photos and documents: what comes in, what goes out, what nobody names any more. */
export function openAttachments(
  parts: Pick<ServerParts, 'store' | 'logger' | 'audit' | 'clock' | 'directory'>,
  sync: Pick<Sync, 'index'>,
  options: {
    readonly scheduler: Scheduler;
    readonly limits?: { readonly upload: ByteLimit; readonly download: ByteLimit };
  },
): Attachments {
  const { store, logger, audit, clock, directory } = parts;
  const files = createSealedStore(store.database('attachments'));
  const limits = options.limits ?? { upload: uploadLimit, download: downloadLimit };
  let stopping = false;
  let collecting: Promise<number> | null = null;

  const collect = (): Promise<number> =>
    (collecting ??= collectOrphans({ store, files, clock, logger, isStopping: () => stopping }).finally(
      () => {
        collecting = null;
      },
    ));
  const stop = options.scheduler.every(collectEveryMs, () => {
    collect().catch((cause: unknown) => logger.warn({ err: cause }, 'orphans could not be collected'));
  });
  const routes = createAttachmentRoutes({
    files,
    audit,
    access: createFileAccess({
      store,
      index: () => sync.index(),
      directory: () => directory.current(),
      opened: createOpenedPatients(store.database('claims')),
    }),
    reads: createReadLog(),
    uploads: createByteBudget(limits.upload),
    downloads: createByteBudget(limits.download),
  });
  return {
    features: [{ path: attachmentsPath, access: 'session', routes, maxBodyBytes: maxUploadRequestBytes }],
    files,
    collectOrphans: collect,
    async close() {
      stopping = true;
      stop();
      await collecting?.catch(() => 0);
    },
  };
}
