/** The databases of one hospital; the same names in every store. */
export const databaseNames = [
  'consults',
  'patients',
  'directory',
  'alerts',
  'claims',
  'accounts',
  'audit',
  'quarantine',
  'attachments',
  'meta',
] as const;

export type DatabaseName = (typeof databaseNames)[number];

declare const seqBrand: unique symbol;

/**
 * A place in the feed of one database of one store. The store's own string: never parsed, ordered or compared for "later".
 * It may be kept and given back to the same store, also after a restart.
 */
export type Seq = string & { readonly [seqBrand]: true };

/** Takes a sequence that was kept as text (a checkpoint, a saved index) back into use. */
export const seqFromText = (text: string): Seq => text as Seq;

export interface StoredDocument {
  id: string;
  rev: string;
  /** Without `_id`, `_rev` or any other key of the store. */
  body: Record<string, unknown>;
  /** Revs of live leaves that lost to `rev`. Absent when none are there or they were not asked for. */
  conflicts?: string[];
}

export interface Write {
  id: string;
  /** The rev this write replaces. Absent: the document must not be there (a deleted one counts as not there). */
  rev?: string | undefined;
  /** No key may start with an underscore. */
  body: Record<string, unknown>;
  /** Leaves a tombstone that carries `body`. */
  deleted?: boolean | undefined;
}

/**
 * - `written`: stored, and proven so by the store.
 * - `unproven`: the store took it but could not say that it leads (a cluster's 202). Read it back with conflicts before relying on it.
 * - `conflict`: another rev is there, nothing was stored.
 * - `rejected`: the store will never take this document (its id, keys or size); nothing was stored. `reason` holds no content.
 */
export type WriteOutcome =
  | { type: 'written'; id: string; rev: string }
  | { type: 'unproven'; id: string; rev: string }
  | { type: 'conflict'; id: string }
  | { type: 'rejected'; id: string; reason: string };

export interface Change {
  id: string;
  seq: Seq;
  /** The winning rev. */
  rev: string;
  /** True when the winning rev is a tombstone: no live leaf is left. */
  deleted: boolean;
  /** All leaves, winner first, removed ones too: more than one only means that there may be a conflict; `doc.conflicts` says. */
  leafRevs: string[];
  /** With `includeDocs`, of live and deleted documents alike, `conflicts` set where there are any. */
  doc?: StoredDocument;
}

export interface ChangesPage {
  /** In the store's order; a document stands once, at its last change. Empty only when the store had nothing more to say. */
  changes: Change[];
  /** Where to go on from. */
  lastSeq: Seq;
  /** The end of the feed was reached while reading this page. A short page alone does not say so. */
  caughtUp: boolean;
}

export interface ChangesQuery {
  /** Exclusive; null = from the beginning. Meaningless with `descending`, where it must be null. */
  since: Seq | null;
  limit: number;
  includeDocs?: boolean;
  /** Newest first. Such a page is for looking only: its `lastSeq` is no place to go on from. */
  descending?: boolean;
}

export interface FollowOptions {
  since: Seq | null;
  includeDocs?: boolean;
  /**
   * One page at a time, in order, each at least once. The feed goes on only when the promise resolves; when it rejects, the same
   * changes come again. Never called with an empty page.
   */
  onChange: (page: ChangesPage) => Promise<void>;
  /** Each failure that the feed recovers from by itself (store away, answer cut, `onChange` rejected). */
  onError?: (error: unknown) => void;
}

export interface Following {
  /** Resolves when a running `onChange` has ended; none starts afterwards. Not to be awaited inside `onChange`. */
  stop(): Promise<void>;
}

/** A key of a view, compared by the store. Keep keys to lower-case ASCII, numbers and arrays of them: there both stores sort alike. */
export type ViewKey =
  string | number | boolean | null | readonly ViewKey[] | { readonly [name: string]: ViewKey };

