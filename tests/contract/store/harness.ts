import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nano from 'nano';
import { openCouchStore } from '#server/store/couchdb.ts';
import type { DesignDocument } from '#server/store/design-documents.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import { databaseNames, type DocumentStore } from '#server/store/port.ts';
import { startCouchServer, type CouchServer } from '#tests/couchdb-server/server.ts';

/** One store under test: opened, closed and opened again over the same data. */
export interface StoreHarness {
  open: (designDocuments: readonly DesignDocument[]) => Promise<DocumentStore>;
  /** Removes all that was stored. */
  discard: () => Promise<void>;
}

export async function embeddedHarness(): Promise<StoreHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'consult-store-'));
  return {
    open: (designDocuments) => openEmbeddedStore({ folder, designDocuments }),
    discard: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Short limits, so that a dead connection is noticed within a test. */
export const impatient = { feedTimeoutMs: 2_000, followBackOff: { firstMs: 5, mostMs: 40 } };

export async function couchHarness(): Promise<StoreHarness & { server: CouchServer }> {
  const server = await startCouchServer();
  return {
    server,
    open: (designDocuments) => openCouchStore({ url: server.url, designDocuments, ...impatient }),
    discard: () => server.close(),
  };
}

/** A CouchDB that runs elsewhere; what is stored there under other prefixes is left alone. */
export function realCouchHarness(url: string): StoreHarness {
  const prefix = `hc-test-${randomUUID()}-`;
  return {
    open: (designDocuments) => openCouchStore({ url, prefix, designDocuments, ...impatient }),
    async discard() {
      const settings = { url, parseUrl: false };
      const server = nano(settings);
      await Promise.all(databaseNames.map((name) => server.db.destroy(prefix + name)));
    },
  };
}
