import { describe, expect, it } from 'vitest';
import { verifyAudit } from '#server/audit/verify.ts';
import type { Database } from '#server/store/port.ts';
import { addMs } from '#shared/lib/instant.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { actor, at, changed, entriesOf, key, otherKey, trailOf } from './trail.ts';

const openDatabase = () => createMemoryStore().database('audit');
const read = (subject: string) => ({ action: 'consult.read', subjects: [subject] });

describe('the chain of a process', () => {
  it('AUD-1 ties each entry to the one before, in the order they came in, in few writes', async () => {
    const database = openDatabase();
    let writes = 0;
    const counted = changed(database, { write: (all) => (writes++, database.write(all)) });
    const trail = trailOf(counted, 'p');
    await Promise.all(Array.from({ length: 300 }, (_, n) => trail.recordRead(actor, read(`c${n}`))));
    expect(writes).toBeLessThan(10);
    const rows = await database.scan({
      startKey: 'entry:',
      endKey: 'entry:~',
      limit: 1000,
      includeDocs: true,
    });
    const bodies = rows.map(({ doc }) => doc!.body);
    expect(bodies.map(({ index }) => index)).toEqual(Array.from({ length: 301 }, (_, n) => n));
    expect(bodies[0]).toMatchObject({ kind: 'audit-link', link: 'begin', prev: '', heads: [] });
    for (const [n, body] of bodies.slice(1).entries()) expect(body['prev']).toBe(bodies[n]?.['hash']);
    expect(bodies[8]).toMatchObject({
      kind: 'audit-entry',
      action: 'consult.read',
      subjects: ['c7'],
      outcome: 'done',
      actor: { person: actor.person, address: '10.0.0.1' },
    });
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, chains: 1, entries: 301 });
  });

  it('AUD-1 names the heads of chains before it once, with what was stored after their head', async () => {
    const database = openDatabase();
    const first = trailOf(database, 'a');
    await first.recordRead(actor, read('one'));
    await first.keepHead();
    // Killed: its head was not written again.
    await first.recordRead(actor, read('two'));
    const second = trailOf(database, 'b');
    await second.recordRead(actor, read('three'));
    const headOf = async (process: string) =>
      (await database.get(`entry:${process}:000000000000`))?.body['heads'];
    expect(await headOf('b')).toMatchObject([{ process: 'a', count: 3 }]);
    await second.close();
    const third = trailOf(database, 'c');
    await third.recordRead(actor, read('four'));
    expect(await headOf('c')).toMatchObject([{ process: 'b', count: 2 }]);
    await third.close();
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, chains: 3, torn: 0 });
  });

  it('AUD-1 anchors name the chains of other gateways as far as they have come, and only when they grew', async () => {
    const database = openDatabase();
    const [one, two] = [trailOf(database, 'a'), trailOf(database, 'b')];
    await one.recordRead(actor, read('x'));
    await two.recordRead(actor, read('y'));
    await one.recordRead(actor, read('z'));
    await two.anchor(addMs(at, 3_600_000));
    await two.anchor(addMs(at, 7_200_000));
    const rows = await database.scan({
      startKey: 'entry:b',
      endKey: 'entry:b~',
      limit: 9,
      includeDocs: true,
    });
    const anchors = rows.filter(({ doc }) => doc?.body['link'] === 'anchor');
    expect(anchors.map(({ doc }) => doc?.body['heads'])).toMatchObject([[{ process: 'a', count: 3 }]]);
    // What an anchor saw cannot be cut off, also where the head itself is gone back.
    await one.close();
    await two.close();
    const last = await database.get('entry:a:000000000002');
    await database.write([{ id: last!.id, rev: last!.rev, body: {}, deleted: true }]);
    const head = await database.get('head:a');
    await database.write([{ id: head!.id, rev: head!.rev, body: {}, deleted: true }]);
    const verdict = await verifyAudit(database, key);
    expect(verdict.faults.map(({ type }) => type).sort()).toEqual(['cut-short', 'head-removed']);
  });
});

