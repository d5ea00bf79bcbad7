import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { beforeEach, describe, expect, it } from 'vitest';
import { databaseName } from '$lib/db/database-name.ts';
import type { Storage } from '$lib/db/open-database.ts';
import { openRxdbStore } from '$lib/db/rxdb-store.ts';
import { createSeal } from '$lib/db/seal.ts';
import { sealedStorage } from '$lib/db/sealed-storage.ts';
import { keysOf, newDataKey } from '$lib/keys/data-key.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import { createDatabasesHere } from '$lib/rescue/databases-here.ts';
import { openSafely, type Openable, type OpeningParts } from '$lib/rescue/open-safely.ts';
import { readReport } from '$lib/rescue/report.ts';
import { createRescue, NothingOpens } from '$lib/rescue/rescue.ts';
import type { OutboxEntry, TabletStore } from '$lib/sync/tablet-store.ts';
import { outboxEntryOf } from '$lib/tablet/write-event.ts';
import { instant } from '#shared/lib/instant.ts';
import { consultId, deviceId, eventId, people, requestContent } from '#tests/builders.ts';

const me = people.requester.id;
const at = instant('2026-11-22T03:00:00.000Z');

function entryOf(name: string, order: number): OutboxEntry {
  const made = outboxEntryOf(
    {
      kind: 'consult',
      document: consultId(name),
      type: 'submitted',
      body: { content: requestContent({ urgency: 'emergency' }), linked: [] },
      id: eventId(name),
      author: me,
      device: deviceId('one'),
      occurredAt: at,
      order,
      offsetMs: null,
    },
    [],
  );
  if (!made.ok) throw new Error('too large for a test');
  return made.value;
}
const first = entryOf('first', 1);
const second = entryOf('second', 2);

interface Opened extends Openable {
  readonly store: TabletStore;
}

