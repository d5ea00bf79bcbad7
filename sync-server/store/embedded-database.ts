import type PouchDB from 'pouchdb-core';
import type { PouchWriteRow } from 'pouchdb-core';
import type { ChangedDocument, EmbeddedReader } from './embedded-reader.ts';
import { followFeed, type BackOff } from './follow.ts';
import { createGroupCommit } from './group-commit.ts';
import { bulkDocsInRounds } from './pouch-bulk.ts';
import type { News } from './news.ts';
import {
  seqFromText,
  SeqUnknown,
  StoreUnavailable,
  type Change,
  type ChangesPage,
  type ChangesQuery,
  type Database,
  type DatabaseName,
  type ExportedLeaf,
  type Following,
  type ScanRow,
  type Seq,
  type ViewKey,
  type ViewQuery,
  type ViewRow,
  type Write,
  type WriteOutcome,
} from './port.ts';
import { generationOf, isDesignId, rawOf, rejectionOf } from './stored-document.ts';

const exportPage = 500;
/** Documents of this database hold up to a megabyte each. */
const attachmentsExportPage = 8;
const followPage = 500;
const mostInOneCommit = 500;
/** So few changes are asked for by their keys: one trip to LevelDB instead of the four that walking takes. */
const mostByKey = 100;
const followBackOff: BackOff = { firstMs: 50, mostMs: 5_000 };

/** What goes wrong inside PouchDB or LevelDB is the store's failure and says so. */
export const asked = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((cause: unknown) => {
    if (cause instanceof StoreUnavailable) throw cause;
    throw new StoreUnavailable('the embedded store failed', { cause });
  });

const seqOf = (seq: number): Seq => seqFromText(String(seq));

function numberOf(since: Seq | null): number {
  if (since === null) return 0;
  if (!/^\d{1,15}$/.test(since)) throw new SeqUnknown('not a sequence of the embedded store');
  return Number(since);
}

function changeOf(document: ChangedDocument, withDocument: boolean): Change {
  const change: Change = {
    id: document.id,
    seq: seqOf(document.seq),
    rev: document.rev,
    deleted: document.deleted,
    leafRevs: document.leaves.map((leaf) => leaf.rev),
  };
  if (withDocument) change.doc = document.winner;
  return change;
}

export interface EmbeddedParts {
  pouch: PouchDB;
  reader: EmbeddedReader;
  news: News;
  followers: Set<Following>;
}

export class EmbeddedDatabase implements Database {
  readonly name: DatabaseName;
  readonly #pouch: PouchDB;
  readonly #reader: EmbeddedReader;
  readonly #news: News;
  readonly #followers: Set<Following>;
  readonly #commit: (docs: readonly Record<string, unknown>[]) => Promise<PouchWriteRow[]>;

