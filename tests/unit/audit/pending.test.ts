import { describe, expect, it } from 'vitest';
import { pendingAuditKey, pendingOf, withPendingAudit } from '#server/audit/pending.ts';
import { createPendingMover, type PendingMover } from '#server/audit/pending-mover.ts';
import { verifyAudit } from '#server/audit/verify.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { lostEditsOf } from '#server/store/merge/directory.ts';
import type { Database, DocumentStore } from '#server/store/port.ts';
import { versionOf, wireText } from '#server/sync/wire-document.ts';
import { WireCache } from '#server/sync/wire-cache.ts';
import { people } from '#tests/builders.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { actor, at, changed, entriesOf, key, logger, trailOf } from './trail.ts';

const change = (subject: string) => ({ action: 'staff.edit', subjects: [subject], fields: ['name'] });

/** One more change to a document, with its entry in the same write. */
const write = (database: Database, id: string, count: number) =>
  changeDocument(database, id, (held) =>
    withPendingAudit(
      { ...held?.body, id, [`field${count}`]: count },
      actor,
      change(`${id} ${count}`),
      held?.body ?? null,
    ),
  );

function gateway(store: DocumentStore): { mover: PendingMover; trail: ReturnType<typeof trailOf> } {
  const trail = trailOf(store.database('audit'));
  const mover = createPendingMover({
    store,
    trail,
    key,
    clock: { now: () => at },
    logger,
    epoch: () => 'epoch',
  });
  return { mover, trail };
}

const subjectsOf = async (store: DocumentStore): Promise<unknown[]> =>
  (await entriesOf(store.database('audit'))).map(({ subjects }) => (subjects as string[])[0]).sort();

/** A process that dies at its n-th write: before the store had it, or after, without hearing of it. */
function dying(
  store: DocumentStore,
  atWrite: number,
  isStored: boolean,
): { store: DocumentStore; isDead: () => boolean } {
  let writes = 0;
  let isDead = false;
  const dead = () => Promise.reject(new Error('this process is gone'));
  const wrap = (database: Database): Database =>
    changed(database, {
      async write(all) {
        if (isDead) return dead();
        writes++;
        if (writes < atWrite) return database.write(all);
        isDead = true;
        if (isStored) await database.write(all);
        return dead();
      },
      get: (...args) => (isDead ? dead() : database.get(...args)),
      getMany: (ids) => (isDead ? dead() : database.getMany(ids)),
      changes: (query) => (isDead ? dead() : database.changes(query)),
    });
  return {
    store: { database: (name) => wrap(store.database(name)), close: () => Promise.resolve() },
    isDead: () => isDead,
  };
}

