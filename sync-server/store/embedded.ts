import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import PouchDB from 'pouchdb-core';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import mapReduce from 'pouchdb-mapreduce';
import { installDesignDocuments, type DesignDocument } from './design-documents.ts';
import { asked, EmbeddedDatabase } from './embedded-database.ts';
import { embeddedDesignTarget } from './embedded-design.ts';
import { createEmbeddedReader } from './embedded-reader.ts';
import { createLevelFactory, lockFolder, type LevelFactory } from './leveldb.ts';
import { createNews } from './news.ts';
import {
  databaseNames,
  StoreUnavailable,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type Following,
} from './port.ts';

PouchDB.plugin(leveldbAdapter).plugin(mapReduce);

/** Old revs a document remembers. Only imports and a second writer need them, and there is one writer. */
const revsLimit = 100;

export interface EmbeddedStoreOptions {
  /** Made when missing; one subfolder per database. Belongs to one process at a time. */
  folder: string;
  designDocuments: readonly DesignDocument[];
}

async function openDatabase(
  name: DatabaseName,
  levels: LevelFactory,
  followers: Set<Following>,
  { folder, designDocuments }: EmbeddedStoreOptions,
): Promise<{ database: Database; pouch: PouchDB }> {
  const location = join(folder, name);
  const pouch = new PouchDB(location, { adapter: 'leveldb', db: levels.open, revs_limit: revsLimit });
  await pouch.info();
  const handle = levels.handle(location);
  if (handle === undefined) throw new Error('PouchDB opened its database somewhere else');
  await installDesignDocuments(
    embeddedDesignTarget(pouch),
    designDocuments.filter((design) => design.database === name),
  );
  const parts = { pouch, reader: createEmbeddedReader(handle), news: createNews(), followers };
  return { database: new EmbeddedDatabase(name, parts), pouch };
}

/**
 * PouchDB on LevelDB inside this process, each commit on the disk before it counts. Throws `StoreLocked` when another process (or another
 * store in this one) has the folder, `StoreUnavailable` when it is damaged.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<DocumentStore> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(options.folder, join(options.folder, 'lock'));
  const levels = createLevelFactory();
  const followers = new Set<Following>();
  const opened = new Map<DatabaseName, { database: Database; pouch: PouchDB }>();

  async function close(): Promise<void> {
    await Promise.all([...followers].map((following) => following.stop()));
    for (const { pouch } of opened.values()) await pouch.close();
    opened.clear();
    await levels.closeAll();
    await unlock();
  }

  const openings = await Promise.allSettled(
    databaseNames.map(async (name) => {
      opened.set(name, await asked(openDatabase(name, levels, followers, options)));
    }),
  );
  const failed = openings.find((opening) => opening.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }

  return {
    database(name) {
      const entry = opened.get(name);
      if (!entry) throw new StoreUnavailable('the store is closed', { retryable: false });
      return entry.database;
    },
    close,
  };
}
