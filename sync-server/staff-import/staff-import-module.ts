import type { SendLink } from '#server/directory/access-routes.ts';
import type { OneAtATime } from '#server/directory/one-at-a-time.ts';
import type { StaffDesk } from '#server/directory/staff-desk.ts';
import type { StaffRecords } from '#server/directory/staff-records.ts';
import type { Feature } from '#server/http/context.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { createImportRunner, type ImportRunner } from './import-runner.ts';
import { importFeature } from './import-routes.ts';
import { createImportStore } from './import-store.ts';
import { createInviter } from './inviter.ts';
import { createRowWriter } from './row-writer.ts';

/** What the import shares with the rest of administration. */
export interface ImportDeps {
  readonly desk: StaffDesk;
  readonly records: StaffRecords;
  readonly inTurn: OneAtATime;
  /** Open consults in somebody's name. */
  readonly openWorkOf: (person: PersonId) => number;
  /** null: no mail server is set up. */
  readonly send: SendLink | null;
}

/** What tests hold on to. */
export interface StaffImport {
  readonly features: readonly Feature[];
  readonly runner: ImportRunner;
  close(): Promise<void>;
}

export function openStaffImport(parts: ServerParts, deps: ImportDeps): StaffImport {
  const store = createImportStore(parts.store.database('accounts'));
  const runner = createImportRunner({
    store,
    rows: createRowWriter(deps),
    clock: parts.clock,
    logger: parts.logger,
    closing: parts.closing,
  });
  const { accounts, audit, directory, links, publicOrigin } = parts;
  const inviter = createInviter({ accounts, links, directory, publicOrigin, send: deps.send });
  // Previews hold names and numbers: what nobody confirmed before the last stop goes now, the rest with the next preview.
  const tidied = store
    .forgetOld(parts.clock.now())
    .catch((error: unknown) => parts.logger.warn({ err: error }, 'old imports could not be removed'));
  return {
    runner,
    features: [importFeature({ store, runner, records: deps.records, inviter, directory, audit })],
    async close() {
      await tidied;
      await runner.idle();
    },
  };
}
