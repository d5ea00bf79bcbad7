import type { Logger } from 'pino';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import {
  SeqUnknown,
  type Change,
  type ChangesPage,
  type Database,
  type DocumentStore,
  type Following,
  type Seq,
  type StoredDocument,
} from '#server/store/port.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { instantSchema, instantToMs } from '#shared/lib/instant.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import { collections, type CollectionName } from '#shared/sync/protocol.ts';
import { factsOfConsult, isLive } from './consult-index.ts';
import { eventsInVersion } from './document-version.ts';
import { FeedLog } from './feed-log.ts';
import { keyOfPerson } from './held-scope.ts';
import { factsOfPatient } from './patient-index.ts';
import type { Place } from './place.ts';
import type { ScopeIndex } from './scope-index.ts';
import type { WireCache } from './wire-cache.ts';
import type { RecentEvents } from './recent-events.ts';
import { eventsOf, isEventDatabase, versionOf, wireText } from './wire-document.ts';

/** Something connected tablets may have to hear. */
export interface News {
  readonly collection: CollectionName;
  readonly id: string;
  /** Keys under which it could be found before and after; null: everyone's. */
  readonly before: ReadonlySet<string> | null;
  readonly after: ReadonlySet<string> | null;
  /** The document as text, read at most once; null: it is not in the store any more. */
  text(): Promise<string | null>;
}

export interface Feed {
  readonly index: ScopeIndex;
  /** The place up to which the index has come. */
  placeOf(collection: CollectionName): Place;
  logOf(database: CollectionName): FeedLog;
  /** Consults whose scope, age or patient changed: what moves their patients and alerts in and out of scopes. */
  readonly relations: FeedLog;
  /** Resolves when all that was in the store before the call is in the index. */
  catchUp(database: CollectionName): Promise<void>;
  onNews(listener: (items: readonly News[]) => void): () => void;
  /** Every consult that could be read, as the feed brings it. */
  onConsult(listener: (consult: Consult) => void): () => void;
  /** The same of patients. */
  onPatient(listener: (patient: Patient) => void): () => void;
  /** Tries again what could not be merged. */
  tidy(): Promise<void>;
  stop(): Promise<void>;
}

export interface FeedDeps {
  readonly store: DocumentStore;
  readonly logger: Logger;
  readonly index: ScopeIndex;
  readonly cache: WireCache;
  readonly indexer: Indexer;
  readonly startAt: Readonly<Record<CollectionName, Seq>>;
  /** The store does not know the place this gateway has come to: it was set back while it ran. */
  readonly onStoreBehind: () => void;
}

const pageLimit = 1000;
const logCapacity = 5000;

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
};

/** Puts documents into the index. Knows nothing of tablets. */
export function createIndexer(deps: { index: ScopeIndex; logger: Logger; recent: RecentEvents }) {
  const { index, logger, recent } = deps;
  const consultListeners = new Set<(consult: Consult) => void>();
  const patientListeners = new Set<(patient: Patient) => void>();

  function takeConsult(id: string, body: Readonly<Record<string, unknown>>, version: string): void {
    const consult = projectConsult(eventsOf(body));
    if (consult === null) {
      logger.error({ document: id }, 'a consult cannot be read; the last readable state stays');
      return;
    }
    index.consults.put(id, factsOfConsult(consult, version));
    for (const listener of consultListeners) listener(consult);
  }

  function takePatient(id: string, body: Readonly<Record<string, unknown>>, version: string): void {
    const patient = projectPatient(eventsOf(body));
    if (patient === null) {
      logger.error({ document: id }, 'a patient cannot be read; the last readable state stays');
      return;
    }
    index.patients.put(id, factsOfPatient(patient, version));
    for (const listener of patientListeners) listener(patient);
  }

  function takeAlert(id: string, body: Readonly<Record<string, unknown>>, version: string): void {
    const { recipient, consult, plannedAt } = body;
    if (typeof recipient !== 'string' || (typeof consult !== 'string' && consult !== null)) return;
    // '' is no consult's id: an alert about no consult is its recipient's alone.
    const key = keyOfPerson(recipient as PersonId);
    const since = consult === null ? instantSchema.safeParse(plannedAt).data : undefined;
    index.alerts.put(id, {
      key,
      consult: consult ?? '',
      version,
      ...(since === undefined ? {} : { plannedAtMs: instantToMs(since) }),
    });
  }

  return {
    consultListeners,
    patientListeners,
    /** False when nothing changed: the feed may repeat. */
    take(collection: CollectionName, id: string, document: Pick<StoredDocument, 'body'> | null): boolean {
      const held = index.versionOf(collection, id);
      if (document === null) {
        if (held === null) return false;
        if (collection === 'directory') index.directory.delete(id);
        else index[collection].remove(id);
        return true;
      }
      const version = versionOf(collection, document.body);
      if (held === version) return false;
      if (isEventDatabase(collection) && !index.consults.loading) {
        const known = held === null ? 0 : (eventsInVersion(held) ?? 0);
        for (const event of eventsOf(document.body).slice(known)) recent.add(event.id, collection, id);
      }
      if (collection === 'consults') takeConsult(id, document.body, version);
      else if (collection === 'patients') takePatient(id, document.body, version);
      else if (collection === 'alerts') takeAlert(id, document.body, version);
      else index.directory.set(id, version);
      return true;
    },
  };
}
export type Indexer = ReturnType<typeof createIndexer>;

const relationOf = (index: ScopeIndex, id: string): string => {
  const entry = index.consults.get(id);
  return entry === undefined
    ? ''
    : `${entry.patient} ${String(isLive(entry))} ${String(entry.endedAtMs)} ${entry.keys.join(' ')}`;
};

