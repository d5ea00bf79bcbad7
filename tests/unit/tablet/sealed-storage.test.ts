import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Storage } from '$lib/db/open-database.ts';
import { openRxdbStore } from '$lib/db/rxdb-store.ts';
import { createSeal } from '$lib/db/seal.ts';
import { sealedStorage } from '$lib/db/sealed-storage.ts';
import { keysOf, newDataKey } from '$lib/keys/data-key.ts';
import type { Replication, TabletStore } from '$lib/sync/tablet-store.ts';
import { outboxEntryOf } from '$lib/tablet/write-event.ts';
import type { Checkpoint, CollectionName, Seq, WireDocument } from '#shared/sync/protocol.ts';
import { instant } from '#shared/lib/instant.ts';
import {
  authored,
  consultId,
  deviceId,
  eventId,
  patientId,
  people,
  requestContent,
  stamped,
} from '#tests/builders.ts';

const me = people.requester.id;
const at = instant('2026-11-22T03:00:00.000Z');
const checkpoint: Checkpoint = {
  storeEpoch: 'store',
  scopeEpoch: 'scope',
  at: { phase: 'tail', seq: '1' as Seq },
};
const secretWords = [
  'Zqorblaxinu',
  'QX77Z4W19',
  'Wexofibrinj',
  'Kyptoluzem',
  'Jhumbravoq',
  'Department of Plonk',
];

const submitted = authored(
  'submitted',
  {
    content: requestContent({ patient: patientId('one'), question: 'Wexofibrinj?', reason: 'Kyptoluzem' }),
    linked: [],
  },
  { document: consultId('one') },
);
const pages: Readonly<Record<CollectionName, WireDocument>> = {
  consults: {
    id: consultId('one'),
    version: '1',
    content: { kind: 'consult', id: consultId('one'), events: [stamped(submitted, 1, at)] },
  },
  patients: {
    id: patientId('one'),
    version: '1',
    content: { kind: 'patient', id: patientId('one'), name: 'Zqorblaxinu', mrn: 'QX77Z4W19', events: [] },
  },
  directory: { id: 'd', version: '1', content: { kind: 'department', id: 'd', name: 'Department of Plonk' } },
  alerts: { id: 'a:1', version: '1', content: { consult: consultId('one'), text: 'Wexofibrinj?' } },
};

/** What design §3 lets lie readable, and the engine's own bookkeeping: revision, tombstone flag, time of writing. */
const engine = ['id', '_deleted', '_rev', '_meta', '_attachments'];
const columns: Readonly<Record<string, readonly string[]>> = {
  consults: [
    'status',
    'open',
    'urgency',
    'requestingDepartment',
    'receivingDepartment',
    'assignee',
    'patient',
    'dueAt',
    'changedAt',
    'latestFirst',
  ],
  patients: ['changedAt'],
  directory: [],
  alerts: ['consult'],
  outbox: ['order'],
  workspace: [],
};

