import PouchDB from 'pouchdb-core';
import memoryAdapter from 'pouchdb-adapter-memory';
import mapReduce from 'pouchdb-mapreduce';
import { randomUUID } from 'node:crypto';
import { createNews, type News } from '#server/store/news.ts';

PouchDB.plugin(memoryAdapter).plugin(mapReduce);

export interface ServedDatabase {
  pouch: PouchDB;
  /** Something was written. */
  news: News;
  /**
   * One at a time for writes and feed reads: CouchDB reads its feed from a snapshot, PouchDB does not and leaves out what is rewritten meanwhile.
   */
  alone: <T>(work: () => Promise<T>) => Promise<T>;
  security: unknown;
}

function createQueue(): ServedDatabase['alone'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  };
}

/** The databases of one server by name; they outlive its restarts. */
export function createDatabases() {
  const run = randomUUID();
  const databases = new Map<string, ServedDatabase>();
  return {
    get: (name: string): ServedDatabase | undefined => databases.get(name),
    names: (): string[] => [...databases.keys()].sort(),
    async create(name: string): Promise<boolean> {
      if (databases.has(name)) return false;
      const pouch = new PouchDB(`${run}-${name}`, { adapter: 'memory' });
      databases.set(name, { pouch, news: createNews(), alone: createQueue(), security: {} });
      await pouch.info();
      return true;
    },
    async remove(name: string): Promise<boolean> {
      const database = databases.get(name);
      databases.delete(name);
      await database?.pouch.destroy();
      return database !== undefined;
    },
    async close(): Promise<void> {
      for (const { pouch } of databases.values()) await pouch.close();
      databases.clear();
    },
  };
}
export type Databases = ReturnType<typeof createDatabases>;

/** CouchDB's sequences are opaque text; so that nobody can count on numbers, neither are these. */
export const seqText = (seq: number): string =>
  `${String(seq)}-g1AAAAH${Buffer.from(String(seq * 7)).toString('base64url')}`;

/** Null for text that this server never gave out. */
export function seqNumber(text: string): number | null {
  if (text === '0') return 0;
  const seq = Number(/^\d+/.exec(text)?.[0]);
  return Number.isInteger(seq) && seqText(seq) === text ? seq : null;
}
