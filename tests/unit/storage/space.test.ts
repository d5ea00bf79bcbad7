import { describe, expect, it } from 'vitest';
import { nextRemedy, spaceLevel, type Remedy, type Room, type SpaceLevel } from '$lib/storage/space.ts';

const used = (percent: number): Room => ({ usedBytes: percent * 10, quotaBytes: 1_000 });

describe('FM-11 how full a tablet is, and what goes first', () => {
  it.each<[string, Room | null, SpaceLevel]>([
    ['of which the browser tells nothing', null, 'roomy'],
    ['whose quota is not told', { usedBytes: 5, quotaBytes: 0 }, 'roomy'],
    ['with nothing on it', used(0), 'roomy'],
    ['just below four fifths', { usedBytes: 799, quotaBytes: 1_000 }, 'roomy'],
    ['at four fifths', used(80), 'tight'],
    ['just below nine tenths', { usedBytes: 899, quotaBytes: 1_000 }, 'tight'],
    ['at nine tenths', used(90), 'nearly-full'],
    ['over its quota, as after the quota was made smaller', used(140), 'nearly-full'],
  ])('a tablet %s', (_, room, expected) => {
    expect(spaceLevel(room)).toBe(expected);
  });

  it.each<[string, Room | null, readonly Remedy[], Remedy | null]>([
    ['nothing while there is room', used(79), [], null],
    ['nothing where the browser does not tell', null, [], null],
    ['first what can be fetched again', used(80), [], 'caches'],
    ['then the words of consults that ended longest ago', used(80), ['caches'], 'ended-consults'],
    ['also when it is nearly full', used(95), ['caches'], 'ended-consults'],
    ['nothing more once there is room again', used(60), ['caches'], null],
    [
      'nothing more when both are gone: what is left is what people wrote',
      used(99),
      ['caches', 'ended-consults'],
      null,
    ],
  ])('lets go of %s', (_, room, tried, expected) => {
    expect(nextRemedy(room, new Set(tried))).toBe(expected);
  });
});
