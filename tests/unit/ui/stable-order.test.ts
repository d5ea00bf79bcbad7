import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextOrder, type StableOrder } from '$lib/ui/list/stable-order.ts';

const order = (shown: string[], arrived: string[] = []): StableOrder => ({ shown, arrived });
const all = (): boolean => true;

describe('a list under the finger', () => {
  test.each<[string, StableOrder, string[], boolean, string[], string[]]>([
    [
      'takes the fresh order when nobody touches it',
      order(['a', 'b']),
      ['b', 'c', 'a'],
      false,
      ['b', 'c', 'a'],
      [],
    ],
    [
      'UX-5 keeps every row in its place while it is held',
      order(['a', 'b']),
      ['b', 'c', 'a'],
      true,
      ['a', 'b'],
      ['c'],
    ],
    [
      'UX-5 keeps a row that has left while it is held',
      order(['a', 'b', 'c']),
      ['a', 'c'],
      true,
      ['a', 'b', 'c'],
      [],
    ],
    ['fills an empty list even when held', order([]), ['a'], true, ['a'], []],
    ['lets the waiting ones in when it is let go', order(['a'], ['b']), ['b', 'a'], false, ['b', 'a'], []],
  ])('%s', (_title, before, fresh, held, shown, arrived) => {
    expect(nextOrder(before, fresh, held, all)).toEqual({ shown, arrived });
  });

  test('drops a row that can no longer be drawn, even when held', () => {
    expect(nextOrder(order(['a', 'b']), ['b'], true, (key) => key !== 'a')).toEqual({
      shown: ['b'],
      arrived: [],
    });
  });

  test('while held, no row that stays changes place and nothing new is lost', () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
    fc.assert(
      fc.property(keys, keys, (before, fresh) => {
        const next = nextOrder(order(before), fresh, before.length > 0, all);
        if (before.length > 0) expect(next.shown).toEqual(before);
        for (const key of fresh) expect([...next.shown, ...next.arrived]).toContain(key);
      }),
    );
  });
});