export interface ViewQuery {
  /** Inclusive, like `endKey`; with `descending` the larger of the two. Absent = open. */
  startKey?: ViewKey;
  endKey?: ViewKey;
  /** Rows of exactly these keys, in this order; the other bounds are then not allowed. */
  keys?: readonly ViewKey[];
  limit?: number;
  skip?: number;
  descending?: boolean;
  includeDocs?: boolean;
}

export interface ViewRow {
  id: string;
  key: ViewKey;
  value: unknown;
  doc?: StoredDocument;
}

export interface ScanQuery {
  /** Inclusive, like `endKey`. Ids are ordered by their UTF-8 bytes. */
  startKey: string;
  endKey?: string;
  limit: number;
  includeDocs?: boolean;
}

export interface ScanRow {
  id: string;
  rev: string;
  doc?: StoredDocument;
}

/** One leaf of one document with its ancestry: what a backup holds. */
export interface ExportedLeaf {
  id: string;
  rev: string;
  /** Rev hashes without their generation, this one first, then its ancestors as far as the store still knows them. */
  revisions: string[];
  deleted: boolean;
  body: Record<string, unknown>;
}

/** Every method throws `StoreUnavailable` when the store cannot answer; nothing is then known about what it did. */
export interface Database {
  readonly name: DatabaseName;

  /** The winning leaf; null when there is none or it is deleted. `conflicts` costs a little more. */
  get(id: string, options?: { conflicts?: boolean }): Promise<StoredDocument | null>;

  /** In the order asked, null as in `get`; one round trip, made for thousands. Without conflicts. */
  getMany(ids: readonly string[]): Promise<(StoredDocument | null)[]>;

  /** One outcome per write, in order. Not a transaction: each stands for itself. Durable when it resolves. */
  write(writes: readonly Write[]): Promise<WriteOutcome[]>;

  /** Throws `SeqUnknown` for a `since` that is not this store's, as far as the store can tell. */
  changes(query: ChangesQuery): Promise<ChangesPage>;
  follow(options: FollowOptions): Following;

  /** All live leaves, the winner first; [] when there are none. */
  leaves(id: string): Promise<StoredDocument[]>;
  /** Deletes these leaves; one that is gone or has moved on is left as it is. */
  removeLeaves(id: string, revs: readonly string[]): Promise<void>;

  /** `name` is `<design document>/<view>` of the folder couchdb/. Always up to date with what was written before. */
  view(name: string, query?: ViewQuery): Promise<ViewRow[]>;

  /** The seq of the last write: what a follower that wants only the future starts from. */
  position(): Promise<Seq>;
  /** Live documents. */
  count(): Promise<number>;
  /** Live documents in order of id. Fewer than `limit` means the end of the range. */
  scan(query: ScanQuery): Promise<ScanRow[]>;

  /**
   * All leaves, tombstones and losers too, in the order of the feed. Runs while others write: a document changed meanwhile comes
   * again in its later state, and every write acknowledged before the call is in it.
   */
  exportLeaves(): AsyncIterable<ExportedLeaf[]>;
  /** Puts exported leaves in with the revs they had; what is already there stays. May be repeated. */
  importLeaves(leaves: readonly ExportedLeaf[]): Promise<void>;

  /** Frees what old revs take. Absent where the store does so by itself. */
  compact?(): Promise<void>;
}

export interface DocumentStore {
  database(name: DatabaseName): Database;
  /** Stops every follower, then lets the store go. */
  close(): Promise<void>;
}

/** The store cannot be reached, answered nonsense, or is damaged. `retryable` is false where waiting will not help. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
  readonly retryable: boolean;

  constructor(message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable ?? true;
  }
}

/** The store never gave out this sequence, or was set back to before it: start from null, and look at the store epoch. */
export class SeqUnknown extends Error {
  override readonly name = 'SeqUnknown';
}

/** Another process holds the embedded store. */
export class StoreLocked extends StoreUnavailable {
  override readonly name = 'StoreLocked';

  constructor(folder: string, cause: unknown) {
    super(`Another process has the store in ${folder} open; stop it first, or let it do the work.`, {
      cause,
      retryable: false,
    });
  }
}