describe('a store that fails', () => {
  /** Fails writes of entries while `away`; `lost`: they arrive all the same, but for those it names. */
  function flaky(database: Database) {
    const state = { away: false, arrives: (_id: string) => false };
    return {
      state,
      database: changed(database, {
        async write(all) {
          if (!state.away || all.every(({ id }) => !id.startsWith('entry:'))) return database.write(all);
          await database.write(all.filter(({ id }) => state.arrives(id)));
          throw new Error('away');
        },
      }),
    };
  }

  it('AUD-1 fails what it cannot store, goes on after, and leaves no hole in the chain', async () => {
    const database = openDatabase();
    const { state, database: unsure } = flaky(database);
    const trail = trailOf(unsure, 'p');
    await trail.recordRead(actor, read('before'));
    state.away = true;
    // Of a group the store took every other one before it went away.
    state.arrives = (id) => Number(id.slice(-1)) % 2 === 1;
    const failed = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) => trail.recordWrite(actor, { action: 'x', subjects: [`${n}`] })),
    );
    expect(failed.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    await expect(trail.recordWrite(actor, { action: 'y', subjects: [] })).rejects.toThrow('away');
    state.away = false;
    await trail.recordWrite(actor, { action: 'z', subjects: [] });
    await trail.keepHead();
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, torn: 0, entries: 9 });
    const actions = (await entriesOf(database)).map(({ action }) => action).sort();
    expect(actions).toEqual(['consult.read', ...Array<string>(6).fill('x'), 'z']);
  });

  it('AUD-1 a group cut off with its process is told as torn, and not as a fault', async () => {
    const database = openDatabase();
    const { state, database: unsure } = flaky(database);
    const trail = trailOf(unsure, 'p');
    await trail.recordRead(actor, read('before'));
    await trail.keepHead();
    state.away = true;
    state.arrives = (id) => id.endsWith('4');
    await Promise.allSettled(Array.from({ length: 3 }, () => trail.recordRead(actor, read('cut'))));
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, torn: 2 });
    await trailOf(database, 'q').recordRead(actor, read('after'));
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, torn: 2, chains: 2 });
  });

  it('refuses one entry the store would never take, and nothing behind it', async () => {
    const database = openDatabase();
    const trail = trailOf(database);
    const bad = trail.recordRead(actor, { ...read('x'), reason: '\ud800' });
    await expect(bad).rejects.toThrow('Unicode');
    await trail.recordRead(actor, read('y'));
    expect(await entriesOf(database)).toHaveLength(1);
  });
});

describe('entries of older builds', () => {
  const old = (n: number) => ({
    id: `entry:old:${String(n).padStart(12, '0')}`,
    body: { kind: 'audit-entry', process: 'old', index: n, id: `o${n}`, at, action: 'a', subjects: [] },
  });

  it('AUD-1 are counted and said, and one more or less of them is noticed', async () => {
    const database = openDatabase();
    await database.write([old(0), old(1), old(2)]);
    const trail = trailOf(database);
    await trail.recordRead(actor, read('x'));
    await trail.close();
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, unchained: 3 });
    await database.write([old(3)]);
    expect((await verifyAudit(database, key)).faults).toMatchObject([{ type: 'added', count: 1 }]);
    for (const { id } of [old(2), old(3)]) {
      const held = await database.get(id);
      await database.write([{ id, rev: held!.rev, body: {}, deleted: true }]);
    }
    expect((await verifyAudit(database, key)).faults).toMatchObject([{ type: 'removed', count: 1 }]);
  });
});

it('says with another key that nothing is as it was', async () => {
  const database = openDatabase();
  const trail = trailOf(database);
  await trail.recordRead(actor, read('x'));
  await trail.close();
  expect((await verifyAudit(database, otherKey)).isWhole).toBe(false);
});
