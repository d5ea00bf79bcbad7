import { describe, expect, test } from 'vitest';
import { addMs, instant } from '#shared/lib/instant.ts';
import { timeLeft } from '$lib/time/time-left.ts';

const now = instant('2026-11-22T09:00:00.000Z');
const minute = 60_000;

describe('time left', () => {
  test.each([
    ['rounds what is left up', 5 * minute + 1, 100 * minute, { state: 'soon', minutes: 6 }],
    ['is plenty before three quarters have gone', 30 * minute, 60 * minute, { state: 'plenty', minutes: 30 }],
    ['is soon from three quarters on', 15 * minute, 60 * minute, { state: 'soon', minutes: 15 }],
    ['is late from the very moment', 0, 60 * minute, { state: 'late', minutes: 0 }],
    ['rounds what is late down', -(2 * minute + 59_000), 60 * minute, { state: 'late', minutes: 2 }],
  ] as const)('%s', (_title, leftMs, wholeMs, expected) => {
    const dueAt = addMs(now, leftMs);
    expect(timeLeft(now, dueAt, addMs(dueAt, -wholeMs))).toEqual(expected);
  });

  test('without a known start the last ten minutes are soon', () => {
    expect(timeLeft(now, addMs(now, 10 * minute), null).state).toBe('soon');
    expect(timeLeft(now, addMs(now, 11 * minute), null).state).toBe('plenty');
  });
});