  constructor(name: DatabaseName, parts: EmbeddedParts) {
    this.name = name;
    this.#pouch = parts.pouch;
    this.#reader = parts.reader;
    this.#news = parts.news;
    this.#followers = parts.followers;
    this.#commit = createGroupCommit(
      (docs: Record<string, unknown>[]) => bulkDocsInRounds(parts.pouch, docs),
      mostInOneCommit,
    );
  }

  async get(id: string, options: { conflicts?: boolean } = {}) {
    const [document] = await asked(this.#reader.winners([id], options.conflicts === true));
    return document ?? null;
  }

  getMany(ids: readonly string[]) {
    return asked(this.#reader.winners(ids, false));
  }

  async write(writes: readonly Write[]): Promise<WriteOutcome[]> {
    const rejections = writes.map(rejectionOf);
    const taken = writes.filter((_write, index) => rejections[index] === null);
    const rows = taken.length === 0 ? [] : await asked(this.#commit(taken.map(rawOf)));
    if (rows.some((row) => row.ok === true)) this.#news.publish();
    let next = 0;
    return writes.map(({ id }, index) => {
      const reason = rejections[index];
      if (typeof reason === 'string') return { type: 'rejected', id, reason };
      const row = rows[next++];
      if (row?.ok === true && row.rev !== undefined) return { type: 'written', id, rev: row.rev };
      if (row?.status === 409) return { type: 'conflict', id };
      if (row?.status === 400 || row?.status === 403)
        return { type: 'rejected', id, reason: row.name ?? 'refused' };
      throw new StoreUnavailable('the embedded store gave no outcome for a write');
    });
  }

  async changes({
    since,
    limit,
    includeDocs = false,
    descending = false,
  }: ChangesQuery): Promise<ChangesPage> {
    const from = numberOf(since);
    const { update_seq: newest } = await asked(this.#pouch.info());
    if (from > newest) {
      throw new SeqUnknown('the embedded store has not come that far: it was set back');
    }
    if (from === newest && !descending) return { changes: [], lastSeq: seqOf(from), caughtUp: true };
    const { documents, lastSeq, ended } = await asked(
      !descending && newest - from <= Math.min(limit, mostByKey)
        ? this.#reader.changedUpTo(from, newest)
        : this.#reader.changed(from, limit, descending),
    );
    return {
      changes: documents
        .filter(({ id }) => !isDesignId(id))
        .map((document) => changeOf(document, includeDocs)),
      lastSeq: seqOf(lastSeq),
      caughtUp: ended,
    };
  }

  follow(options: Parameters<Database['follow']>[0]): Following {
    const following = followFeed(
      options,
      async (since, signal) => {
        for (;;) {
          const heard = this.#news.count();
          const page = await this.changes({
            since,
            limit: followPage,
            includeDocs: options.includeDocs === true,
          });
          if (page.changes.length > 0 || page.lastSeq !== since) return page;
          await this.#news.after(heard, signal);
          if (signal.aborted) return page;
        }
      },
      followBackOff,
    );
    const followers = this.#followers;
    const registered: Following = {
      async stop() {
        followers.delete(registered);
        await following.stop();
      },
    };
    followers.add(registered);
    return registered;
  }

  leaves(id: string) {
    return asked(this.#reader.leaves(id));
  }

  async removeLeaves(id: string, revs: readonly string[]): Promise<void> {
    if (revs.length === 0) return;
    await asked(this.#commit(revs.map((rev) => rawOf({ id, rev, body: {}, deleted: true }))));
    this.#news.publish();
  }

  async view(name: string, query: ViewQuery = {}): Promise<ViewRow[]> {
    const { rows } = await asked(
      this.#pouch.query(name, {
        reduce: false,
        ...(query.startKey === undefined ? {} : { startkey: query.startKey }),
        ...(query.endKey === undefined ? {} : { endkey: query.endKey }),
        ...(query.keys === undefined ? {} : { keys: query.keys }),
        ...(query.limit === undefined ? {} : { limit: query.limit }),
        ...(query.skip === undefined ? {} : { skip: query.skip }),
        ...(query.descending === true ? { descending: true } : {}),
      }),
    );
    const documents = query.includeDocs === true ? await this.getMany(rows.map((row) => row.id)) : [];
    return rows.map((row, index) => {
      const doc = documents[index];
      return { id: row.id, key: row.key as ViewKey, value: row.value, ...(doc ? { doc } : {}) };
    });
  }

  async position(): Promise<Seq> {
    return seqOf((await asked(this.#pouch.info())).update_seq);
  }

  async count(): Promise<number> {
    const [info, designs] = await asked(
      Promise.all([this.#pouch.info(), this.#pouch.allDocs({ startkey: '_design/', endkey: '_design0' })]),
    );
    return info.doc_count - designs.rows.length;
  }

  async scan(query: Parameters<Database['scan']>[0]): Promise<ScanRow[]> {
    const rows = await asked(
      this.#reader.scan(query.startKey, query.endKey, query.limit, query.includeDocs === true),
    );
    return rows.map(({ id, rev, document }) => ({ id, rev, ...(document ? { doc: document } : {}) }));
  }

  async *exportLeaves(): AsyncGenerator<ExportedLeaf[]> {
    const limit = this.name === 'attachments' ? attachmentsExportPage : exportPage;
    let since = 0;
    for (;;) {
      const { documents, lastSeq } = await asked(this.#reader.changed(since, limit, false));
      // Not "until caught up", nor "until a page is empty": documents rewritten while the last page was read stand behind it.
      if (lastSeq === since) return;
      const leaves = await asked(this.#reader.exported(documents.filter(({ id }) => !isDesignId(id))));
      if (leaves.length > 0) yield leaves;
      since = lastSeq;
    }
  }

  async importLeaves(leaves: readonly ExportedLeaf[]): Promise<void> {
    if (leaves.length === 0) return;
    const docs = leaves.map((leaf) => ({
      ...rawOf(leaf),
      _revisions: { start: generationOf(leaf.rev), ids: leaf.revisions },
    }));
    await asked(this.#pouch.bulkDocs(docs, { new_edits: false }));
    this.#news.publish();
  }

  async compact(): Promise<void> {
    await asked(this.#pouch.compact());
  }
}
