import type { z } from 'zod';
import {
  allDocsSchema,
  bulkDocsSchema,
  bulkGetSchema,
  changesSchema,
  infoSchema,
  okSchema,
  storedOf,
  viewSchema,
} from './couchdb-answers.ts';
import { CouchRefusal, type AskCouch, type CouchRequest } from './couchdb-request.ts';
import { followFeed, type BackOff } from './follow.ts';
import {
  seqFromText,
  SeqUnknown,
  StoreUnavailable,
  type ChangesPage,
  type ChangesQuery,
  type Database,
  type DatabaseName,
  type ExportedLeaf,
  type Following,
  type ScanRow,
  type Seq,
  type StoredDocument,
  type ViewQuery,
  type ViewRow,
  type Write,
  type WriteOutcome,
} from './port.ts';
import { bodyOf, generationOf, isDesignId, rawOf, rejectionOf } from './stored-document.ts';

const exportPage = 200;
/** Documents of this database hold up to a megabyte each. */
const attachmentsExportPage = 8;
const followPage = 500;
const beginning = '0';

export interface CouchSettings {
  database: string;
  feedTimeoutMs: number;
  feedGraceMs: number;
  followBackOff: BackOff;
  followers: Set<Following>;
}

export class CouchDatabase implements Database {
  readonly name: DatabaseName;
  readonly #ask: AskCouch;
  readonly #settings: CouchSettings;

  constructor(name: DatabaseName, ask: AskCouch, settings: CouchSettings) {
    this.name = name;
    this.#ask = ask;
    this.#settings = settings;
  }

