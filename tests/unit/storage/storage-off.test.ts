import { describe, expect, it } from 'vitest';
import { isStorageOff } from '$lib/storage/storage-off.ts';

const refuse = (): never => {
  throw new DOMException('The operation is insecure', 'SecurityError');
};
const localStorage = { getItem: () => null };

describe('FM-13 a browser that keeps nothing', () => {
  it.each<[string, NonNullable<Parameters<typeof isStorageOff>[0]>, boolean]>([
    ['has both stores', () => ({ localStorage, indexedDB: {} }), false],
    ['has no database', () => ({ localStorage, indexedDB: undefined }), true],
    ['has null for one, as older private windows have', () => ({ localStorage, indexedDB: null }), true],
    [
      'refuses the look at the small store',
      () => ({
        get localStorage() {
          return refuse();
        },
        indexedDB: {},
      }),
      true,
    ],
    ['refuses to read it', () => ({ localStorage: { getItem: refuse }, indexedDB: {} }), true],
    [
      'refuses the look at the database',
      () => ({
        localStorage,
        get indexedDB() {
          return refuse();
        },
      }),
      true,
    ],
  ])('one that %s', (_, browser, expected) => {
    expect(isStorageOff(browser)).toBe(expected);
  });
});
