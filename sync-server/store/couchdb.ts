import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { okSchema } from './couchdb-answers.ts';
import { CouchDatabase } from './couchdb-database.ts';
import { couchDesignTarget } from './couchdb-design.ts';
import { CouchRefusal, createAskCouch, type AskCouch } from './couchdb-request.ts';
import { designDocumentsFolder, installDesignDocuments, type DesignDocument } from './design-documents.ts';
import type { BackOff } from './follow.ts';
import {
  databaseNames,
  StoreUnavailable,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type Following,
} from './port.ts';

export interface CouchStoreOptions {
  /** With name and password in it, as in COUCHDB_URL. */
  url: string;
  /** Stands before each database's name: lower-case letters, digits and `-`, a letter first. */
  prefix?: string;
  designDocuments: readonly DesignDocument[];
  requestTimeoutMs?: number;
  /** How long CouchDB holds a feed request that has nothing to say. A feed silent for longer is taken for dead. */
  feedTimeoutMs?: number;
  /** How much longer than that until the connection counts as dead. */
  feedGraceMs?: number;
  followBackOff?: BackOff;
}

async function createDatabase(ask: AskCouch, database: string): Promise<void> {
  try {
    await ask(okSchema, { method: 'PUT', database });
  } catch (error) {
    if (error instanceof CouchRefusal && error.status === 412) return;
    throw error;
  }
  const security: unknown = JSON.parse(await readFile(join(designDocumentsFolder, 'security.json'), 'utf8'));
  await ask(okSchema, { method: 'PUT', database, path: '_security', body: security });
}

/** Apache CouchDB through nano. Makes missing databases and brings the design documents to this build. Throws `StoreUnavailable`. */
export async function openCouchStore(options: CouchStoreOptions): Promise<DocumentStore> {
  const prefix = options.prefix ?? 'hc-';
  if (!/^[a-z][a-z0-9-]*$/.test(prefix))
    throw new Error('a prefix is lower-case letters, digits and -, a letter first');
  const ask = createAskCouch(options.url, options.requestTimeoutMs ?? 30_000);
  const followers = new Set<Following>();
  const databases = new Map<DatabaseName, Database>();
  try {
    await Promise.all(
      databaseNames.map(async (name) => {
        const database = prefix + name;
        await createDatabase(ask, database);
        await installDesignDocuments(
          couchDesignTarget(ask, database),
          options.designDocuments.filter((design) => design.database === name),
        );
        const settings = {
          database,
          feedTimeoutMs: options.feedTimeoutMs ?? 25_000,
          feedGraceMs: options.feedGraceMs ?? 10_000,
          followBackOff: options.followBackOff ?? { firstMs: 100, mostMs: 10_000 },
          followers,
        };
        databases.set(name, new CouchDatabase(name, ask, settings));
      }),
    );
  } catch (error) {
    if (error instanceof CouchRefusal)
      throw new StoreUnavailable(error.message, { cause: error, retryable: false });
    throw error;
  }
  return {
    database(name) {
      const database = databases.get(name);
      if (!database) throw new StoreUnavailable('the store is closed', { retryable: false });
      return database;
    },
    async close() {
      await Promise.all([...followers].map((following) => following.stop()));
      databases.clear();
    },
  };
}
