import type { LevelDown } from 'leveldown';
import { readMany, readRange } from './leveldb.ts';
import { StoreUnavailable, type ExportedLeaf, type StoredDocument } from './port.ts';
import { bodyOf, generationOf } from './stored-document.ts';

/**
 * Reads PouchDB's LevelDB layout (9.0.0: document-store, by-sequence) without PouchDB, which needs three to eight times as long for the
 * same documents. Writing stays with PouchDB; the contract suite holds both to the same answers.
 */

type RevNode = [hash: string, state: { status?: string; deleted?: boolean }, children: RevNode[]];

interface Metadata {
  id: string;
  seq: number;
  rev_tree: { pos: number; ids: RevNode }[];
  rev_map: Record<string, number>;
  winningRev: string;
  deleted: boolean;
}

type RawDocument = Record<string, unknown> & { _id: string; _rev: string; _deleted?: boolean };

interface Row {
  seq: number;
  raw: RawDocument;
}

export interface Leaf {
  rev: string;
  deleted: boolean;
  /** Hashes from the leaf to the root. */
  revisions: string[];
}

const documentPrefix = '\xffdocument-store\xff';
const documentEnd = '\xffdocument-store\u0100';
const seqPrefix = '\xffby-sequence\xff';
const seqEnd = '\xffby-sequence\u0100';

const seqKey = (seq: number): string => seqPrefix + String(seq).padStart(16, '0');

export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StoreUnavailable('the store is damaged: a record cannot be read', { cause, retryable: false });
  }
};

const damaged = (): StoreUnavailable =>
  new StoreUnavailable('the store is damaged: a revision is missing', { retryable: false });

/** A compaction may take a revision between two reads; then the newer state is read. */
async function unlessCompacted<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === 3 || !(error instanceof StoreUnavailable)) throw error;
    }
  }
}

/** Winner first: live before removed, then the longer history, then the larger hash. */
export function leavesOf(metadata: Pick<Metadata, 'rev_tree'>): Leaf[] {
  const leaves: Leaf[] = [];
  for (const { pos, ids } of metadata.rev_tree) {
    const stack: { node: RevNode; generation: number; ancestors: string[] }[] = [
      { node: ids, generation: pos, ancestors: [] },
    ];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [hash, state, children] = at.node;
      if (children.length === 0) {
        leaves.push({
          rev: `${String(at.generation)}-${hash}`,
          deleted: state.deleted === true,
          revisions: [hash, ...at.ancestors.toReversed()],
        });
      } else {
        const ancestors = [...at.ancestors, hash];
        for (const child of children) stack.push({ node: child, generation: at.generation + 1, ancestors });
      }
    }
  }
  return leaves.sort((a, b) => {
    if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
    const generations = generationOf(b.rev) - generationOf(a.rev);
    return generations !== 0 ? generations : a.rev < b.rev ? 1 : -1;
  });
}

export interface ChangedDocument {
  id: string;
  seq: number;
  rev: string;
  deleted: boolean;
  leaves: Leaf[];
  winner: StoredDocument;
}

export interface EmbeddedReader {
  winners(ids: readonly string[], withConflicts: boolean): Promise<(StoredDocument | null)[]>;
  leaves(id: string): Promise<StoredDocument[]>;
  changed(
    since: number,
    limit: number,
    descending: boolean,
  ): Promise<{ documents: ChangedDocument[]; lastSeq: number; ended: boolean }>;
  /** Changes behind `since` up to `newest`, which is in the store: as `changed`, for a reader that is only a little behind. */
  changedUpTo(
    since: number,
    newest: number,
  ): Promise<{ documents: ChangedDocument[]; lastSeq: number; ended: boolean }>;
  exported(changed: readonly ChangedDocument[]): Promise<ExportedLeaf[]>;
  scan(
    from: string,
    to: string | undefined,
    limit: number,
    withDocuments: boolean,
  ): Promise<{ id: string; rev: string; document: StoredDocument | null }[]>;
}

