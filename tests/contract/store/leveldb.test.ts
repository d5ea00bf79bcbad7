import { expect, test, vi } from 'vitest';

const commits: { location: string; method: string; options: unknown }[] = [];

type Answer = (error: Error | null, value?: unknown) => void;
const reads: { keys: string[]; asBuffer: boolean }[] = [];

vi.mock('leveldown', () => ({
  default: (location: string) => {
    const commit =
      (method: string) =>
      (...args: unknown[]) => {
        commits.push({ location, method, options: args.at(-2) });
      };
    const held: Readonly<Record<string, string>> = { a: '1', b: '2' };
    return {
      status: 'new',
      _batch: commit('_batch'),
      _put: commit('_put'),
      _del: commit('_del'),
      _get(key: string, { asBuffer }: { asBuffer: boolean }, answer: Answer) {
        reads.push({ keys: [key], asBuffer });
        answer(null, held[key]);
      },
      _getMany(keys: string[], { asBuffer }: { asBuffer: boolean }, answer: Answer) {
        reads.push({ keys, asBuffer });
        if (keys.includes('broken')) answer(new Error('disk'));
        else
          answer(
            null,
            keys.map((key) => held[key]),
          );
      },
    };
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

test('records asked for in one turn are one read, answered each to its asker; those of the next turn are another', async () => {
  const documents = createLevelFactory().open('consults');
  const read = (key: string, asBuffer = false): Promise<unknown> =>
    new Promise((resolve, reject) => {
      documents._get(key, { asBuffer }, (error: Error | null, value: unknown) =>
        error === null ? resolve(value) : reject(error),
      );
    });
  const missing = read('none');
  const both = Promise.all([read('a'), read('b'), read('a', true)]);
  await expect(missing).rejects.toThrow('NotFound');
  expect(await both).toEqual(['1', '2', '1']);
  expect(reads).toEqual([
    { keys: ['none', 'a', 'b'], asBuffer: false },
    { keys: ['a'], asBuffer: true },
  ]);
  const failing = await Promise.allSettled([read('a'), read('broken')]);
  expect(failing.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await read('b')).toBe('2');
});
