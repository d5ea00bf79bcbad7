import { describe, expect, it } from 'vitest';
import { createReferences } from '#server/sync/references.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';

const requests = Array.from({ length: 40 }, () => ({ code: 'CARD', year: 2026 }));

describe('giving out references', () => {
  it.each([
    ['one store', false],
    ['a cluster that keeps both claims', true],
  ])('two gateways that claim at once never give the same number: %s', async (_name, isCluster) => {
    let splits = 0;
    const store = createMemoryStore({ split: () => isCluster && ++splits > 0 });
    const [one, two] = ['one', 'two'].map((gateway) =>
      createReferences({ claims: store.database('claims'), gateway }),
    );
    const given = await Promise.all([one?.(requests) ?? [], two?.(requests) ?? []]);
    expect(new Set(given.flat()).size).toBe(2 * requests.length);
    expect(splits > 0).toBe(isCluster);
    await store.close();
  });
});