describe('pending entries', () => {
  it('AUD-1 become entries, and leave their documents as they were', async () => {
    const store = createMemoryStore();
    await write(store.database('directory'), 'one', 1);
    await write(store.database('directory'), 'one', 2);
    await write(store.database('accounts'), 'two', 1);
    const { mover, trail } = gateway(store);
    await mover.caughtUp();
    await trail.close();
    expect(await subjectsOf(store)).toEqual(['one 1', 'one 2', 'two 1']);
    expect((await store.database('directory').get('one'))?.body).toEqual({ id: 'one', field1: 1, field2: 2 });
    expect(await verifyAudit(store.database('audit'), key)).toMatchObject({
      isWhole: true,
      moved: 3,
      inTransit: 0,
    });
    expect((await entriesOf(store.database('audit')))[0]).toMatchObject({
      action: 'staff.edit',
      fields: ['name'],
      outcome: 'done',
      actor: { person: actor.person, device: actor.device, address: '10.0.0.1' },
    });
  });

  it('AUD-1 after a crash at any point no change is without its entry, and none has two', async () => {
    let deaths = 0;
    for (const isStored of [false, true]) {
      for (let atWrite = 1; ; atWrite++) {
        const store = createMemoryStore();
        for (const id of ['one', 'two'])
          for (const n of [1, 2]) await write(store.database('directory'), id, n);
        await write(store.database('accounts'), 'three', 1);
        const mortal = dying(store, atWrite, isStored);
        const first = gateway(mortal.store);
        await first.mover
          .caughtUp()
          .then(() => first.mover.savePositions())
          .catch(() => undefined);
        await first.trail.close();
        if (!mortal.isDead()) break;
        deaths++;
        // Somebody writes on meanwhile; then the next process looks.
        await write(store.database('directory'), 'one', 3);
        const second = gateway(store);
        await second.mover.caughtUp();
        await second.trail.close();
        const name = `write ${atWrite}, ${isStored ? 'stored' : 'lost'}`;
        expect([name, await subjectsOf(store)]).toEqual([
          name,
          ['one 1', 'one 2', 'one 3', 'three 1', 'two 1', 'two 2'],
        ]);
        expect([name, (await store.database('directory').get('one'))?.body]).toEqual([
          name,
          { id: 'one', field1: 1, field2: 2, field3: 3 },
        ]);
        expect([name, await verifyAudit(store.database('audit'), key)]).toMatchObject([
          name,
          { isWhole: true, inTransit: 0 },
        ]);
      }
    }
    expect(deaths).toBeGreaterThan(14);
  });

  it('AUD-1 two gateways and writers at once: each entry once, no field lost', async () => {
    const store = createMemoryStore();
    const [one, two] = [gateway(store), gateway(store)];
    await one.mover.start();
    await two.mover.start();
    const writers = ['a', 'b', 'c'].map(async (id) => {
      for (let n = 0; n < 12; n++) await write(store.database('directory'), id, n);
    });
    await Promise.all(writers);
    await one.mover.caughtUp();
    await two.mover.caughtUp();
    for (const { mover, trail } of [one, two]) {
      await mover.stop();
      await trail.close();
    }
    expect(await entriesOf(store.database('audit'))).toHaveLength(36);
    expect(new Set(await subjectsOf(store)).size).toBe(36);
    for (const id of ['a', 'b', 'c']) {
      const { body } = (await store.database('directory').get(id))!;
      expect(Object.keys(body)).toHaveLength(13);
      expect(body[pendingAuditKey]).toBeUndefined();
    }
    expect(await verifyAudit(store.database('audit'), key)).toMatchObject({ isWhole: true });
  });

  it('go on from the place remembered, and from the beginning where the store was set back', async () => {
    const store = createMemoryStore();
    const first = gateway(store);
    await write(store.database('accounts'), 'one', 1);
    await first.mover.caughtUp();
    const before = store.backUp();
    await first.mover.savePositions();
    await write(store.database('accounts'), 'one', 2);
    const asked: unknown[] = [];
    const watched: DocumentStore = {
      database: (name) => {
        const database = store.database(name);
        return name !== 'accounts'
          ? database
          : changed(database, { changes: (query) => (asked.push(query.since), database.changes(query)) });
      },
      close: () => Promise.resolve(),
    };
    await gateway(watched).mover.caughtUp();
    expect(asked).not.toContain(null);
    expect(await subjectsOf(store)).toEqual(['one 1', 'one 2']);
    store.setBack(before);
    await write(store.database('accounts'), 'one', 3);
    await gateway(store).mover.caughtUp();
    expect(await subjectsOf(store)).toEqual(['one 1', 'one 3']);
  });

  it('of a deleted document are moved too, and what cannot be read stays and holds nothing up', async () => {
    const store = createMemoryStore();
    const accounts = store.database('accounts');
    await write(accounts, 'gone', 1);
    const held = await accounts.get('gone');
    await accounts.write([{ id: 'gone', rev: held!.rev, body: held!.body, deleted: true }]);
    await accounts.write([{ id: 'odd', body: { [pendingAuditKey]: ['nonsense', { id: 1 }] } }]);
    await write(accounts, 'odd', 2);
    const { mover } = gateway(store);
    await mover.caughtUp();
    expect(await subjectsOf(store)).toEqual(['gone 1', 'odd 2']);
    expect((await accounts.get('odd'))?.body[pendingAuditKey]).toEqual(['nonsense', { id: 1 }]);
  });
});

describe('pending entries elsewhere', () => {
  it('AUD-1 are never part of what a tablet is sent, and change no version', () => {
    const document = { ...people.requester };
    const id = document.id;
    const carrying = withPendingAudit(document, actor, change(id), null);
    expect(pendingOf(carrying)).toHaveLength(1);
    const text = wireText(new WireCache(), 'directory', { id, body: carrying });
    expect(text).not.toContain('pendingAudit');
    expect(text).not.toContain(actor.address);
    expect(JSON.parse(text)).toMatchObject({ content: { id, name: document.name } });
    expect(versionOf('directory', carrying)).toBe(versionOf('directory', document));
  });

  it.each(['directory', 'accounts'] as const)(
    'of every leaf of %s outlive a merge, and no lost edit hides one',
    (name) => {
      const leaf = (rev: string, count: number) => ({
        id: 'x',
        rev: `1-${rev.repeat(32)}`,
        body: withPendingAudit({ kind: 'account', id: 'x', n: count }, actor, change(`${count}`), null),
      });
      const merged = documentMerges[name]([leaf('b', 1), leaf('a', 2)]);
      expect(pendingOf(merged).map(({ subjects }) => subjects)).toHaveLength(2);
      expect(merged).toMatchObject({ n: 1 });
      for (const lost of lostEditsOf(merged)) expect(lost[pendingAuditKey]).toBeUndefined();
    },
  );
});