  async #asked<T>(schema: z.ZodType<T>, request: CouchRequest): Promise<{ status: number; answer: T }> {
    try {
      return await this.#ask(schema, { ...request, database: this.#settings.database });
    } catch (error) {
      if (error instanceof CouchRefusal)
        throw new StoreUnavailable(error.message, { cause: error, retryable: false });
      throw error;
    }
  }

  async #winners(ids: readonly string[], conflicts: boolean): Promise<(StoredDocument | null)[]> {
    if (ids.length === 0) return [];
    const { answer } = await this.#asked(allDocsSchema, {
      method: 'POST',
      path: '_all_docs',
      query: { include_docs: true, ...(conflicts ? { conflicts: true } : {}) },
      body: { keys: ids },
    });
    if (answer.rows.length !== ids.length)
      throw new StoreUnavailable('CouchDB left out rows that were asked for');
    return answer.rows.map((row) => (row.doc && row.value?.deleted !== true ? storedOf(row.doc) : null));
  }

  async get(id: string, options: { conflicts?: boolean } = {}) {
    const [document] = await this.#winners([id], options.conflicts === true);
    return document ?? null;
  }

  getMany(ids: readonly string[]) {
    return this.#winners(ids, false);
  }

  async write(writes: readonly Write[]): Promise<WriteOutcome[]> {
    const rejections = writes.map(rejectionOf);
    const outcomes = await this.#bulk(writes.filter((_write, index) => rejections[index] === null));
    let next = 0;
    return writes.map(({ id }, index) => {
      const reason = rejections[index];
      if (typeof reason === 'string') return { type: 'rejected', id, reason };
      const outcome = outcomes[next++];
      if (!outcome) throw new StoreUnavailable('CouchDB gave no outcome for a write');
      return outcome;
    });
  }

  /** A batch that CouchDB refuses whole (413, 400) is halved until the one it means stands alone. */
  async #bulk(writes: readonly Write[]): Promise<WriteOutcome[]> {
    const [first] = writes;
    if (!first) return [];
    try {
      const request = { method: 'POST', path: '_bulk_docs', body: { docs: writes.map(rawOf) } } as const;
      const { status, answer } = await this.#ask(bulkDocsSchema, {
        ...request,
        database: this.#settings.database,
      });
      const outcomes = answer.map((row, index) => outcomeOf(writes[index]?.id ?? '', row, status));
      if (outcomes.length !== writes.length)
        throw new StoreUnavailable('CouchDB gave no outcome for a write');
      return outcomes;
    } catch (error) {
      if (!(error instanceof CouchRefusal)) throw error;
      if (error.status !== 413 && error.status !== 400) {
        throw new StoreUnavailable(error.message, { cause: error, retryable: false });
      }
      if (writes.length === 1) return [{ type: 'rejected', id: first.id, reason: error.code }];
      const middle = Math.ceil(writes.length / 2);
      return [...(await this.#bulk(writes.slice(0, middle))), ...(await this.#bulk(writes.slice(middle)))];
    }
  }

  changes(query: ChangesQuery): Promise<ChangesPage> {
    return this.#page(query, {});
  }

  async #page(
    { since, limit, includeDocs = false, descending = false }: ChangesQuery,
    live: { query?: CouchRequest['query']; timeoutMs?: number; signal?: AbortSignal },
  ): Promise<ChangesPage> {
    const { query, ...limits } = live;
    try {
      const { answer } = await this.#ask(changesSchema, {
        ...limits,
        database: this.#settings.database,
        path: '_changes',
        query: {
          limit,
          style: 'all_docs',
          ...(descending ? { descending: true } : { since: since ?? beginning }),
          ...(includeDocs ? { include_docs: true, conflicts: true } : {}),
          ...query,
        },
      });
      return {
        changes: answer.results.flatMap(({ id, seq, changes, deleted, doc }) => {
          const leafRevs = changes.map((change) => change.rev);
          const [rev] = leafRevs;
          if (rev === undefined || isDesignId(id)) return [];
          const stored = includeDocs && doc ? { doc: storedOf(doc) } : {};
          return [{ id, seq: seqFromText(seq), rev, deleted: deleted === true, leafRevs, ...stored }];
        }),
        lastSeq: seqFromText(answer.last_seq),
        caughtUp: answer.results.length < limit,
      };
    } catch (error) {
      if (error instanceof CouchRefusal && error.status === 400)
        throw new SeqUnknown('CouchDB does not know this sequence');
      if (error instanceof CouchRefusal)
        throw new StoreUnavailable(error.message, { cause: error, retryable: false });
      throw error;
    }
  }

  /**
   * Long-polls of its own: nano's reader announces a place before its changes, takes a cut answer for an empty one, stops for good on any 4xx
   * and has no time limit.
   */
  follow(options: Parameters<Database['follow']>[0]): Following {
    const { feedTimeoutMs, feedGraceMs, followBackOff, followers } = this.#settings;
    const following = followFeed(
      options,
      (since, signal) =>
        this.#page(
          { since, limit: followPage, includeDocs: options.includeDocs === true },
          {
            query: { feed: 'longpoll', timeout: feedTimeoutMs },
            timeoutMs: feedTimeoutMs + feedGraceMs,
            signal,
          },
        ),
      followBackOff,
    );
    const registered: Following = {
      async stop() {
        followers.delete(registered);
        await following.stop();
      },
    };
    followers.add(registered);
    return registered;
  }

  async #revisions(wanted: readonly { id: string; rev: string }[], withAncestors: boolean) {
    if (wanted.length === 0) return [];
    const { answer } = await this.#asked(bulkGetSchema, {
      method: 'POST',
      path: '_bulk_get',
      ...(withAncestors ? { query: { revs: true } } : {}),
      body: { docs: wanted },
    });
    return answer.results.flatMap(({ docs }) => docs.flatMap(({ ok }) => (ok ? [ok] : [])));
  }

  async leaves(id: string): Promise<StoredDocument[]> {
    const winner = await this.get(id, { conflicts: true });
    if (!winner) return [];
    const { conflicts = [], ...leading } = winner;
    const losers = await this.#revisions(
      conflicts.map((rev) => ({ id, rev })),
      false,
    );
    return [leading, ...losers.filter((raw) => raw._deleted !== true).map(storedOf)];
  }

  async removeLeaves(id: string, revs: readonly string[]): Promise<void> {
    if (revs.length === 0) return;
    const docs = revs.map((rev) => rawOf({ id, rev, body: {}, deleted: true }));
    await this.#asked(bulkDocsSchema, { method: 'POST', path: '_bulk_docs', body: { docs } });
  }

  async view(name: string, query: ViewQuery = {}): Promise<ViewRow[]> {
    const [design, view] = name.split('/');
    if (!design || !view) throw new Error(`a view is named <design document>/<view>, not ${name}`);
    const { answer } = await this.#asked(viewSchema, {
      method: 'POST',
      path: `_design/${encodeURIComponent(design)}/_view/${encodeURIComponent(view)}`,
      body: {
        reduce: false,
        ...(query.startKey === undefined ? {} : { start_key: query.startKey }),
        ...(query.endKey === undefined ? {} : { end_key: query.endKey }),
        ...(query.keys === undefined ? {} : { keys: query.keys }),
        ...(query.limit === undefined ? {} : { limit: query.limit }),
        ...(query.skip === undefined ? {} : { skip: query.skip }),
        ...(query.descending === true ? { descending: true } : {}),
        ...(query.includeDocs === true ? { include_docs: true } : {}),
      },
    });
    return answer.rows.map(({ id, key, value, doc }) => ({
      id,
      key,
      value,
      ...(doc ? { doc: storedOf(doc) } : {}),
    }));
  }

  async position(): Promise<Seq> {
    return seqFromText((await this.#asked(infoSchema, {})).answer.update_seq);
  }

  async count(): Promise<number> {
    const [info, designs] = await Promise.all([
      this.#asked(infoSchema, {}),
      this.#asked(allDocsSchema, {
        method: 'POST',
        path: '_all_docs',
        body: { start_key: '_design/', end_key: '_design0' },
      }),
    ]);
    return info.answer.doc_count - designs.answer.rows.length;
  }

  /** Design documents lie among the others and count toward CouchDB's limit, so a page may take a second request. */
  async scan({
    startKey,
    endKey,
    limit,
    includeDocs = false,
  }: Parameters<Database['scan']>[0]): Promise<ScanRow[]> {
    const found: ScanRow[] = [];
    let from = startKey;
    while (found.length < limit) {
      const wanted = limit - found.length;
      const { answer } = await this.#asked(allDocsSchema, {
        method: 'POST',
        path: '_all_docs',
        body: {
          start_key: from,
          ...(endKey === undefined ? {} : { end_key: endKey }),
          limit: wanted,
          ...(includeDocs ? { include_docs: true } : {}),
        },
      });
      for (const { id, value, doc } of answer.rows) {
        if (id === undefined || !value || isDesignId(id)) continue;
        found.push({ id, rev: value.rev, ...(doc ? { doc: storedOf(doc) } : {}) });
      }
      const last = answer.rows.at(-1);
      if (answer.rows.length < wanted || !last) break;
      from = `${last.key}\u0000`;
    }
    return found;
  }

  async *exportLeaves(): AsyncGenerator<ExportedLeaf[]> {
    const limit = this.name === 'attachments' ? attachmentsExportPage : exportPage;
    let since: Seq | null = null;
    for (;;) {
      const page: ChangesPage = await this.changes({ since, limit });
      const wanted = page.changes.flatMap(({ id, leafRevs }) => leafRevs.map((rev) => ({ id, rev })));
      const raws = await this.#revisions(wanted, true);
      const leaves = raws.map((raw) => ({
        id: raw._id,
        rev: raw._rev,
        revisions: raw._revisions?.ids ?? [raw._rev.slice(raw._rev.indexOf('-') + 1)],
        deleted: raw._deleted === true,
        body: bodyOf(raw),
      }));
      if (leaves.length > 0) yield leaves;
      // A leaf that was rewritten and compacted since the page was read stands further on.
      if (page.caughtUp && raws.length === wanted.length) return;
      since = page.lastSeq;
    }
  }

  async importLeaves(leaves: readonly ExportedLeaf[]): Promise<void> {
    if (leaves.length === 0) return;
    const docs = leaves.map((leaf) => ({
      ...rawOf(leaf),
      _revisions: { start: generationOf(leaf.rev), ids: leaf.revisions },
    }));
    const { answer } = await this.#asked(bulkDocsSchema, {
      method: 'POST',
      path: '_bulk_docs',
      body: { new_edits: false, docs },
    });
    if (answer.some((row) => row.error !== undefined)) {
      throw new StoreUnavailable('CouchDB did not take every leaf', { retryable: false });
    }
  }

  async compact(): Promise<void> {
    await this.#asked(okSchema, { method: 'POST', path: '_compact', body: {} });
  }
}

const refused = new Set([
  'forbidden',
  'unauthorized',
  'bad_request',
  'doc_validation',
  'document_too_large',
  'illegal_docid',
]);

function outcomeOf(id: string, row: z.infer<typeof bulkDocsSchema>[number], status: number): WriteOutcome {
  if (row.rev !== undefined && row.error === undefined) {
    // CouchDB says 202 for the whole answer and not which rows it means.
    return { type: status === 201 ? 'written' : 'unproven', id, rev: row.rev };
  }
  if (row.error === 'conflict') return { type: 'conflict', id };
  if (row.error !== undefined && refused.has(row.error)) return { type: 'rejected', id, reason: row.error };
  throw new StoreUnavailable('CouchDB could not say what became of a write');
}
