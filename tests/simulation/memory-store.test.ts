import { expect, test } from 'vitest';
import { SeqUnknown } from '#server/store/port.ts';
import { storeContract } from '#tests/contract/store/store-contract.ts';
import { createMemoryStore } from './memory-store.ts';

for (const places of ['opaque', 'counted'] as const) {
  storeContract(`memory store of the simulation, ${places} places`, () => {
    const store = createMemoryStore({ places });
    return Promise.resolve({ open: () => Promise.resolve(store.reopen()), discard: () => Promise.resolve() });
  });
}

test('a store set back forgets what came after, and does not know the places given out since', async () => {
  const store = createMemoryStore({ places: 'opaque' });
  const consults = store.database('consults');
  await consults.write([{ id: 'a', body: { v: 1 } }]);
  const early = await consults.position();
  const backup = store.backUp();
  await consults.write([{ id: 'b', body: {} }]);
  const late = await consults.position();
  store.setBack(backup);
  expect(await consults.get('b')).toBeNull();
  expect((await consults.changes({ since: early, limit: 10 })).changes).toEqual([]);
  await consults.write([{ id: 'c', body: {} }]);
  await expect(consults.changes({ since: late, limit: 10 })).rejects.toBeInstanceOf(SeqUnknown);
});

test('where places are counted, a place given out before the store was set back means something else afterwards', async () => {
  const store = createMemoryStore({ places: 'counted' });
  const consults = store.database('consults');
  const backup = store.backUp();
  await consults.write([{ id: 'b', body: {} }]);
  const late = await consults.position();
  store.setBack(backup);
  await consults.write([{ id: 'c', body: {} }]);
  expect((await consults.changes({ since: late, limit: 10 })).changes).toEqual([]);
});

test('a cluster keeps both of two writes over one rev and says of the second that it is not proven', async () => {
  const store = createMemoryStore({ split: () => true });
  const consults = store.database('consults');
  const [first] = await consults.write([{ id: 'a', body: { v: 0 } }]);
  const rev = first?.type === 'written' ? first.rev : '';
  expect((await consults.write([{ id: 'a', rev, body: { v: 1 } }]))[0]?.type).toBe('written');
  expect((await consults.write([{ id: 'a', rev, body: { v: 2 } }]))[0]?.type).toBe('unproven');
  expect((await consults.leaves('a')).map(({ body }) => body['v']).sort()).toEqual([1, 2]);
});
