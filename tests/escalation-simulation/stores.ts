import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCouchStore } from '#server/store/couchdb.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { DocumentStore } from '#server/store/port.ts';
import { startCouchServer, type CouchServer } from '#tests/couchdb-server/server.ts';
import { openNight, type Night } from './night.ts';

export interface Stage {
  readonly night: Night;
  /** null: the embedded store, which has no network to fail. */
  readonly couch: CouchServer | null;
  close(): Promise<void>;
}

/** All gateways in the one process that has the store open; it is restarted when they are. */
export async function embeddedStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'hc-night-'));
  const store = await openEmbeddedStore({ folder, designDocuments: [] });
  const night = await openNight({
    base: store,
    storeFor: () => Promise.resolve(store),
    closeStore: () => Promise.resolve(),
  });
  return {
    night,
    couch: null,
    async close() {
      await night.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Each gateway with connections of its own to a CouchDB that can be told to fail. */
export async function couchStage(): Promise<Stage> {
  const couch = await startCouchServer();
  const open = (): Promise<DocumentStore> =>
    openCouchStore({
      url: couch.url,
      prefix: 'hc-',
      designDocuments: [],
      feedTimeoutMs: 250,
      followBackOff: { firstMs: 5, mostMs: 50 },
    });
  const base = await open();
  const night = await openNight({ base, storeFor: open, closeStore: (store) => store.close() });
  return {
    night,
    couch,
    async close() {
      await night.close();
      await base.close();
      await couch.close();
    },
  };
}
