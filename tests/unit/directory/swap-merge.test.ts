import { describe, expect, it } from 'vitest';
import { documentMerges } from '#server/store/merge/document-merges.ts';
import { swapRequestSchema, swapState, type SwapFact } from '#shared/directory/swap-request.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, people, storyStart, uuidOf } from '#tests/builders.ts';
import { shift } from './rota-builders.ts';

const mine = {
  week: '2026-W10',
  shift: shift('first', people.cardiologist.id, addMinutes(storyStart, 600), addMinutes(storyStart, 1200)),
};
const fact = (name: SwapFact['fact'], minutes: number): SwapFact => ({
  fact: name,
  by: people.cardiologist2.id,
  at: addMinutes(storyStart, minutes),
});
const request = (...facts: SwapFact[]) => ({
  kind: 'rota-swap',
  id: `2026-03-02_${uuidOf('swap')}`,
  department: departments.cardiology.id,
  askedBy: people.cardiologist.id,
  to: people.cardiologist2.id,
  mine,
  theirs: null,
  facts,
});
const leaf = (rev: string, body: Record<string, unknown>) => ({ id: 'swap', rev, body });

describe('two copies of a request to swap', () => {
  const agreed = { ...request(fact('asked', 0), fact('agreed', 2)), agreedActor: { person: 'somebody' } };
  const withdrawn = request(fact('asked', 0), fact('withdrawn', 3));

  it.each([
    ['one order', [leaf('1-a', agreed), leaf('1-b', withdrawn)]],
    ['the other', [leaf('1-b', withdrawn), leaf('1-a', agreed)]],
  ] as const)(
    'become one, in %s: all that was said, and the earlier word stands',
    (_order, [first, second]) => {
      const merged = documentMerges.accounts([first, second]);
      const { facts, ...parsed } = swapRequestSchema.parse(merged);
      expect(facts.map((one) => one.fact)).toEqual(['asked', 'agreed', 'withdrawn']);
      expect(swapState({ ...parsed, facts }, storyStart)).toBe('agreed');
      expect(merged['agreedActor']).toEqual({ person: 'somebody' });
    },
  );

  it.each([
    [[], 0, 'asked'],
    [[], 600, 'expired'],
    [[fact('declined', 5)], 700, 'declined'],
    [[fact('agreed', 5), fact('written', 6)], 700, 'written'],
    [[fact('agreed', 5), fact('failed', 6)], 0, 'failed'],
    [[fact('withdrawn', 3), fact('agreed', 5)], 10, 'withdrawn'],
    [[fact('withdrawn', 3), fact('agreed', 2), fact('written', 6)], 10, 'written'],
  ] as const)('%j at minute %i is %s', (facts, minutes, state) => {
    const all = request(fact('asked', 0), ...facts);
    expect(swapState(swapRequestSchema.parse(all), addMinutes(storyStart, minutes))).toBe(state);
  });
});
