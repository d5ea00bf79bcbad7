import pino from 'pino';
import { expect, it, vi } from 'vitest';
import { mintEpoch, openStoreEpoch } from '#server/ops/store-epoch.ts';
import { followAnew } from '#server/store/follow-anew.ts';
import { msToInstant } from '#shared/lib/instant.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';

const logger = pino({ level: 'silent' });
const clock = { now: () => msToInstant(0) };
/** A turn of the event loop, so that a follower that asks in vain for ever lets the test fail. */
const quick = { pause: () => new Promise<void>((resolve) => setImmediate(resolve)) };

it.each(['opaque', 'counted'] as const)(
  'after the store was set back (%s places) a gateway hears the epoch that another one mints',
  async (places) => {
    const store = createMemoryStore({ places, ...quick });
    const meta = store.database('meta');
    const backup = store.backUp();
    const epoch = await openStoreEpoch({ meta, clock, logger });
    await meta.write(Array.from({ length: 5 }, (_, at) => ({ id: `outbox:${String(at)}`, body: {} })));
    await mintEpoch(meta, clock, 'restored');

    store.setBack(backup);
    const minted = await mintEpoch(meta, clock, 'store-behind');
    await vi.waitFor(() => expect(epoch.current()).toBe(minted));
    await epoch.close();
    await store.close();
  },
);

it('a follower of a store that was set back asks in vain once, not for ever', async () => {
  const store = createMemoryStore({ places: 'counted', ...quick });
  const database = store.database('accounts');
  const backup = store.backUp();
  await database.write([{ id: 'account:one', body: { word: 'before' } }]);
  const heard: string[] = [];
  const errors: unknown[] = [];
  const following = followAnew(database, {
    since: await database.position(),
    includeDocs: true,
    onChange: (page) => {
      heard.push(...page.changes.map(({ doc }) => String(doc?.body['word'])));
      return Promise.resolve();
    },
    onError: (error) => errors.push(error),
  });
  store.setBack(backup);
  await vi.waitFor(() => expect(errors).not.toEqual([]));
  await database.write([{ id: 'account:two', body: { word: 'after' } }]);
  await vi.waitFor(() => expect(heard).toEqual(['after']));
  expect(errors).toHaveLength(1);
  await following.stop();
  await store.close();
});
