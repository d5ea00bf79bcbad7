import type { Logger } from 'pino';
import type { DocumentStore } from '#server/store/port.ts';
import { eventsOf } from '#server/sync/wire-document.ts';
import { filesNamedIn } from '#shared/attachment/named-files.ts';
import { addMs, type Clock } from '#shared/lib/instant.ts';
import type { SealedFileAt, SealedStore } from './sealed-store.ts';

const dayMs = 24 * 60 * 60_000;
/**
 * After a restore the event that names a file may come back from a tablet that has been away for long; until then its file is kept. Longer
 * than any offline lease.
 */
export const orphanKeptMs = 60 * dayMs;
const atOnce = 50;

/**
 * Removes sealed files that no accepted event names. Events are never deleted, so there are none but after a restore of an older backup.
 * Returns how many went. `isStopping` ends it between two files.
 */
export async function collectOrphans(deps: {
  store: DocumentStore;
  files: SealedStore;
  clock: Clock;
  logger: Logger;
  isStopping: () => boolean;
}): Promise<number> {
  const { store, files, clock, logger } = deps;
  let removed = 0;
  let last: SealedFileAt | null = null;
  while (!deps.isStopping()) {
    const page: readonly SealedFileAt[] = await files.filesAfter(last, atOnce);
    const consults = await store.database('consults').getMany(page.map(({ consult }) => consult));
    for (const [at, found] of page.entries()) {
      const document = consults[at] ?? null;
      const named = document === null ? [] : filesNamedIn(eventsOf(document.body));
      const isNamed = named.some(({ file, isAccepted }) => isAccepted && file === found.file);
      const isOld = found.storedAt !== null && found.storedAt < addMs(clock.now(), -orphanKeptMs);
      if (isNamed || !isOld || deps.isStopping()) continue;
      await files.remove(found.consult, found.file);
      removed++;
    }
    last = page.at(-1) ?? null;
    if (last === null || page.length < atOnce) break;
  }
  if (removed > 0) logger.info({ removed }, 'sealed files that no event names were removed');
  return removed;
}
