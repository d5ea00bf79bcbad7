import {
  databaseNames,
  SeqUnknown,
  seqFromText,
  StoreUnavailable,
  type Change,
  type ChangesPage,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type ExportedLeaf,
  type Following,
  type FollowOptions,
  type Seq,
  type StoredDocument,
  type Write,
  type WriteOutcome,
} from '#server/store/port.ts';
import { generationOf, rejectionOf } from '#server/store/stored-document.ts';
import { rowsOf } from './memory-views.ts';

interface Leaf {
  readonly rev: string;
  /** Hashes, this one first. */
  readonly revisions: readonly string[];
  readonly deleted: boolean;
  readonly text: string;
}
interface Held {
  readonly leaves: readonly Leaf[];
  readonly at: number;
}
interface Data {
  readonly documents: Map<string, Held>;
  /** Ids by place; a document stands at its last change only. */
  readonly log: (string | null)[];
}

export interface MemoryStoreOptions {
  /** `opaque`: places are words of this store's own, as CouchDB's. `counted`: numbers, which mean something else after the store was set back, as PouchDB's. */
  readonly places?: 'opaque' | 'counted';
  /** A write over a rev that is no longer a leaf: true keeps both as leaves and answers 202, as a cluster may. */
  readonly split?: (name: DatabaseName, id: string) => boolean;
  /** A page may begin before the place asked for, as after a cluster moved a shard. */
  readonly repeats?: () => boolean;
  /** How a follower waits after a failure. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** Everything in the store at one moment. */
export type MemoryBackup = ReadonlyMap<DatabaseName, Data>;

export interface MemoryStore extends DocumentStore {
  backUp(): MemoryBackup;
  /** The store is set back; followers find their place unknown, or meaning something else. */
  setBack(to: MemoryBackup): void;
  /** Open again after `close`, over the same documents. */
  reopen(): MemoryStore;
}

const retryMs = 50;
const byWinning = (a: Leaf, b: Leaf): number => {
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
  const generations = generationOf(b.rev) - generationOf(a.rev);
  return generations !== 0 ? generations : a.rev < b.rev ? 1 : -1;
};
const hashOf = (text: string): string => {
  let out = '';
  for (let part = 0; part < 4; part++) {
    let hash = 0x811c9dc5 ^ Math.imul(part + 1, 0x9e3779b1);
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    out += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return out;
};
const bodyOf = (leaf: Leaf): Record<string, unknown> => JSON.parse(leaf.text) as Record<string, unknown>;
const parentOf = (leaf: Leaf): string | undefined => leaf.revisions[1];
const copied = (data: Data): Data => ({ documents: new Map(data.documents), log: [...data.log] });
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

class MemoryDatabase implements Database {
  readonly name: DatabaseName;
  data: Data = { documents: new Map(), log: [null] };
  closed = false;
  readonly followers = new Set<Following>();
  readonly #options: MemoryStoreOptions;
  readonly #wakers = new Set<() => void>();
  #life = 0;

  constructor(name: DatabaseName, options: MemoryStoreOptions) {
    this.name = name;
    this.#options = options;
  }

  #check(): void {
    if (this.closed) throw new StoreUnavailable('the store is closed', { retryable: false });
  }

  #seq(at: number): Seq {
    if (this.#options.places === 'counted') return seqFromText(String(at));
    return seqFromText(`${String(at)}-${hashOf(`${this.name} ${String(this.#life)} ${String(at)}`)}`);
  }

  #placeOf(seq: Seq | null): number {
    if (seq === null) return 0;
    const at = Number.parseInt(seq, 10);
    const isOurs =
      this.#options.places === 'counted' ? /^\d+$/.test(seq) : Number.isInteger(at) && this.#lives(seq, at);
    if (!isOurs || at >= this.data.log.length) throw new SeqUnknown('not a place of this store');
    return at;
  }

  /** Places given out before the store was set back stay good as far as they are in the backup. */
  #lives(seq: Seq, at: number): boolean {
    for (let life = 0; life <= this.#life; life++) {
      if (seq !== `${String(at)}-${hashOf(`${this.name} ${String(life)} ${String(at)}`)}`) continue;
      return life === this.#life || at < (this.#cuts[life] ?? 0);
    }
    return false;
  }
  readonly #cuts: number[] = [];

  setBack(to: Data): void {
    this.#cuts.push(to.log.length);
    for (let life = 0; life < this.#cuts.length; life++) {
      this.#cuts[life] = Math.min(this.#cuts[life] ?? 0, to.log.length);
    }
    this.#life++;
    this.data = copied(to);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  #put(id: string, leaves: readonly Leaf[]): void {
    const { documents, log } = this.data;
    const held = documents.get(id);
    if (held !== undefined) log[held.at] = null;
    documents.set(id, { leaves: [...leaves].sort(byWinning), at: log.length });
    log.push(id);
  }

  #stored(id: string, leaf: Leaf, conflicts: readonly Leaf[] = []): StoredDocument {
    const document: StoredDocument = { id, rev: leaf.rev, body: bodyOf(leaf) };
    if (conflicts.length > 0) document.conflicts = conflicts.map(({ rev }) => rev);
    return document;
  }

  async get(id: string, options: { conflicts?: boolean } = {}): Promise<StoredDocument | null> {
    await Promise.resolve();
    this.#check();
    const [winner, ...others] = this.data.documents.get(id)?.leaves ?? [];
    if (winner === undefined || winner.deleted) return null;
    return this.#stored(id, winner, options.conflicts === true ? others.filter((leaf) => !leaf.deleted) : []);
  }

  async getMany(ids: readonly string[]): Promise<(StoredDocument | null)[]> {
    return Promise.all(ids.map((id) => this.get(id)));
  }

  async write(writes: readonly Write[]): Promise<WriteOutcome[]> {
    await Promise.resolve();
    this.#check();
    const outcomes = writes.map((write) => this.#writeOne(write));
    if (writes.length > 0) this.#wake();
    return outcomes;
  }

  #writeOne(write: Write): WriteOutcome {
    const { id } = write;
    const reason = rejectionOf(write);
    if (reason !== null) return { type: 'rejected', id, reason };
    const leaves = this.data.documents.get(id)?.leaves ?? [];
    const winner = leaves[0];
    const parent =
      write.rev === undefined
        ? winner?.deleted === true
          ? winner
          : undefined
        : leaves.find((leaf) => leaf.rev === write.rev && !leaf.deleted);
    const isFresh = write.rev === undefined && winner === undefined;
    if (parent !== undefined || isFresh) {
      const leaf = this.#leafOf(write, parent?.revisions ?? []);
      this.#put(id, [...leaves.filter((other) => other !== parent), leaf]);
      return { type: 'written', id, rev: leaf.rev };
    }
    const beside = this.#besideOf(write, leaves);
    if (beside === null) return { type: 'conflict', id };
    const leaf = this.#leafOf(write, beside);
    this.#put(id, [...leaves, leaf]);
    return { type: 'unproven', id, rev: leaf.rev };
  }

  /** The ancestry of a second leaf where a cluster would keep one: both writers began at the same state. */
  #besideOf(write: Write, leaves: readonly Leaf[]): readonly string[] | null {
    if (write.deleted === true) return null;
    const sibling = leaves.find((leaf) =>
      write.rev === undefined
        ? leaf.revisions.length === 1
        : parentOf(leaf) === write.rev.slice(write.rev.indexOf('-') + 1),
    );
    if (sibling === undefined || this.#options.split?.(this.name, write.id) !== true) return null;
    const revisions = sibling.revisions.slice(1);
    const leaf = this.#leafOf(write, revisions);
    return leaves.some((other) => other.rev === leaf.rev) ? null : revisions;
  }

  #leafOf(write: Write, ancestors: readonly string[]): Leaf {
    const text = JSON.stringify(write.body);
    const hash = hashOf(`${write.id} ${ancestors[0] ?? ''} ${String(write.deleted === true)} ${text}`);
    return {
      rev: `${String(ancestors.length + 1)}-${hash}`,
      revisions: [hash, ...ancestors],
      deleted: write.deleted === true,
      text,
    };
  }