export function createEmbeddedReader(database: LevelDown): EmbeddedReader {
  async function metadataOf(ids: readonly string[]): Promise<(Metadata | null)[]> {
    const values = await readMany(
      database,
      ids.map((id) => documentPrefix + id),
    );
    return values.map((text) => (text === undefined ? null : (parsed(text) as Metadata)));
  }

  async function documentsAt(seqs: readonly (number | undefined)[]): Promise<RawDocument[]> {
    const keys = seqs.map((seq) => {
      if (seq === undefined) throw damaged();
      return seqKey(seq);
    });
    const values = await readMany(database, keys);
    return values.map((text) => {
      if (text === undefined) throw damaged();
      return parsed(text) as RawDocument;
    });
  }

  function stored(metadata: Metadata, raw: RawDocument, withConflicts: boolean): StoredDocument {
    const document: StoredDocument = { id: metadata.id, rev: raw._rev, body: bodyOf(raw) };
    if (withConflicts) {
      const losers = leavesOf(metadata).filter((leaf) => !leaf.deleted && leaf.rev !== raw._rev);
      if (losers.length > 0) document.conflicts = losers.map((leaf) => leaf.rev);
    }
    return document;
  }

  async function winnersOf(
    held: readonly (Metadata | null)[],
    withConflicts: boolean,
  ): Promise<(StoredDocument | null)[]> {
    const live = held.filter((metadata) => metadata !== null && !metadata.deleted) as Metadata[];
    const raws = await documentsAt(live.map((metadata) => metadata.rev_map[metadata.winningRev]));
    let next = 0;
    return held.map((metadata) => {
      if (metadata === null || metadata.deleted) return null;
      const raw = raws[next++];
      if (raw === undefined) throw damaged();
      return stored(metadata, raw, withConflicts);
    });
  }

  /** The rows that are the last change of their document. */
  async function currentOf(rows: readonly Row[]): Promise<ChangedDocument[]> {
    const held = await metadataOf(rows.map((row) => row.raw._id));
    const current = rows.flatMap((row, index) => {
      const metadata = held[index];
      return metadata && metadata.seq === row.seq ? [{ ...row, metadata }] : [];
    });
    const beaten = current.filter((row) => row.raw._rev !== row.metadata.winningRev);
    const leading = await documentsAt(beaten.map((row) => row.metadata.rev_map[row.metadata.winningRev]));
    const leadingById = new Map(beaten.map((row, index) => [row.metadata.id, leading[index]]));
    return current.map(({ seq, raw, metadata }) => ({
      id: metadata.id,
      seq,
      rev: metadata.winningRev,
      deleted: metadata.deleted,
      leaves: leavesOf(metadata),
      winner: stored(metadata, leadingById.get(metadata.id) ?? raw, true),
    }));
  }

  return {
    winners(ids, withConflicts) {
      return unlessCompacted(async () => winnersOf(await metadataOf(ids), withConflicts));
    },

    leaves(id) {
      return unlessCompacted(async () => {
        const [metadata] = await metadataOf([id]);
        if (!metadata) return [];
        const live = leavesOf(metadata).filter((leaf) => !leaf.deleted);
        const raws = await documentsAt(live.map((leaf) => metadata.rev_map[leaf.rev]));
        return raws.map((raw) => stored(metadata, raw, false));
      });
    },

    async changed(since, limit, descending) {
      const documents: ChangedDocument[] = [];
      let at: number | null = descending ? null : since;
      let ended = false;
      while (documents.length < limit && !ended) {
        const rows: Row[] = [];
        const wanted = limit - documents.length;
        const range = descending
          ? { gt: seqPrefix, lt: at === null ? seqEnd : seqKey(at), reverse: true }
          : { gt: seqKey(at ?? 0), lt: seqEnd };
        const take = (key: string, value: string): boolean => {
          rows.push({ seq: Number(key.slice(seqPrefix.length)), raw: parsed(value) as RawDocument });
          return rows.length < wanted;
        };
        ended = await readRange(database, range, take, wanted);
        // The documents are looked up after the rows: a document written in between stands later in the feed and comes with the next page.
        documents.push(...(await unlessCompacted(() => currentOf(rows))));
        at = rows.at(-1)?.seq ?? at;
      }
      return { documents, lastSeq: at ?? 0, ended };
    },

    async changedUpTo(since, newest) {
      const seqs = Array.from({ length: newest - since }, (_none, at) => since + 1 + at);
      const values = await readMany(database, seqs.map(seqKey));
      // Gaps are what a compaction took.
      const rows = seqs.flatMap((seq, at): Row[] => {
        const text = values[at];
        return text === undefined ? [] : [{ seq, raw: parsed(text) as RawDocument }];
      });
      const documents = await unlessCompacted(() => currentOf(rows));
      return { documents, lastSeq: rows.at(-1)?.seq ?? since, ended: true };
    },

    exported(changed) {
      return unlessCompacted(async () => {
        const held = await metadataOf(changed.map((document) => document.id));
        const wanted = held.flatMap((metadata) =>
          metadata === null
            ? []
            : leavesOf(metadata).map((leaf) => ({ id: metadata.id, leaf, seq: metadata.rev_map[leaf.rev] })),
        );
        const raws = await documentsAt(wanted.map((row) => row.seq));
        return wanted.map(({ id, leaf }, index) => ({ id, ...leaf, body: bodyOf(raws[index] ?? {}) }));
      });
    },

    async scan(from, to, limit, withDocuments) {
      const found: Metadata[] = [];
      if (limit > 0) {
        const range = {
          gte: documentPrefix + from,
          ...(to === undefined ? { lt: documentEnd } : { lte: documentPrefix + to }),
        };
        await readRange(database, range, (_key, value) => {
          const metadata = parsed(value) as Metadata;
          if (!metadata.deleted && !metadata.id.startsWith('_design/')) found.push(metadata);
          return found.length < limit;
        });
      }
      const documents = withDocuments ? await winnersOf(found, false) : [];
      return found.map((metadata, index) => ({
        id: metadata.id,
        rev: metadata.winningRev,
        document: documents[index] ?? null,
      }));
    },
  };
}
