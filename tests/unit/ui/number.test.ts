import { describe, expect, test } from 'vitest';
import { judgeNumber } from '$lib/ui/field/number.ts';

const bounds = { min: 30, max: 100, decimals: 0 };

describe('a number field', () => {
  test.each([
    ['', { kind: 'empty' }],
    ['  ', { kind: 'empty' }],
    ['98', { kind: 'good', value: 98 }],
    ['30', { kind: 'good', value: 30 }],
    ['100', { kind: 'good', value: 100 }],
    ['29', { kind: 'outside', value: 29 }],
    ['101', { kind: 'outside', value: 101 }],
    ['9 8', { kind: 'not-a-number' }],
    ['98.5', { kind: 'not-a-number' }],
    ['1e2', { kind: 'not-a-number' }],
    ['٩٨', { kind: 'good', value: 98 }],
    ['۹۸', { kind: 'good', value: 98 }],
  ])('reads %j', (typed, expected) => {
    expect(judgeNumber(typed, bounds)).toEqual(expected);
  });

  test('reads a comma and an Arabic point as the decimal point', () => {
    const temperature = { min: 20, max: 46, decimals: 1 };
    expect(judgeNumber('37,4', temperature)).toEqual({ kind: 'good', value: 37.4 });
    expect(judgeNumber('۳۷٫۴', temperature)).toEqual({ kind: 'good', value: 37.4 });
  });
});
