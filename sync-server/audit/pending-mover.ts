import type { Logger } from 'pino';
import { z } from 'zod';
import { changeDocument } from '#server/ops/change-document.ts';
import { followAnew } from '#server/store/follow-anew.ts';
import {
  seqFromText,
  SeqUnknown,
  type ChangesPage,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type Following,
  type Seq,
} from '#server/store/port.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { AuditTrail } from './audit.ts';
import type { AuditKey } from './entry-hash.ts';
import { pendingOf, withoutPending, type PendingEntry } from './pending.ts';
import { storeOnce } from './store-once.ts';

/** Where documents may carry pending entries. */
const sources = ['directory', 'accounts', 'quarantine'] as const satisfies readonly DatabaseName[];
type Source = (typeof sources)[number];

const pageLimit = 500;
/** Entries one link of the chain names. */
const mostInOneLink = 200;

const positionId = (source: Source): string => `audit-position:${source}`;
const positionSchema = z.looseObject({ seq: z.string(), epoch: z.string() });

/**
 * Moves pending entries out of documents into the audit. Three steps, each of which may be repeated: the entry is written once under its own
 * id; the chain of this process names it; it is taken out of the document. Whoever dies in between, the entry still waits in the document, and whoever
 * looks next (any gateway) finds what was done and does the rest.
 */
export interface PendingMover {
  /** Goes on from where this hospital's gateways had come. */
  start(): Promise<void>;
  /** Resolves when everything that was pending before the call has been moved. */
  caughtUp(): Promise<void>;
  /** Remembers how far it has come. */
  savePositions(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves after so long, or at once when told to stop. */
const pauseUnless = (signal: AbortSignal, ms: number): Promise<void> =>
  new Promise((go) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      go();
    }
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });

interface Found {
  readonly id: string;
  readonly entries: readonly PendingEntry[];
  readonly isDeleted: boolean;
}

export function createPendingMover(deps: {
  store: DocumentStore;
  trail: Pick<AuditTrail, 'linkMoved'>;
  key: AuditKey;
  clock: Clock;
  logger: Logger;
  /** The store's epoch: a place in a feed means nothing after the store was set back. */
  epoch: () => string;
  /** Waits so long for more before it moves what the feed brought, so that a burst of changes is moved together and not in its way. */
  gatherMs?: number;
}): PendingMover {
  const { store, trail, key, clock, logger } = deps;
  const audit = store.database('audit');
  const meta = store.database('meta');
  const { gatherMs = 0 } = deps;
  const stopping = new AbortController();
  const followings: Following[] = [];
  const reached = new Map<Source, Seq>();
  const saved = new Map<Source, Seq>();

  /** Entries that are not in their documents any more were moved by somebody else meanwhile. */
  async function stillPending(database: Database, found: readonly Found[]): Promise<Found[]> {
    const documents = await database.getMany(found.map(({ id }) => id));
    return found.flatMap((one, at) => {
      if (one.isDeleted) return [one];
      const ids = new Set(pendingOf(documents[at]?.body ?? {}).map(({ id }) => id));
      const entries = one.entries.filter(({ id }) => ids.has(id));
      return entries.length === 0 ? [] : [{ ...one, entries }];
    });
  }

  async function move(source: Source, all: readonly Found[]): Promise<void> {
    const database = store.database(source);
    const found = await stillPending(database, all);
    const entries = found.flatMap(({ id: document, entries: pending }) =>
      pending.map((entry) => ({ ...entry, source: `${source}/${document}` })),
    );
    const { moved, refused } = await storeOnce(audit, key, entries);
    // It stays where it is.
    if (refused.length > 0)
      logger.error({ database: source, entries: refused.length }, 'the store refused pending audit entries');
    const links: Promise<void>[] = [];
    for (let at = 0; at < moved.length; at += mostInOneLink)
      links.push(trail.linkMoved(clock.now(), moved.slice(at, at + mostInOneLink)));
    await Promise.all(links);
    const ids = new Set(moved.map(({ id }) => id));
    await Promise.all(
      found
        .filter(({ isDeleted }) => !isDeleted)
        .map(({ id }) =>
          changeDocument(database, id, (held) => (held === null ? null : withoutPending(held.body, ids))),
        ),
    );
  }

  async function take(source: Source, page: ChangesPage): Promise<void> {
    const found = page.changes.flatMap(({ id, deleted, doc }): Found[] => {
      const entries = doc === undefined ? [] : pendingOf(doc.body);
      return entries.length === 0 ? [] : [{ id, entries, isDeleted: deleted }];
    });
    if (found.length > 0) await move(source, found);
    reached.set(source, page.lastSeq);
  }

  async function savedPosition(source: Source): Promise<Seq | null> {
    const parsed = positionSchema.safeParse((await meta.get(positionId(source)))?.body);
    if (!parsed.success || parsed.data.epoch !== deps.epoch()) return null;
    const seq = seqFromText(parsed.data.seq);
    try {
      await store.database(source).changes({ since: seq, limit: 1 });
      return seq;
    } catch (error) {
      if (error instanceof SeqUnknown) return null;
      throw error;
    }
  }

  return {
    async start() {
      for (const source of sources) {
        followings.push(
          followAnew(store.database(source), {
            since: await savedPosition(source),
            includeDocs: true,
            onChange: async (page) => {
              const isAny = page.changes.some(
                ({ doc }) => doc !== undefined && pendingOf(doc.body).length > 0,
              );
              if (isAny && gatherMs > 0) await pauseUnless(stopping.signal, gatherMs);
              if (!stopping.signal.aborted) await take(source, page);
            },
            onError: (error) =>
              logger.warn({ err: error, database: source }, 'pending audit entries wait to be moved'),
          }),
        );
      }
    },
    async caughtUp() {
      for (const source of sources) {
        for (let since = reached.get(source) ?? (await savedPosition(source)); ;) {
          const page = await store.database(source).changes({ since, limit: pageLimit, includeDocs: true });
          await take(source, page);
          since = page.lastSeq;
          if (page.caughtUp) break;
        }
      }
    },
    async savePositions() {
      for (const [source, seq] of reached) {
        if (saved.get(source) === seq) continue;
        await changeDocument(meta, positionId(source), () => ({
          kind: 'audit-position',
          seq,
          epoch: deps.epoch(),
        }));
        saved.set(source, seq);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(followings.map((following) => following.stop()));
    },
  };
}
