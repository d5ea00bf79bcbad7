import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { loadDesignDocuments } from '#server/store/design-documents.ts';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import {
  seqFromText,
  SeqUnknown,
  type Change,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type ExportedLeaf,
  type Seq,
  type ViewQuery,
  type WriteOutcome,
} from '#server/store/port.ts';
import type { StoreHarness } from './harness.ts';
import { collect } from './collect.ts';

const idOf = (): string => randomUUID();

export const revOf = (outcome: WriteOutcome | undefined): string => {
  if (outcome?.type !== 'written') throw new Error(`expected a write, got ${JSON.stringify(outcome)}`);
  return outcome.rev;
};

/** A leaf as another writer's store would replicate it. */
export const leafOf = (
  id: string,
  letter: string,
  body: Record<string, unknown>,
  generation = 1,
): ExportedLeaf => {
  const hash = (step: number): string => letter.repeat(31) + String(step);
  return {
    id,
    rev: `${String(generation)}-${hash(generation)}`,
    revisions: Array.from({ length: generation }, (_, step) => hash(generation - step)),
    deleted: false,
    body,
  };
};

/** What every store promises, whatever it is made of. */
export function storeContract(title: string, createHarness: () => Promise<StoreHarness>): void {
  describe(title, () => {
    let harness: StoreHarness;
    let store: DocumentStore;
    const open = async (): Promise<DocumentStore> => harness.open(await loadDesignDocuments());
    const of = (name: DatabaseName): Database => store.database(name);

    beforeAll(async () => {
      harness = await createHarness();
      store = await open();
    });
    afterAll(async () => {
      await store.close();
      await harness.discard();
    });

    describe('documents', () => {
      test('what was written is read, with the rev that was answered', async () => {
        const id = idOf();
        const body = { kind: 'consult', events: [{ n: 1 }], nested: { deep: [null, true, 1.5, ''] } };
        const rev = revOf((await of('consults').write([{ id, body }]))[0]);
        expect(await of('consults').get(id)).toEqual({ id, rev, body });
      });

      test('databases do not see each other', async () => {
        const id = idOf();
        await of('consults').write([{ id, body: { a: 1 } }]);
        expect(await of('patients').get(id)).toBeNull();
      });

      test('each write of a batch has its own outcome, in order', async () => {
        const [taken, fresh, other] = [idOf(), idOf(), idOf()];
        const rev = revOf((await of('consults').write([{ id: taken, body: { a: 1 } }]))[0]);
        const outcomes = await of('consults').write([
          { id: taken, body: { a: 2 } },
          { id: fresh, body: { a: 3 } },
          { id: '_hidden', body: {} },
          { id: taken, rev: '1-0123456789abcdef0123456789abcdef', body: { a: 4 } },
          { id: taken, rev, body: { a: 5 } },
          { id: other, body: { _secret: 1 } },
          { id: other, rev: 'no rev', body: {} },
        ]);
        expect(outcomes.map(({ type, id }) => [type, id])).toEqual([
          ['conflict', taken],
          ['written', fresh],
          ['rejected', '_hidden'],
          ['conflict', taken],
          ['written', taken],
          ['rejected', other],
          ['rejected', other],
        ]);
        expect((await of('consults').get(taken))?.body).toEqual({ a: 5 });
        expect(await of('consults').leaves(taken)).toHaveLength(1);
        expect(await of('consults').get(other)).toBeNull();
      });

      test('two writes of one new id in one batch: one is written, one conflicts', async () => {
        const id = idOf();
        const outcomes = await of('consults').write([
          { id, body: { a: 1 } },
          { id, body: { a: 2 } },
        ]);
        expect(outcomes.map(({ type }) => type).sort()).toEqual(['conflict', 'written']);
        expect((await of('consults').leaves(id)).length).toBe(1);
      });

      test('two writes over one rev in one batch: one is written, one conflicts, and no trace of it stays', async () => {
        const id = idOf();
        const rev = revOf((await of('consults').write([{ id, body: { a: 0 } }]))[0]);
        const outcomes = await of('consults').write([
          { id, rev, body: { a: 1 } },
          { id, rev, body: { a: 2 } },
        ]);
        expect(outcomes.map(({ type }) => type).sort()).toEqual(['conflict', 'written']);
        const written = revOf(outcomes.find(({ type }) => type === 'written'));
        expect((await of('consults').leaves(id)).map((leaf) => leaf.rev)).toEqual([written]);
      });

      test('of many concurrent writers over one rev exactly one is written', async () => {
        const id = idOf();
        const rev = revOf((await of('consults').write([{ id, body: { by: -1 } }]))[0]);
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, by) => of('consults').write([{ id, rev, body: { by } }])),
        );
        const written = outcomes.flat().filter(({ type }) => type === 'written');
        expect(written).toHaveLength(1);
        expect((await of('consults').leaves(id)).map((leaf) => leaf.rev)).toEqual([revOf(written[0])]);
      });

      test('a deleted document is gone, its tombstone carries the body, and the id may be created again', async () => {
        const id = idOf();
        const rev = revOf((await of('consults').write([{ id, body: { a: 1 } }]))[0]);
        const before = await of('consults').position();
        revOf((await of('consults').write([{ id, rev, body: { why: 'moved' }, deleted: true }]))[0]);
        expect(await of('consults').get(id)).toBeNull();
        expect(await of('consults').getMany([id])).toEqual([null]);
        const page = await of('consults').changes({ since: before, limit: 10, includeDocs: true });
        expect(page.changes).toMatchObject([{ id, deleted: true, doc: { body: { why: 'moved' } } }]);
        const again = revOf((await of('consults').write([{ id, body: { a: 2 } }]))[0]);
        expect(await of('consults').get(id)).toEqual({ id, rev: again, body: { a: 2 } });
      });

      test('getMany answers in the order asked, doubles and absent ids included, for thousands', async () => {
        const ids = Array.from({ length: 2_000 }, idOf);
        await of('patients').write(ids.map((id, index) => ({ id, body: { index } })));
        const asked = [...ids.toReversed(), 'absent', ids[7]!];
        const got = await of('patients').getMany(asked);
        expect(got.map((document) => document?.id ?? 'absent')).toEqual(asked);
        expect(got[0]?.body).toEqual({ index: 1_999 });
        expect(await of('patients').getMany([])).toEqual([]);
      });

      test.each([
        ['every plane of Unicode', { text: 'Größe 体温 38° 👩🏽‍⚕️ \u0000\u001f\u2028 \\ud83d "' }],
        ['keys that are words of the language', { constructor: 1, toString: 2, length: 3 }],
        ['a document of half a megabyte', { text: 'ä'.repeat(250_000) }],
      ])('keeps %s', async (_what, body) => {
        const id = `ü ${idOf()}/?#%..`;
        const rev = revOf((await of('consults').write([{ id, body }]))[0]);
        expect(await of('consults').get(id)).toEqual({ id, rev, body });
      });

      test.each([
        ['a lone surrogate', { text: 'a\ud83d' }],
        ['a document beyond the limit', { text: 'a'.repeat(8_000_001) }],
      ])('rejects %s alone, and writes what stands beside it', async (_what, body) => {
        const [bad, good] = [idOf(), idOf()];
        const outcomes = await of('consults').write([
          { id: bad, body },
          { id: good, body: { a: 1 } },
        ]);
        expect(outcomes.map(({ type }) => type)).toEqual(['rejected', 'written']);
        expect(await of('consults').get(bad)).toBeNull();
      });

      test('writing nothing is nothing', async () => {
        expect(await of('consults').write([])).toEqual([]);
      });

      test('counts and scans live documents only, in order of id, without design documents', async () => {
        const ids = ['A', 'Z', 'a', 'ab', 'b', 'ü', '体'].map((text) => `${text}-scan`);
        const written = await of('quarantine').write(ids.toReversed().map((id) => ({ id, body: { id } })));
        const gone = written.find(({ id }) => id === 'ab-scan');
        await of('quarantine').write([{ id: 'ab-scan', rev: revOf(gone), body: {}, deleted: true }]);
        const live = ids.filter((id) => id !== 'ab-scan');

        expect(await of('quarantine').count()).toBe(live.length);
        const all = await of('quarantine').scan({ startKey: '', limit: 100 });
        expect(all.map(({ id }) => id)).toEqual(live);
        const pages: string[] = [];
        for (let from = ''; ;) {
          const page = await of('quarantine').scan({ startKey: from, limit: 2 });
          pages.push(...page.map(({ id }) => id));
          if (page.length < 2) break;
          from = `${page.at(-1)!.id}\u0000`;
        }
        expect(pages).toEqual(live);
        const some = await of('quarantine').scan({
          startKey: 'Z',
          endKey: 'b-scan',
          limit: 10,
          includeDocs: true,
        });
        expect(some.map(({ doc }) => doc?.body)).toEqual(
          ['Z-scan', 'a-scan', 'b-scan'].map((id) => ({ id })),
        );
        expect(await of('quarantine').scan({ startKey: '', limit: 0 })).toEqual([]);
      });
    });

    describe('changes', () => {
      test('E5 a document stands once at its last change, pages join without a gap, and only the last says it caught up', async () => {
        const database = of('directory');
        const ids = Array.from({ length: 25 }, idOf);
        const first = await database.write(ids.map((id) => ({ id, body: { v: 1 } })));
        const rewritten = first
          .slice(0, 5)
          .map((outcome) => ({ id: outcome.id, rev: revOf(outcome), body: { v: 2 } }));
        await database.write(rewritten);

        const seen: Change[] = [];
        let since: Seq | null = null;
        const ends: boolean[] = [];
        do {
          const page = await database.changes({ since, limit: 4, includeDocs: true });
          seen.push(...page.changes);
          ends.push(page.caughtUp);
          since = page.lastSeq;
        } while (!ends.at(-1));
        expect(seen.map(({ id }) => id)).toEqual([...ids.slice(5), ...ids.slice(0, 5)]);
        expect(seen.map(({ doc }) => doc?.body['v'])).toEqual([
          ...Array<number>(20).fill(1),
          ...Array<number>(5).fill(2),
        ]);
        expect(ends.slice(0, -1).every((caughtUp) => !caughtUp)).toBe(true);
        expect(await database.changes({ since, limit: 4 })).toMatchObject({ changes: [], caughtUp: true });

        const newest = await database.changes({ since: null, limit: 2, descending: true });
        expect(newest.changes.map(({ id }) => id)).toEqual([ids[4], ids[3]]);
      });

      test('position is where the future begins', async () => {
        const id = idOf();
        const here = await of('alerts').position();
        expect((await of('alerts').changes({ since: here, limit: 10 })).changes).toEqual([]);
        await of('alerts').write([{ id, body: {} }]);
        expect(
          (await of('alerts').changes({ since: here, limit: 10 })).changes.map((change) => change.id),
        ).toEqual([id]);
      });

      test('a place kept as text is good after the store was closed and opened', async () => {
        const [before, after] = [idOf(), idOf()];
        await of('claims').write([{ id: before, body: {} }]);
        const kept = JSON.stringify(await of('claims').position());
        await of('claims').write([{ id: after, body: {} }]);
        await store.close();
        store = await open();
        const since = seqFromText(JSON.parse(kept) as string);
        const page = await of('claims').changes({ since, limit: 10 });
        expect(page.changes.map(({ id }) => id)).toEqual([after]);
      });

      test('a place of another store is refused by name', async () => {
        const asked = of('claims').changes({ since: seqFromText('no-such-place'), limit: 1 });
        await expect(asked).rejects.toBeInstanceOf(SeqUnknown);
      });
    });

    describe('follow', () => {
      test('brings what was there, then what comes, each at least once and in order', async () => {
        const database = of('audit');
        const ids = Array.from({ length: 40 }, idOf);
        await database.write(ids.slice(0, 20).map((id) => ({ id, body: { id } })));
        const seen = collect();
        const following = database.follow({ since: null, includeDocs: true, onChange: seen.onChange });
        for (const id of ids.slice(20)) await database.write([{ id, body: { id } }]);
        await seen.until((have) => ids.every((id) => have.has(id)));
        await following.stop();
        expect([...new Set(seen.ids())]).toEqual(ids);
        expect(seen.changes.every(({ id, doc }) => doc?.body['id'] === id)).toBe(true);
      });

      test('a page that was not taken comes again', async () => {
        const database = of('claims');
        const since = await database.position();
        const ids = Array.from({ length: 3 }, idOf);
        const seen = collect();
        let refusals = 2;
        const errors: unknown[] = [];
        const following = database.follow({
          since,
          async onChange(page) {
            if (refusals-- > 0) throw new Error('not now');
            await seen.onChange(page);
          },
          onError: (error) => errors.push(error),
        });
        await database.write(ids.map((id) => ({ id, body: {} })));
        await seen.until((have) => ids.every((id) => have.has(id)));
        await following.stop();
        expect(errors).toHaveLength(2);
      });

      test('after stop nothing more comes, and a store closes although somebody follows', async () => {
        const database = of('claims');
        const seen = collect();
        const stopped = database.follow({ since: await database.position(), onChange: seen.onChange });
        await stopped.stop();
        database.follow({ since: await database.position(), onChange: seen.onChange });
        await store.close();
        store = await open();
        await of('claims').write([{ id: idOf(), body: {} }]);
        expect(seen.changes).toEqual([]);
      });
    });

    describe('conflicts', () => {
      const plant = async (name: DatabaseName, bodies: Record<string, unknown>[]): Promise<string> => {
        const id = idOf();
        await of(name).importLeaves(bodies.map((body, index) => leafOf(id, 'abcdef'[index]!, body)));
        return id;
      };

      test('are seen by get, changes and leaves, the winner first everywhere', async () => {
        const since = await of('meta').position();
        const id = await plant('meta', [{ from: 'a' }, { from: 'b' }, { from: 'c' }]);
        const leaves = await of('meta').leaves(id);
        expect(leaves[0]?.body).toEqual({ from: 'c' });
        expect(leaves.map(({ body }) => body['from']).sort()).toEqual(['a', 'b', 'c']);
        const got = await of('meta').get(id, { conflicts: true });
        expect(got?.body).toEqual({ from: 'c' });
        expect(got?.conflicts?.toSorted()).toEqual(
          leaves
            .slice(1)
            .map(({ rev }) => rev)
            .toSorted(),
        );
        expect(await of('meta').get(id)).not.toHaveProperty('conflicts');
        const { changes } = await of('meta').changes({ since, limit: 10, includeDocs: true });
        expect(changes).toHaveLength(1);
        expect(changes[0]?.leafRevs[0]).toBe(leaves[0]?.rev);
        expect(changes[0]?.leafRevs.toSorted()).toEqual(leaves.map(({ rev }) => rev).toSorted());
        expect(changes[0]?.doc?.conflicts).toHaveLength(2);
      });

      test('a removed loser is gone, one that moved on is left, and the winner is untouched', async () => {
        const id = await plant('meta', [{ from: 'a' }, { from: 'b' }, { from: 'c' }]);
        const [winner, second, third] = await of('meta').leaves(id);
        const moved = revOf((await of('meta').write([{ id, rev: third!.rev, body: { from: 'moved' } }]))[0]);
        await of('meta').removeLeaves(id, [second!.rev, third!.rev]);
        const left = await of('meta').leaves(id);
        expect(left.map(({ rev }) => rev).toSorted()).toEqual([winner!.rev, moved].toSorted());
        await of('meta').removeLeaves(id, [second!.rev]);
        expect(await of('meta').leaves(id)).toHaveLength(2);
      });

      test('a live leaf leads over a removed one with a longer history', async () => {
        const id = idOf();
        const since = await of('meta').position();
        const live = leafOf(id, 'a', { from: 'a' });
        const removed = { ...leafOf(id, 'b', { from: 'b' }, 3), deleted: true };
        await of('meta').importLeaves([live, removed]);
        expect(await of('meta').get(id, { conflicts: true })).toEqual({
          id,
          rev: live.rev,
          body: { from: 'a' },
        });
        const { changes } = await of('meta').changes({ since, limit: 10, includeDocs: true });
        expect(changes).toMatchObject([
          { id, rev: live.rev, deleted: false, leafRevs: [live.rev, removed.rev] },
        ]);
        expect(changes[0]?.doc).not.toHaveProperty('conflicts');
        expect(await of('meta').leaves(id)).toHaveLength(1);
      });

      test('when every leaf is removed the document is gone', async () => {
        const id = await plant('meta', [{ from: 'a' }, { from: 'b' }]);
        const leaves = await of('meta').leaves(id);
        await of('meta').removeLeaves(
          id,
          leaves.map(({ rev }) => rev),
        );
        expect(await of('meta').leaves(id)).toEqual([]);
        expect(await of('meta').get(id, { conflicts: true })).toBeNull();
      });

      test('are merged, the losers removed, and a second look writes nothing', async () => {
        const id = await plant('claims', [
          { holder: 'gateway-2' },
          { holder: 'gateway-1' },
          { holder: 'gateway-3' },
        ]);
        const resolved = await resolveConflicts(of('claims'), id, documentMerges.claims);
        expect(resolved?.body).toEqual({ holder: 'gateway-1' });
        expect(await of('claims').get(id, { conflicts: true })).toEqual(resolved);
        const position = await of('claims').position();
        expect(await resolveConflicts(of('claims'), id, documentMerges.claims)).toEqual(resolved);
        expect(await of('claims').position()).toBe(position);
        expect(await resolveConflicts(of('claims'), 'absent', documentMerges.claims)).toBeNull();
      });

      test('merged by several gateways at once, while a writer goes on, nothing is lost', async () => {
        const union = (leaves: readonly { body: Record<string, unknown> }[]) => ({
          marks: [...new Set(leaves.flatMap(({ body }) => body['marks'] as string[]))].sort(),
        });
        const id = await plant('meta', [{ marks: ['a'] }, { marks: ['b'] }, { marks: ['c'] }]);
        const writer = async (): Promise<void> => {
          for (let step = 0; step < 5;) {
            const held = await of('meta').get(id);
            const marks = [...(held!.body['marks'] as string[]), `w${String(step)}`];
            const [outcome] = await of('meta').write([{ id, rev: held!.rev, body: { marks } }]);
            if (outcome?.type === 'written') step += 1;
          }
        };
        await Promise.all([
          writer(),
          ...Array.from({ length: 3 }, () => resolveConflicts(of('meta'), id, union)),
        ]);
        const resolved = await resolveConflicts(of('meta'), id, union);
        expect(resolved?.body).toEqual({ marks: ['a', 'b', 'c', 'w0', 'w1', 'w2', 'w3', 'w4'] });
      });
    });

    describe('export and import', () => {
      test('a copy has the same leaves, revs, tombstones and conflicts, and importing twice changes nothing', async () => {
        const source = of('accounts');
        const live = revOf((await source.write([{ id: 'x-live', body: { v: 1 } }]))[0]);
        await source.write([{ id: 'x-live', rev: live, body: { v: 2 } }]);
        const dead = revOf((await source.write([{ id: 'x-dead', body: { v: 1 } }]))[0]);
        await source.write([{ id: 'x-dead', rev: dead, body: { last: true }, deleted: true }]);
        await source.importLeaves([
          leafOf('x-split', 'a', { from: 'a' }, 2),
          leafOf('x-split', 'b', { from: 'b' }, 1),
        ]);
        const exported: ExportedLeaf[] = [];
        for await (const leaves of source.exportLeaves()) exported.push(...leaves);
        expect(
          exported
            .map(({ id }) => id)
            .filter((id) => id.startsWith('x-'))
            .sort(),
        ).toEqual(['x-dead', 'x-live', 'x-split', 'x-split']);

        const other = await createHarness();
        const restored = await other.open([]);
        const copy = restored.database('accounts');
        await copy.importLeaves(exported);
        const position = await copy.position();
        await copy.importLeaves(exported);
        expect(await copy.position()).toBe(position);
        for (const id of ['x-live', 'x-dead', 'x-split'])
          expect(await copy.leaves(id)).toEqual(await source.leaves(id));
        const again: ExportedLeaf[] = [];
        for await (const leaves of copy.exportLeaves()) again.push(...leaves);
        const byRev = (a: ExportedLeaf, b: ExportedLeaf): number => (a.rev < b.rev ? -1 : 1);
        expect(again.sort(byRev)).toEqual(exported.sort(byRev));
        const held = await copy.get('x-live');
        revOf((await copy.write([{ id: 'x-live', rev: held!.rev, body: { v: 3 } }]))[0]);
        await restored.close();
        await other.discard();
      });

      test('what was acknowledged before is in an export that runs while others write', async () => {
        const database = of('attachments');
        const ids = Array.from({ length: 60 }, idOf);
        let written = await database.write(ids.map((id) => ({ id, body: { v: 0 } })));
        let exporting = true;
        const rewrite = async (): Promise<void> => {
          for (let v = 1; exporting && v < 40; v++) {
            written = await database.write(
              written.map((outcome) => ({ id: outcome.id, rev: revOf(outcome), body: { v } })),
            );
          }
        };
        const rewriting = rewrite();
        for (let round = 0; round < 5; round++) {
          const exported = new Set<string>();
          for await (const leaves of database.exportLeaves()) for (const { id } of leaves) exported.add(id);
          expect(ids.filter((id) => !exported.has(id))).toEqual([]);
        }
        exporting = false;
        await rewriting;
      });
    });

    describe('views', () => {
      const consults = [idOf(), idOf()] as const;
      const alertOf = (consult: string, step: number) => ({
        id: `${consult}:${String(step)}`,
        body: { kind: 'alert', consult, step },
      });

      test('find what was written before, by key, by keys, by range and page, in both directions', async () => {
        const [one, two] = [...consults].sort() as [string, string];
        const alerts = of('alerts');
        const written = await alerts.write([
          ...[1, 2, 3].map((step) => alertOf(one, step)),
          ...[1, 2].map((step) => alertOf(two, step)),
          { id: 'no-alert', body: { kind: 'other', consult: one } },
        ]);
        const ids = async (query: ViewQuery): Promise<string[]> =>
          (await alerts.view('alerts/by-consult', query)).map(({ id }) =>
            id.slice(-38).replace(one, '1').replace(two, '2'),
          );
        expect(await ids({ startKey: one, endKey: two })).toEqual(['1:1', '1:2', '1:3', '2:1', '2:2']);
        expect(await ids({ startKey: two, endKey: one, descending: true })).toEqual([
          '2:2',
          '2:1',
          '1:3',
          '1:2',
          '1:1',
        ]);
        expect(await ids({ startKey: one, endKey: one, skip: 1, limit: 1 })).toEqual(['1:2']);
        expect(await ids({ keys: [two, 'absent', one] })).toEqual(['2:1', '2:2', '1:1', '1:2', '1:3']);

        const last = written.find(({ id }) => id === `${one}:3`);
        await alerts.write([{ ...alertOf(one, 3), rev: revOf(last), deleted: true }]);
        const rows = await alerts.view('alerts/by-consult', { keys: [one], includeDocs: true });
        expect(rows.map(({ key, doc }) => [key, doc?.body['step']])).toEqual([
          [one, 1],
          [one, 2],
        ]);
      });

      test('give every store the same rows of the same documents', async () => {
        await of('accounts').write([
          { id: 'v-1', body: { kind: 'account', email: 'b@example.org' } },
          { id: 'v-2', body: { kind: 'account', email: 'a@example.org' } },
          { id: 'v-3', body: { kind: 'session', email: 'c@example.org' } },
        ]);
        const departments = ['11111111', '22222222', '33333333'];
        await of('quarantine').write([
          { id: 'q-1', body: { kind: 'quarantined-event', departments, heldAt: '2026-01-02T00:00:00.000Z' } },
          {
            id: 'q-2',
            body: {
              kind: 'quarantined-event',
              departments: ['22222222'],
              heldAt: '2026-01-01T00:00:00.000Z',
            },
          },
        ]);
        await of('audit').write([
          { id: 'e-2', body: { kind: 'audit-entry', at: '2026-01-02T00:00:00.000Z' } },
          { id: 'e-1', body: { kind: 'audit-entry', at: '2026-01-01T00:00:00.000Z' } },
        ]);
        expect(await of('accounts').view('accounts/by-email')).toEqual([
          { id: 'v-2', key: 'a@example.org', value: null },
          { id: 'v-1', key: 'b@example.org', value: null },
        ]);
        const held = await of('quarantine').view('quarantine/by-department', {
          startKey: ['22222222'],
          endKey: ['22222222', {}],
        });
        expect(held.map(({ id, key }) => [id, key])).toEqual([
          ['q-2', ['22222222', '2026-01-01T00:00:00.000Z']],
          ['q-1', ['22222222', '2026-01-02T00:00:00.000Z']],
        ]);
        expect((await of('audit').view('audit/by-time', { limit: 2 })).map(({ id }) => id)).toEqual([
          'e-1',
          'e-2',
        ]);
      });

      test('design documents are in no feed, export or count', async () => {
        const all = await of('quarantine').changes({ since: null, limit: 1_000 });
        expect(all.changes.filter(({ id }) => id.startsWith('_'))).toEqual([]);
      });
    });

    test('compaction changes nothing that can be read', async () => {
      const id = idOf();
      let rev = revOf((await of('meta').write([{ id, body: { v: 0 } }]))[0]);
      for (let v = 1; v < 5; v++) rev = revOf((await of('meta').write([{ id, rev, body: { v } }]))[0]);
      await of('meta').compact?.();
      expect(await of('meta').get(id)).toEqual({ id, rev, body: { v: 4 } });
      const { changes } = await of('meta').changes({
        since: null,
        limit: 1,
        descending: true,
        includeDocs: true,
      });
      expect(changes[0]?.doc?.body).toEqual({ v: 4 });
    });
  });
}