  #changeOf(id: string, held: Held, includeDocs: boolean): Change {
    const [winner, ...others] = held.leaves;
    if (winner === undefined) throw new Error('a document without leaves');
    return {
      id,
      seq: this.#seq(held.at),
      rev: winner.rev,
      deleted: winner.deleted,
      leafRevs: held.leaves.map(({ rev }) => rev),
      ...(includeDocs
        ? {
            doc: this.#stored(
              id,
              winner,
              others.filter((leaf) => !leaf.deleted),
            ),
          }
        : {}),
    };
  }

  async changes(query: Parameters<Database['changes']>[0]): Promise<ChangesPage> {
    await Promise.resolve();
    this.#check();
    const { documents, log } = this.data;
    const asked = this.#placeOf(query.since);
    const from = asked > 0 && this.#options.repeats?.() === true ? Math.max(0, asked - 2) : asked;
    const changes: Change[] = [];
    const step = query.descending === true ? -1 : 1;
    let at = query.descending === true ? log.length : from;
    const isInside = (): boolean => at + step > 0 && at + step < log.length;
    while (changes.length < query.limit && isInside()) {
      at += step;
      const id = log[at];
      const held = id === undefined || id === null ? undefined : documents.get(id);
      if (id !== undefined && id !== null && held !== undefined) {
        changes.push(this.#changeOf(id, held, query.includeDocs === true));
      }
    }
    const caughtUp = !isInside();
    const end = caughtUp && query.descending !== true ? log.length - 1 : Math.max(at, asked);
    return { changes, lastSeq: this.#seq(end), caughtUp };
  }

  follow(options: FollowOptions): Following {
    const pause = this.#options.pause ?? ((ms: number) => new Promise<void>((go) => setTimeout(go, ms)));
    let stopped = false;
    const isStopped = (): boolean => stopped || this.closed;
    let endWait: (() => void) | null = null;
    let stopNow: () => void = () => undefined;
    // A stop does not wait for the pause: virtual time may stand still until it has stopped.
    const stopping = new Promise<void>((resolve) => (stopNow = resolve));
    const news = (): Promise<void> =>
      new Promise((resolve) => {
        endWait = () => {
          this.#wakers.delete(wake);
          resolve();
        };
        const wake = endWait;
        this.#wakers.add(wake);
      });
    const run = async (): Promise<void> => {
      let since = options.since;
      while (!isStopped()) {
        const { data } = this;
        const length = data.log.length;
        try {
          const page = await this.changes({ since, limit: 500, includeDocs: options.includeDocs === true });
          if (isStopped()) return;
          if (page.changes.length > 0) await options.onChange(page);
          since = page.lastSeq;
          if (!isStopped() && page.caughtUp && this.data === data && data.log.length === length) await news();
        } catch (error) {
          if (isStopped()) return;
          options.onError?.(error);
          await Promise.race([pause(retryMs), stopping]);
        }
      }
    };
    const ended = run();
    const following: Following = {
      stop: async () => {
        stopped = true;
        this.followers.delete(following);
        endWait?.();
        stopNow();
        await ended;
      },
    };
    this.followers.add(following);
    return following;
  }

  async leaves(id: string): Promise<StoredDocument[]> {
    await Promise.resolve();
    this.#check();
    const leaves = this.data.documents.get(id)?.leaves ?? [];
    return leaves.filter((leaf) => !leaf.deleted).map((leaf) => this.#stored(id, leaf));
  }

  async removeLeaves(id: string, revs: readonly string[]): Promise<void> {
    await this.write(revs.map((rev) => ({ id, rev, body: {}, deleted: true })));
  }

  async view(name: string, query: Parameters<Database['view']>[1] = {}) {
    await Promise.resolve();
    this.#check();
    const live = [...this.data.documents].flatMap(([id, { leaves }]) => {
      const [winner] = leaves;
      return winner === undefined || winner.deleted ? [] : [this.#stored(id, winner)];
    });
    return rowsOf(name, live, query);
  }

  async position(): Promise<Seq> {
    await Promise.resolve();
    this.#check();
    return this.#seq(this.data.log.length - 1);
  }

  #live(): [string, Leaf][] {
    return [...this.data.documents].flatMap(([id, { leaves }]): [string, Leaf][] => {
      const [winner] = leaves;
      return winner === undefined || winner.deleted ? [] : [[id, winner]];
    });
  }

  async count(): Promise<number> {
    await Promise.resolve();
    this.#check();
    return this.#live().length;
  }

  async scan({ startKey, endKey, limit, includeDocs }: Parameters<Database['scan']>[0]) {
    await Promise.resolve();
    this.#check();
    const found = this.#live()
      .filter(([id]) => byBytes(id, startKey) >= 0 && (endKey === undefined || byBytes(id, endKey) <= 0))
      .sort(([a], [b]) => byBytes(a, b));
    return found.slice(0, limit).map(([id, leaf]) => ({
      id,
      rev: leaf.rev,
      ...(includeDocs === true ? { doc: this.#stored(id, leaf) } : {}),
    }));
  }

  async *exportLeaves(): AsyncGenerator<ExportedLeaf[]> {
    await Promise.resolve();
    this.#check();
    const all = [...this.data.documents].flatMap(([id, { leaves }]) =>
      leaves.map(({ rev, revisions, deleted, ...leaf }): ExportedLeaf => ({
        id,
        rev,
        revisions: [...revisions],
        deleted,
        body: bodyOf({ rev, revisions, deleted, ...leaf }),
      })),
    );
    for (let at = 0; at < all.length; at += 500) yield all.slice(at, at + 500);
  }

  async importLeaves(imported: readonly ExportedLeaf[]): Promise<void> {
    await Promise.resolve();
    this.#check();
    for (const { id, rev, revisions, deleted, body } of imported) {
      const leaves = this.data.documents.get(id)?.leaves ?? [];
      const isKnown = leaves.some((leaf) => leaf.revisions.includes(revisions[0] ?? ''));
      if (isKnown) continue;
      const left = leaves.filter((leaf) => !revisions.includes(leaf.revisions[0] ?? ''));
      this.#put(id, [...left, { rev, revisions, deleted, text: JSON.stringify(body) }]);
    }
    this.#wake();
  }
}

/** A store in memory that keeps the promises of the port, with CouchDB's revision model, conflicts and feed. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const databases = new Map(databaseNames.map((name) => [name, new MemoryDatabase(name, options)]));
  const store: MemoryStore = {
    database(name) {
      const database = databases.get(name);
      if (database === undefined || database.closed) {
        throw new StoreUnavailable('the store is closed', { retryable: false });
      }
      return database;
    },
    async close() {
      const followers = [...databases.values()].flatMap((database) => [...database.followers]);
      for (const database of databases.values()) database.closed = true;
      await Promise.all(followers.map((following) => following.stop()));
    },
    backUp: () => new Map([...databases].map(([name, database]) => [name, copied(database.data)])),
    setBack(to) {
      for (const [name, data] of to) databases.get(name)?.setBack(data);
    },
    reopen() {
      for (const database of databases.values()) database.closed = false;
      return store;
    },
  };
  return store;
}
