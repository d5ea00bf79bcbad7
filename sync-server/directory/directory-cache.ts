import type { Logger } from 'pino';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import type { ChangesPage, Database, Following, Seq } from '#server/store/port.ts';
import { directoryFrom } from '#shared/directory/build-directory.ts';
import {
  directoryDocumentSchema,
  type Directory,
  type DirectoryDocument,
} from '#shared/directory/directory.ts';

const pageLimit = 500;

/** The directory in memory, following the store. A document's id in the store is its own `id`; its body is the document. */
export interface DirectoryCache {
  /** An unchanging picture; a new object after each change. */
  current(): Directory;
  /** Called after each change with the ids that changed. Returns the way to stop. */
  onChange(listener: (changed: ReadonlySet<string>) => void): () => void;
  /** False until the whole directory was read. */
  isLoaded(): boolean;
  /** Resolves when everything written before the call is in `current()`. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** Reads the directory whole, then follows it. Throws when the store cannot be read at the start. */
export async function openDirectoryCache(deps: {
  database: Database;
  logger: Logger;
}): Promise<DirectoryCache> {
  const { database, logger } = deps;
  const documents = new Map<string, DirectoryDocument>();
  const generations = new Map<string, number>();
  const listeners = new Set<(changed: ReadonlySet<string>) => void>();
  let picture: Directory | null = null;
  let isLoaded = false;

  function take(page: ChangesPage): void {
    const changed = new Set<string>();
    for (const change of page.changes) {
      // Two readers of the feed meet here, and one may be behind.
      const generation = Number.parseInt(change.rev, 10);
      if (generation < (generations.get(change.id) ?? 0)) continue;
      generations.set(change.id, generation);
      if (change.deleted) {
        if (documents.delete(change.id)) changed.add(change.id);
        continue;
      }
      const parsed = directoryDocumentSchema.safeParse(change.doc?.body);
      if (!parsed.success || parsed.data.id !== change.id) {
        // The last readable state stays: rules must not lose a department because one write was bad.
        logger.error({ document: change.id }, 'a directory document cannot be read');
        continue;
      }
      documents.set(change.id, parsed.data);
      changed.add(change.id);
    }
    if (changed.size === 0) return;
    picture = null;
    if (isLoaded) for (const listener of listeners) listener(changed);
  }

  /** Takes everything after `from`; returns where it ended. */
  async function readOn(from: Seq | null): Promise<Seq> {
    for (let since = from; ;) {
      const page = await database.changes({ since, limit: pageLimit, includeDocs: true });
      take(page);
      since = page.lastSeq;
      if (page.caughtUp) return since;
    }
  }

  let since = await readOn(null);
  isLoaded = true;

  const following: Following = database.follow({
    since,
    includeDocs: true,
    onChange: async (page) => {
      take(page);
      for (const { id, doc } of page.changes) {
        if ((doc?.conflicts?.length ?? 0) > 0) await resolveConflicts(database, id, documentMerges.directory);
      }
    },
    onError: (error) => logger.warn({ err: error }, 'the directory feed was interrupted'),
  });

  return {
    current: () => (picture ??= directoryFrom(documents.values())),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isLoaded: () => isLoaded,
    async caughtUp() {
      since = await readOn(since);
    },
    close: () => following.stop(),
  };
}