describe('a sealed database', () => {
  let factory: IDBFactory;
  let storage: Storage;
  let store: TabletStore;
  const replications: Replication[] = [];
  beforeEach(async () => {
    factory = new IDBFactory();
    const keys = await keysOf(me, newDataKey());
    storage = sealedStorage(getRxStorageDexie({ indexedDB: factory, IDBKeyRange }), createSeal(keys));
    store = await openRxdbStore({ person: me, storage, multiInstance: false });
  });
  afterEach(async () => {
    await Promise.all(replications.splice(0).map((each) => each.stop()));
    await store.close();
  });

  /** Everything in every database of this browser, as it lies there. */
  async function rawDocuments(): Promise<Readonly<Record<string, readonly Record<string, unknown>[]>>> {
    const found: Record<string, Record<string, unknown>[]> = {};
    for (const { name } of await factory.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = factory.open(name ?? '');
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(new Error('not opened'));
      });
      const collection = /--([^-].*)$/.exec((name ?? '').replace(/^.*?--\d+/, ''))?.[1] ?? '';
      for (const part of database.objectStoreNames) {
        const all = database.transaction(part).objectStore(part).getAll();
        await new Promise((resolve) => (all.onsuccess = resolve));
        (found[collection] ??= []).push(...(all.result as Record<string, unknown>[]));
      }
      database.close();
    }
    return found;
  }

  async function fill(): Promise<void> {
    for (const collection of ['consults', 'patients', 'directory', 'alerts'] as const) {
      let isFirst = true;
      replications.push(
        store.replicate({
          collection,
          identifier: collection,
          initialCheckpoint: null,
          batchSize: 1,
          pull() {
            const page = isFirst
              ? { documents: [pages[collection]], checkpoint }
              : { documents: [], checkpoint: null };
            isFirst = false;
            return Promise.resolve(page);
          },
          onWriteError: (detail) => {
            throw new Error(detail);
          },
        }),
      );
    }
    const entry = outboxEntryOf(
      {
        kind: 'consult',
        document: consultId('two'),
        type: 'submitted',
        body: { content: requestContent({ question: 'Wexofibrinj?', reason: 'Kyptoluzem' }), linked: [] },
        id: eventId('two'),
        author: me,
        device: deviceId('one'),
        occurredAt: at,
        order: 1,
        offsetMs: null,
      },
      [],
    );
    if (!entry.ok) throw new Error('too large for a test');
    await store.saveToOutbox([entry.value]);
    await store.putNote('draft:one', { id: 'one', fields: { question: 'Jhumbravoq' } });
    await vi.waitFor(async () => {
      for (const collection of ['consults', 'patients', 'directory', 'alerts'] as const)
        expect(await store.count(collection)).toBe(1);
      const meta = Object.entries(await rawDocuments()).flatMap(([name, documents]) =>
        name.startsWith('rx-replication-meta-') ? documents : [],
      );
      expect(meta.length).toBeGreaterThanOrEqual(4);
      for (const { checkpointData } of meta)
        expect(checkpointData).toEqual({ sealed: expect.any(String) as unknown });
    });
  }

  it('promise 7: holds no word of a patient, a note or a draft, in no collection and not in what replication remembers', async () => {
    await fill();
    const raw = JSON.stringify(await rawDocuments());
    for (const word of secretWords) expect(raw).not.toContain(word);
    // Not because nothing was written.
    expect(JSON.stringify(await store.readAll('patients'))).toContain('Zqorblaxinu');
    expect(await store.note('draft:one')).toMatchObject({ fields: { question: 'Jhumbravoq' } });
  });

  it('in the clear are exactly the columns of the design', async () => {
    await fill();
    const raw = await rawDocuments();
    for (const [collection, allowed] of Object.entries(columns)) {
      const documents = raw[collection] ?? [];
      expect(documents.length, collection).toBeGreaterThan(0);
      for (const { record, ...rest } of documents) {
        expect(Object.keys(record as object), collection).toEqual(['sealed']);
        const readable = Object.keys(rest).filter((key) => !engine.includes(key));
        expect([...readable].sort(), collection).toEqual([...allowed].sort());
      }
    }
  });

  it('a record that was moved to another place, or changed, counts as damaged and holds up no other', async () => {
    await fill();
    await Promise.all(replications.splice(0).map((each) => each.stop()));
    await store.putNote('draft:two', { text: 'whole' });
    await store.close();
    const name = (await factory.databases())
      .map((each) => each.name ?? '')
      .find((each) => each.endsWith('--workspace'));
    await new Promise<void>((resolve, reject) => {
      const opening = factory.open(name ?? '');
      opening.onerror = () => reject(new Error('not opened'));
      opening.onsuccess = () => {
        const transaction = opening.result.transaction('docs', 'readwrite');
        const docs = transaction.objectStore('docs');
        const reading = docs.get('draft:one');
        reading.onsuccess = () => docs.put({ ...(reading.result as object), id: 'draft:moved' });
        transaction.oncomplete = () => {
          opening.result.close();
          resolve();
        };
      };
    });
    store = await openRxdbStore({ person: me, storage, multiInstance: false });
    expect(await store.note('draft:moved')).toBeUndefined();
    expect(await store.note('draft:one')).toMatchObject({ id: 'one' });
    expect(await store.note('draft:two')).toEqual({ text: 'whole' });
  });

  it('with another key nothing opens, and nothing looks empty', async () => {
    await fill();
    await Promise.all(replications.splice(0).map((each) => each.stop()));
    await store.close();
    const other = createSeal(await keysOf(me, newDataKey()));
    store = await openRxdbStore({
      person: me,
      storage: sealedStorage(getRxStorageDexie({ indexedDB: factory, IDBKeyRange }), other),
      multiInstance: false,
    });
    await expect(store.readOpenConsults()).rejects.toThrow();
    await expect(store.note('draft:one')).rejects.toThrow();
  });

  it('tells of quick changes in the order they were made', async () => {
    const seen: unknown[] = [];
    store.watchNotes((key, value) => seen.push([key, value]));
    const long = 'x'.repeat(400_000);
    await Promise.all([store.putNote('a', long), store.putNote('b', 1), store.putNote('a', 2)]);
    await vi.waitFor(() =>
      expect(seen).toEqual([
        ['a', long],
        ['b', 1],
        ['a', 2],
      ]),
    );
  });
});
