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
  /**
   * The store was set back under this process: reads everything anew and forgets what it knew. Rejects when the store cannot be read;
   * the last picture then stays.
   */
  reread(): Promise<void>;
  close(): Promise<void>;
}

/** Reads the directory whole, then follows it. Throws when the store cannot be read at the start. */
export async function openDirectoryCache(deps: {
  database: Database;
  logger: Logger;
}): Promise<DirectoryCache> {
  const { database, logger } = deps;
  interface Held {
    readonly documents: Map<string, DirectoryDocument>;
    readonly generations: Map<string, number>;
  }
  const nothing = (): Held => ({ documents: new Map(), generations: new Map() });
  let held = nothing();
  const listeners = new Set<(changed: ReadonlySet<string>) => void>();
  let picture: Directory | null = null;
  let isLoaded = false;

  function tell(changed: ReadonlySet<string>): void {
    if (changed.size === 0) return;
    picture = null;
    if (isLoaded) for (const listener of listeners) listener(changed);
  }

  /** Returns the ids that changed. */
  function take(page: ChangesPage, { documents, generations }: Held): ReadonlySet<string> {
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
    return changed;
  }

  /** Takes everything after `from`; returns where it ended. */
  async function readOn(from: Seq | null, into: Held): Promise<Seq> {
    for (let since = from; ;) {
      const page = await database.changes({ since, limit: pageLimit, includeDocs: true });
      const changed = take(page, into);
      if (into === held) tell(changed);
      since = page.lastSeq;
      if (page.caughtUp) return since;
    }
  }

  let since = await readOn(null, held);
  isLoaded = true;

  const follow = (from: Seq): Following =>
    database.follow({
      since: from,
      includeDocs: true,
      onChange: async (page) => {
        tell(take(page, held));
        for (const { id, doc } of page.changes) {
          if ((doc?.conflicts?.length ?? 0) > 0)
            await resolveConflicts(database, id, documentMerges.directory);
        }
      },
      onError: (error) => logger.warn({ err: error }, 'the directory feed was interrupted'),
    });
  let following = follow(since);

  return {
    current: () => (picture ??= directoryFrom(held.documents.values())),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isLoaded: () => isLoaded,
    async caughtUp() {
      since = await readOn(since, held);
    },
    async reread() {
      const fresh = nothing();
      const end = await readOn(null, fresh);
      await following.stop();
      const before = held;
      // Revisions of the store as it was say nothing about this one: an older generation may be the newer document.
      held = fresh;
      since = end;
      following = follow(end);
      tell(new Set([...before.documents.keys(), ...fresh.documents.keys()]));
    },
    close: () => following.stop(),
  };
}