/** Follows the four databases once for this gateway, from where the index stands. */
export function createFeed(deps: FeedDeps): Feed {
  const { store, logger, index, cache, indexer, startAt } = deps;
  const newsListeners = new Set<(items: readonly News[]) => void>();
  const conflicted = new Set<string>();
  const logs = Object.fromEntries(
    collections.map((name) => [name, new FeedLog(logCapacity, startAt[name])]),
  ) as Record<CollectionName, FeedLog>;
  const relations = new FeedLog(logCapacity, startAt.consults);

  const readText = (collection: CollectionName, id: string) =>
    once(async () => {
      const document = await store.database(collection).get(id);
      return document === null ? null : wireText(cache, collection, document);
    });

  /** Patients and alerts whose scope hangs on this consult. */
  function hangingOn(consult: string): { collection: 'patients' | 'alerts'; id: string }[] {
    const entry = index.consults.get(consult);
    return [
      ...(entry === undefined ? [] : [{ collection: 'patients' as const, id: entry.patient }]),
      ...index.alerts.ofConsult(consult).map((id) => ({ collection: 'alerts' as const, id })),
    ];
  }

  /** Which logs have to name the document: its own database's, and that of what its scope hangs on. */
  function take(
    collection: CollectionName,
    { id, seq, deleted, doc }: Change,
    news: News[],
  ): { own: boolean; relation: boolean } {
    const isShared = collection !== 'directory';
    const before = isShared ? index.audienceOf(collection, id) : null;
    const relationBefore = collection === 'consults' ? relationOf(index, id) : '';
    const hanging = collection === 'consults' ? hangingOn(id) : [];
    const hangingBefore = hanging.map((one) => index.audienceOf(one.collection, one.id));
    const document = deleted || doc === undefined ? null : doc;
    let changed: boolean;
    try {
      changed = indexer.take(collection, id, document);
    } catch (cause) {
      logger.error({ err: cause, document: id }, 'a document cannot be indexed; the last state stays');
      return { own: false, relation: false };
    }
    // The feed repeats itself; or the document was read as it is now at an earlier place, and a tablet may stand between there and here.
    if (!changed) {
      const isRepeat = logs[collection].names(seq, id);
      return { own: !isRepeat, relation: !isRepeat && collection === 'consults' };
    }
    news.push({
      collection,
      id,
      before,
      after: isShared ? index.audienceOf(collection, id) : null,
      text: once(() => Promise.resolve(document === null ? null : wireText(cache, collection, document))),
    });
    if (collection !== 'consults' || relationOf(index, id) === relationBefore)
      return { own: true, relation: false };
    const known = new Set(hanging.map((one) => one.id));
    const added = hangingOn(id).filter((one) => !known.has(one.id));
    for (const [at, one] of [...hanging, ...added].entries()) {
      news.push({
        ...one,
        before: hangingBefore[at] ?? new Set(),
        after: index.audienceOf(one.collection, one.id),
        text: readText(one.collection, one.id),
      });
    }
    return { own: true, relation: true };
  }

  function apply(collection: CollectionName, page: ChangesPage): void {
    const news: News[] = [];
    for (const change of page.changes) {
      const { own, relation } = take(collection, change, news);
      logs[collection].append(change.seq, own ? [change.id] : []);
      if (collection === 'consults') relations.append(change.seq, relation ? [change.id] : []);
      if (change.leafRevs.length > 1 && change.doc?.conflicts !== undefined) {
        conflicted.add(`${collection} ${change.id}`);
      }
    }
    if (logs[collection].current !== page.lastSeq) {
      logs[collection].append(page.lastSeq, []);
      if (collection === 'consults') relations.append(page.lastSeq, []);
    }
    if (news.length > 0) for (const listener of newsListeners) listener(news);
  }

  async function tidy(): Promise<void> {
    for (const entry of conflicted) {
      const [collection, id] = entry.split(' ') as [CollectionName, string];
      try {
        await resolveConflicts(store.database(collection), id, documentMerges[collection]);
        conflicted.delete(entry);
      } catch (cause) {
        logger.error({ err: cause, document: id }, 'a conflict could not be merged; it will be tried again');
      }
    }
  }

  const followings: Following[] = collections.map((collection) =>
    store.database(collection).follow({
      since: startAt[collection],
      includeDocs: true,
      async onChange(page) {
        apply(collection, page);
        if (conflicted.size > 0) await tidy();
      },
      onError(error) {
        logger.warn({ err: error, database: collection }, 'the feed was interrupted');
        if (error instanceof SeqUnknown) deps.onStoreBehind();
      },
    }),
  );

  return {
    index,
    relations,
    logOf: (database) => logs[database],
    placeOf: (collection) => ({
      own: logs[collection].current,
      consults: collection === 'patients' || collection === 'alerts' ? logs.consults.current : null,
    }),
    async catchUp(name) {
      const database: Database = store.database(name);
      for (;;) {
        const page = await database.changes({
          since: logs[name].current,
          limit: pageLimit,
          includeDocs: true,
        });
        apply(name, page);
        if (page.caughtUp) return;
      }
    },
    onNews(listener) {
      newsListeners.add(listener);
      return () => newsListeners.delete(listener);
    },
    onConsult(listener) {
      indexer.consultListeners.add(listener);
      return () => indexer.consultListeners.delete(listener);
    },
    onPatient(listener) {
      indexer.patientListeners.add(listener);
      return () => indexer.patientListeners.delete(listener);
    },
    tidy,
    async stop() {
      await Promise.all(followings.map((following) => following.stop()));
    },
  };
}
