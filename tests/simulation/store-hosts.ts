import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDesignDocuments } from '#server/store/design-documents.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import {
  databaseNames,
  type DatabaseName,
  type DocumentStore,
  type ExportedLeaf,
} from '#server/store/port.ts';
import { couchHarness, realCouchHarness } from '#tests/contract/store/harness.ts';
import { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts';

/** The store of one history, and the ways it is set back. */
export interface StoreHost {
  current(): DocumentStore;
  backUp(): Promise<() => Promise<void>>;
  /** The store can be set back while gateways run on it. */
  readonly setsBackUnderRunning: boolean;
  /** Real disk or network: virtual time must wait for it. */
  readonly isReal: boolean;
  readonly manyGateways: boolean;
  close(): Promise<void>;
}

export function memoryHost(options: MemoryStoreOptions): StoreHost {
  const store = createMemoryStore(options);
  return {
    current: () => store,
    backUp() {
      const backup = store.backUp();
      return Promise.resolve(() => {
        store.setBack(backup);
        return Promise.resolve();
      });
    },
    setsBackUnderRunning: true,
    isReal: false,
    manyGateways: true,
    close: () => store.close(),
  };
}

async function exported(store: DocumentStore): Promise<ReadonlyMap<DatabaseName, ExportedLeaf[]>> {
  const all = new Map<DatabaseName, ExportedLeaf[]>();
  for (const name of databaseNames) {
    const leaves: ExportedLeaf[] = [];
    for await (const page of store.database(name).exportLeaves()) leaves.push(...page);
    all.set(name, leaves);
  }
  return all;
}

/** Stores that are set back by filling a fresh one from the backup. */
async function refilledHost(
  openFresh: () => Promise<{ store: DocumentStore; discard: () => Promise<void> }>,
): Promise<StoreHost> {
  let held = await openFresh();
  const end = async (): Promise<void> => {
    await held.store.close();
    await held.discard();
  };
  return {
    current: () => held.store,
    async backUp() {
      const backup = await exported(held.store);
      return async () => {
        await end();
        held = await openFresh();
        for (const [name, leaves] of backup) await held.store.database(name).importLeaves(leaves);
      };
    },
    setsBackUnderRunning: false,
    isReal: true,
    manyGateways: true,
    close: end,
  };
}

export async function embeddedHost(): Promise<StoreHost> {
  const designDocuments = await loadDesignDocuments();
  return refilledHost(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'consult-simulation-'));
    const store = await openEmbeddedStore({ folder, designDocuments });
    return { store, discard: () => rm(folder, { recursive: true, force: true }) };
  });
}

/** null: a test server speaking CouchDB's API in this process. */
export async function couchHost(url: string | null): Promise<StoreHost> {
  const designDocuments = await loadDesignDocuments();
  return refilledHost(async () => {
    const harness = url === null ? await couchHarness() : realCouchHarness(url);
    return { store: await harness.open(designDocuments), discard: () => harness.discard() };
  });
}
