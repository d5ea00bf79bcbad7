import { expect, test, vi } from 'vitest';

const commits: { location: string; method: string; options: unknown }[] = [];

vi.mock('leveldown', () => ({
  default: (location: string) => {
    const commit =
      (method: string) =>
      (...args: unknown[]) => {
        commits.push({ location, method, options: args.at(-2) });
      };
    return { status: 'new', _batch: commit('_batch'), _put: commit('_put'), _del: commit('_del') };
  },
}));

const { createLevelFactory } = await import('#server/store/leveldb.ts');

test('every commit to documents waits for the disk, whichever way it is made; commits to an index do not', () => {
  const factory = createLevelFactory();
  const documents = factory.open('consults');
  documents._batch([], {}, () => undefined);
  documents._put('key', 'value', { other: 1 }, () => undefined);
  documents._del('key', {}, () => undefined);
  factory.open('consults-mrview-1')._batch([], {}, () => undefined);
  expect(commits).toEqual([
    { location: 'consults', method: '_batch', options: { sync: true } },
    { location: 'consults', method: '_put', options: { other: 1, sync: true } },
    { location: 'consults', method: '_del', options: { sync: true } },
    { location: 'consults-mrview-1', method: '_batch', options: {} },
  ]);
});

test('two factories have different names: PouchDB shares open databases between factories of one name', () => {
  expect(createLevelFactory().open.name).not.toBe(createLevelFactory().open.name);
});