describe('a damaged database of a person', { timeout: 20_000 }, () => {
  let factory: IDBFactory;
  let storage: Storage;
  let keys: UnlockedKeys;
  let values: Map<string, string>;
  let begunAgain: number;
  let refuseOpening: (generation: number) => boolean;
  let open: Opened[];

  beforeEach(async () => {
    factory = new IDBFactory();
    keys = await keysOf(me, newDataKey());
    storage = sealedStorage(getRxStorageDexie({ indexedDB: factory, IDBKeyRange }), createSeal(keys));
    values = new Map();
    begunAgain = 0;
    refuseOpening = () => false;
    open = [];
  });

  const databases = () =>
    createDatabasesHere({
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
    });

  async function openStore(generation: number, prepare: (store: TabletStore) => Promise<void>) {
    if (refuseOpening(generation)) throw new DOMException('Internal error', 'UnknownError');
    const store = await openRxdbStore({ person: me, generation, storage, multiInstance: false });
    try {
      await prepare(store);
      // What a tablet reads before its first screen.
      await Promise.all([store.readOpenConsults(), store.outbox(), store.notes('')]);
    } catch (error) {
      await store.close();
      throw error;
    }
    const readable = store.readAll('patients').then(
      () => true,
      () => false,
    );
    const opened: Opened = { store, readable, close: () => store.close() };
    open.push(opened);
    return opened;
  }

  const parts = (): OpeningParts<Opened> => ({
    person: me,
    keyId: keys.keyId,
    databases: databases(),
    open: openStore,
    loadRescue: () =>
      Promise.resolve(
        createRescue({ factory, seal: createSeal(keys), alone: (_name, run) => run(), now: () => at }),
      ),
    beginAgain: () => begunAgain++,
  });

  async function shutDown(): Promise<void> {
    for (const each of open.splice(0)) await each.close();
  }

  /** An app with two unsent emergencies and a draft, closed. */
  async function fill(): Promise<void> {
    const { store } = await openStore(0, () => Promise.resolve());
    await store.saveToOutbox([first, second]);
    await store.putNote('draft:one', { id: 'one', purpose: 'consult', fields: {}, changedAt: at });
    await store.putNote('pull:consults', { checkpoint: 'of the old database' });
    databases().beginSealed(me, keys.keyId);
    await shutDown();
  }

  /** Behind the engine's back, with all windows closed. */
  async function change(
    collection: string,
    run: (store: IDBObjectStore) => void,
    generation = 0,
  ): Promise<void> {
    const name = `rxdb-dexie-${databaseName(me, generation)}--0--${collection}`;
    await new Promise<void>((resolve, reject) => {
      const opening = factory.open(name);
      opening.onerror = () => reject(new Error('could not be opened'));
      opening.onsuccess = () => {
        const transaction = opening.result.transaction('docs', 'readwrite');
        run(transaction.objectStore('docs'));
        transaction.oncomplete = () => {
          opening.result.close();
          resolve();
        };
        transaction.onerror = () => reject(new Error('could not be changed'));
      };
    });
  }
  async function dropDocuments(collection: string): Promise<void> {
    const name = `rxdb-dexie-${databaseName(me)}--0--${collection}`;
    await new Promise<void>((resolve, reject) => {
      const opening = factory.open(name, 100_000);
      opening.onupgradeneeded = () => {
        for (const store of opening.result.objectStoreNames) opening.result.deleteObjectStore(store);
      };
      opening.onsuccess = () => {
        opening.result.close();
        resolve();
      };
      opening.onerror = () => reject(new Error('could not be broken'));
    });
  }
  const databasesThere = async (): Promise<string[]> =>
    [...new Set((await factory.databases()).map(({ name }) => /^rxdb-dexie-(.+?)--/.exec(name ?? '')?.[1]))]
      .filter((name) => name !== undefined)
      .sort();
  const reportOf = async (store: TabletStore) => readReport(await store.note('setting:rescued'));

  it('OFF-2 that cannot be opened is left as it is, and all that was unsent or half-written goes on in a new one', async () => {
    await fill();
    refuseOpening = (generation) => generation === 0;
    const { store } = await openSafely(parts());
    expect((await store.outbox()).map(({ event }) => event)).toEqual([first.event, second.event]);
    expect(await store.note('draft:one')).toMatchObject({ purpose: 'consult' });
    // Its checkpoints belong to records it does not have.
    expect(await store.note('pull:consults')).toBeUndefined();
    expect(await reportOf(store)).toMatchObject({
      setAside: true,
      unsent: 2,
      drafts: 1,
      unreadable: 0,
      whole: true,
      seen: false,
    });
    expect(await databasesThere()).toEqual([databaseName(me), databaseName(me, 1)]);
  });

  it('OFF-2 the next start opens the new one, and brings nothing over a second time', async () => {
    await fill();
    refuseOpening = (generation) => generation === 0;
    await (await openSafely(parts())).store.removeFromOutbox([second.id]);
    await shutDown();
    const { store } = await openSafely(parts());
    expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id]);
    expect((await reportOf(store))?.unsent).toBe(2);
  });

  it('OFF-2 the damaged one is let go once nothing in it waits any more, and not before', async () => {
    await fill();
    refuseOpening = (generation) => generation === 0;
    await (await openSafely(parts())).store.removeFromOutbox([second.id]);
    await shutDown();
    await (await openSafely(parts())).store.removeFromOutbox([first.id]);
    expect(await databasesThere()).toContain(databaseName(me));
    await shutDown();
    await openSafely(parts());
    expect(await databasesThere()).toEqual([databaseName(me, 1)]);
    expect(databases().of(me)).toEqual({ generation: 1, aside: [], suspect: false, keyId: keys.keyId });
  });

  it('OFF-2 what another window wrote into it after it was set aside is brought over at the next start', async () => {
    await fill();
    refuseOpening = (generation) => generation === 0;
    await openSafely(parts());
    await shutDown();
    refuseOpening = () => false;
    const late = entryOf('late', 3);
    await (await openStore(0, () => Promise.resolve())).store.saveToOutbox([late]);
    await shutDown();
    const { store } = await openSafely(parts());
    expect((await store.outbox()).map(({ id }) => id)).toContain(late.id);
  });

  it('OFF-2 a record that is no record any more is kept as text, and those beside it are sent', async () => {
    await fill();
    await change('outbox', (store) => {
      store.put({ id: first.id, order: 1, record: 'garbage', _deleted: '0', _meta: { lwt: 5 }, _rev: '1-x' });
    });
    refuseOpening = (generation) => generation === 0;
    const { store } = await openSafely(parts());
    expect((await store.outbox()).map(({ id }) => id)).toEqual([second.id]);
    const report = await reportOf(store);
    expect(report).toMatchObject({ unsent: 1, unreadable: 1 });
    expect(report?.damaged[0]).toContain('garbage');
    await store.removeFromOutbox([second.id]);
    await shutDown();
    await openSafely(parts());
    expect(await databasesThere()).toContain(databaseName(me));
  });

  it('OFF-2 an act whose event is whole is sent, whatever became of the record around it', async () => {
    await fill();
    await change('outbox', (store) => {
      store.put({ id: first.id, record: { event: first.event }, _deleted: '0', _meta: {}, _rev: '1-x' });
    });
    refuseOpening = (generation) => generation === 0;
    const { store } = await openSafely(parts());
    expect(await store.outbox()).toContainEqual({ ...first, order: 0 });
  });

  it('OFF-2 in a sound database one damaged record holds up no other, and is told', async () => {
    await fill();
    await change('outbox', (store) => {
      store.put({ id: first.id, order: 1, record: {}, _deleted: '0', _meta: { lwt: 5 }, _rev: '1-x' });
    });
    const opened = await openSafely(parts());
    expect((await opened.store.outbox()).map(({ id }) => id)).toEqual([second.id]);
    await expect
      .poll(() => reportOf(opened.store))
      .toMatchObject({ setAside: false, unsent: 0, unreadable: 1 });
    expect(databases().of(me).generation).toBe(0);
  });

  it('OFF-2 where the outbox itself is gone it is said that nobody knows', async () => {
    await fill();
    await dropDocuments('outbox');
    refuseOpening = (generation) => generation === 0;
    const { store } = await openSafely(parts());
    expect(await reportOf(store)).toMatchObject({ unsent: 0, drafts: 1, whole: false });
    expect(await store.note('draft:one')).toBeDefined();
  });

  it('OFF-2 a damaged record of a patient or consult counts as not here, so that it is fetched again', async () => {
    await fill();
    await change('patients', (patients) => {
      patients.put({ id: 'p', _deleted: '0', _meta: { lwt: 5 }, _rev: '1-x' });
    });
    const opened = await openSafely(parts());
    expect(await opened.readable).toBe(true);
    expect(await opened.store.versions('patients')).toEqual(new Map());
  });

  it('OFF-2 a failure of a moment moves nothing', async () => {
    await fill();
    let tries = 0;
    refuseOpening = () => tries++ === 0;
    const { store } = await openSafely(parts());
    expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(databases().of(me)).toEqual({ generation: 0, aside: [], suspect: false, keyId: keys.keyId });
  });

  it('OFF-2 what opens but cannot be read to its end is looked into after beginning again', async () => {
    await fill();
    const unreadable: OpeningParts<Opened> = {
      ...parts(),
      open: async (generation, prepare) => ({
        ...(await openStore(generation, prepare)),
        readable: Promise.resolve(generation > 0),
      }),
    };
    await openSafely(unreadable);
    await expect.poll(() => begunAgain).toBe(1);
    await shutDown();
    const { store } = await openSafely(unreadable);
    expect(databases().of(me)).toEqual({ generation: 1, aside: [0], suspect: false, keyId: keys.keyId });
    expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id, second.id]);
  });

  it('OFF-2 where no database opens at all, what was read is handed on and nothing is moved', async () => {
    await fill();
    refuseOpening = () => true;
    const failure = await openSafely(parts()).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(NothingOpens);
    expect((failure as NothingOpens).salvaged.entries.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(databases().of(me)).toEqual({ generation: 0, aside: [], suspect: false, keyId: keys.keyId });
  });

  /** As a build left it that sealed nothing. */
  async function fillInTheClear(generation = 0): Promise<void> {
    const clear = getRxStorageDexie({ indexedDB: factory, IDBKeyRange });
    const store = await openRxdbStore({ person: me, generation, storage: clear, multiInstance: false });
    await store.saveToOutbox([first, second]);
    await store.putNote('draft:one', { id: 'one', purpose: 'consult', fields: {}, changedAt: at });
    await store.putNote('pull:consults', { checkpoint: 'of the old database' });
    await store.close();
  }

  describe('of a build that sealed nothing', () => {
    it('at the first unlock the words move under the key, and nothing readable stays', async () => {
      await fillInTheClear();
      const { store } = await openSafely(parts());
      expect((await store.outbox()).map(({ event }) => event)).toEqual([first.event, second.event]);
      expect(await store.note('draft:one')).toMatchObject({ purpose: 'consult' });
      expect(await store.note('pull:consults')).toBeUndefined();
      await expect.poll(databasesThere).toEqual([databaseName(me, 1)]);
      expect(databases().of(me)).toEqual({ generation: 1, aside: [], suspect: false, keyId: keys.keyId });
    });

    it('nobody is told of a rescue: nothing was damaged', async () => {
      await fillInTheClear();
      const { store } = await openSafely(parts());
      expect(await reportOf(store)).toBeNull();
    });

    it.each([
      { title: 'before the words were written', at: 'open' },
      { title: 'after they were written', at: 'prepared' },
    ])('killed $title it begins again, and loses and doubles nothing', async ({ at: when }) => {
      await fillInTheClear();
      const dying: OpeningParts<Opened> = {
        ...parts(),
        open: async (generation, prepare) => {
          if (when === 'open') throw new Error('killed');
          await openStore(generation, prepare);
          throw new Error('killed');
        },
      };
      await openSafely(dying).catch(() => undefined);
      await shutDown();
      expect(databases().of(me).generation).toBe(0);
      const { store } = await openSafely(parts());
      expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id, second.id]);
      expect([...(await store.notes('draft:')).keys()]).toEqual(['draft:one']);
      await expect.poll(databasesThere).toEqual([databaseName(me, 1)]);
    });

    it('killed before the old one was deleted: the next start deletes it, and brings nothing back that was sent meanwhile', async () => {
      await fillInTheClear();
      await openSafely(parts());
      await shutDown();
      // As if the browser had died right after the move.
      await fillInTheClear();
      databases().moveOn(me, 1, keys.keyId);
      values.set(
        `hc-database:${me}`,
        JSON.stringify({ generation: 1, aside: [0], suspect: false, keyId: keys.keyId }),
      );
      const { store } = await openSafely(parts());
      expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id, second.id]);
      await expect.poll(databasesThere).toEqual([databaseName(me, 1)]);
    });

    it('what a window of that build still writes while the words move comes along', async () => {
      await fillInTheClear();
      const late = entryOf('late', 3);
      const slow: OpeningParts<Opened> = {
        ...parts(),
        open: async (generation, prepare) => {
          const opened = await openStore(generation, prepare);
          const clear = getRxStorageDexie({ indexedDB: factory, IDBKeyRange });
          const old = await openRxdbStore({
            person: me,
            generation: 0,
            storage: clear,
            multiInstance: false,
          });
          await old.saveToOutbox([late]);
          await old.close();
          return opened;
        },
      };
      const { store } = await openSafely(slow);
      expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id, second.id, late.id]);
      await expect.poll(databasesThere).toEqual([databaseName(me, 1)]);
    });

    it('a damaged record in it is kept as text under the key', async () => {
      await fillInTheClear();
      await change('outbox', (store) => {
        store.put({
          id: first.id,
          order: 1,
          record: 'garbage',
          _deleted: '0',
          _meta: { lwt: 5 },
          _rev: '1-x',
        });
      });
      const { store } = await openSafely(parts());
      expect((await store.outbox()).map(({ id }) => id)).toEqual([second.id]);
      expect((await store.note('setting:resealed')) as object).toMatchObject({
        damaged: [expect.stringContaining('garbage')],
      });
      await expect.poll(databasesThere).toEqual([databaseName(me, 1)]);
    });

    it('where part of it cannot be opened it stays, and that is told', async () => {
      await fillInTheClear();
      await dropDocuments('outbox');
      const { store } = await openSafely(parts());
      expect(await reportOf(store)).toMatchObject({ whole: false, drafts: 1 });
      expect(await databasesThere()).toEqual([databaseName(me), databaseName(me, 1)]);
    });

    it('a person who is new here begins sealed, and is told nothing', async () => {
      const { store } = await openSafely(parts());
      expect(await reportOf(store)).toBeNull();
      expect(databases().of(me)).toEqual({ generation: 0, aside: [], suspect: false, keyId: keys.keyId });
    });
  });

  it('a tablet that forgot which database was sealed under the key finds it again', async () => {
    await fill();
    values.clear();
    const { store } = await openSafely(parts());
    expect((await store.outbox()).map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(databases().of(me)).toEqual({ generation: 0, aside: [], suspect: false, keyId: keys.keyId });
  });

  it('a database sealed under a key that is gone is set aside, kept, and told', async () => {
    await fill();
    keys = await keysOf(me, newDataKey());
    storage = sealedStorage(getRxStorageDexie({ indexedDB: factory, IDBKeyRange }), createSeal(keys));
    const { store } = await openSafely(parts());
    expect(await store.outbox()).toEqual([]);
    expect(await reportOf(store)).toMatchObject({ setAside: true, unsent: 0, unreadable: 4, damaged: [] });
    await shutDown();
    await openSafely(parts());
    expect(await databasesThere()).toEqual([databaseName(me), databaseName(me, 1)]);
  });
});
