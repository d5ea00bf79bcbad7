import { beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '#server/audit/entry-hash.ts';
import { storeOnce } from '#server/audit/store-once.ts';
import { verifyAudit } from '#server/audit/verify.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';
import { createMemoryStore, type MemoryBackup, type MemoryStore } from '#tests/simulation/memory-store.ts';
import { actor, at, key, otherKey, trailOf } from './trail.ts';

let store: MemoryStore;
let database: Database;
let whole: MemoryBackup;
let documents: StoredDocument[];

beforeEach(async () => {
  store = createMemoryStore();
  database = store.database('audit');
  const [one, two] = [trailOf(database, 'a'), trailOf(database, 'b')];
  for (let n = 0; n < 90; n++) {
    const trail = n % 2 === 0 ? one : two;
    await trail.recordRead(actor, { action: 'consult.read', subjects: [`c${n}`], reason: `why ${n}` });
    if (n % 15 === 7) {
      const moved = await storeOnce(
        database,
        key,
        Array.from({ length: 3 }, (_, m) => ({
          id: `m${n}-${m}`,
          at,
          action: 'account.reset',
          subjects: [],
        })),
      );
      await trail.linkMoved(at, moved.moved);
    }
  }
  await one.anchor(at);
  await one.close();
  await two.close();
  const later = trailOf(database, 'c');
  for (let n = 0; n < 85; n++) await later.recordWrite(actor, { action: 'sync.offer', subjects: [`c${n}`] });
  await later.close();
  whole = store.backUp();
  documents = (await database.scan({ startKey: '', limit: 1000, includeDocs: true })).map(({ doc }) => doc!);
});

const put = async (id: string, body: Record<string, unknown> | null): Promise<void> => {
  const held = await database.get(id);
  const [outcome] = await database.write([
    { id, rev: held?.rev, body: body ?? {}, ...(body === null ? { deleted: true } : {}) },
  ]);
  expect(outcome?.type).toBe('written');
};
const isFound = async (): Promise<boolean> => !(await verifyAudit(database, key)).isWhole;
const isEntry = ({ id }: StoredDocument): boolean => !id.startsWith('head:');

describe('verifying 200 entries', () => {
  it('AUD-1 finds nothing where nothing was done', async () => {
    expect(documents.filter(isEntry).length).toBeGreaterThanOrEqual(200);
    expect(await verifyAudit(database, key)).toMatchObject({ isWhole: true, faultCount: 0, inTransit: 0 });
  });

  it('AUD-1 finds any one document removed, heads too', async () => {
    for (const { id } of documents) {
      store.setBack(whole);
      await put(id, null);
      expect([id, await isFound()]).toEqual([id, true]);
    }
  });

  it('AUD-1 finds any one field of any one document edited, added or taken away', async () => {
    for (const [n, { id, body }] of documents.entries()) {
      const fields = Object.keys(body);
      const field = fields[n % fields.length]!;
      for (const edited of [
        { ...body, [field]: typeof body[field] === 'number' ? body[field] + 1 : 'edited' },
        { ...body, [field]: undefined },
        { ...body, added: true },
      ]) {
        store.setBack(whole);
        await put(id, edited);
        expect([id, field, await isFound()]).toEqual([id, field, true]);
      }
    }
  });

  it('AUD-1 finds any two neighbours swapped, with or without their places swapped back', async () => {
    const entries = documents.filter(isEntry);
    for (const [n, first] of entries.entries()) {
      const second = entries[(n + 1) % entries.length]!;
      for (const keepsPlace of [false, true]) {
        const as = (from: StoredDocument, to: StoredDocument): Record<string, unknown> =>
          keepsPlace
            ? { ...from.body, process: to.body['process'], index: to.body['index'], prev: to.body['prev'] }
            : from.body;
        store.setBack(whole);
        await put(first.id, as(second, first));
        await put(second.id, as(first, second));
        expect([first.id, keepsPlace, await isFound()]).toEqual([first.id, keepsPlace, true]);
      }
    }
  });

  it('AUD-1 finds an entry put in, with no hash, a hash without the key, or a copy of another', async () => {
    const model = documents.find(({ id }) => id.startsWith('entry:a:'))!.body;
    const forged = { ...model, index: 500 };
    for (const [id, body] of [
      ['entry:z:000000000000', { kind: 'audit-entry', at, action: 'x', subjects: [] }],
      ['entry:a:000000000500', { ...forged, hash: hashOf(otherKey, forged) }],
      ['entry:a:000000000501', model],
      ['moved:forged', { kind: 'audit-entry', id: 'forged', at, action: 'x', hash: 'y' }],
      ['moved:copy', documents.find(({ id }) => id.startsWith('moved:'))!.body],
      ['note', { text: 'x' }],
    ] as const) {
      store.setBack(whole);
      await put(id, body);
      expect([id, await isFound()]).toEqual([id, true]);
    }
  });

  it('AUD-1 finds the end of a chain cut off, its whole length, and the newest chain gone without trace in the store', async () => {
    for (const process of ['a', 'b']) {
      store.setBack(whole);
      for (const { id } of documents.filter((one) => one.id.startsWith(`entry:${process}:`)))
        await put(id, null);
      await put(`head:${process}`, null);
      expect(await isFound()).toBe(true);
    }
    store.setBack(whole);
    const newest = documents.filter(({ id }) => id.startsWith('entry:c:'));
    const head = { process: 'c', count: newest.length, hash: String(newest.at(-1)!.body['hash']) };
    for (const { id } of newest) await put(id, null);
    await put('head:c', null);
    // Nothing in the store says that it ever was; the process that wrote it knows.
    expect((await verifyAudit(database, key, [head])).faults).toMatchObject([
      { type: 'cut-short', count: newest.length },
    ]);
  });

  it('tells where, and nothing of what', async () => {
    await put('entry:a:000000000003', { ...documents[3]!.body, subjects: ['somebody'] });
    const verdict = await verifyAudit(database, key);
    expect(verdict.faults).toEqual([{ type: 'changed', where: 'entry:a:000000000003', count: 1 }]);
    expect(JSON.stringify(verdict)).not.toContain('somebody');
  });
});
