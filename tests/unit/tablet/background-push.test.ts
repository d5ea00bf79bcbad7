import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { pushInBackground } from '$lib/sync/background-push.ts';
import type { TabletStore } from '$lib/sync/tablet-store.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { consultContent, consultName, current, openWard, type Ward } from '#tests/e-rows/tablet-fixture.ts';
import { problem } from '#tests/e-rows/test-server.ts';

describe('sending without the app', { timeout: 20_000 }, () => {
  let ward: Ward;
  let store: TabletStore;
  const asked = consultName(0);

  beforeEach(async () => {
    ward = await openWard(twinPlace());
    ward.server.put('consults', asked, consultContent(asked), false);
    await ward.tablet.syncNow();
    ward.server.fault = () => 'no-network';
    await ward.tablet.actOnConsult(asked, 'message-posted', { text: 'sent by the worker' });
    await ward.rest();
    await ward.tablet.close();
    store = await ward.place.open();
  });
  afterEach(async () => {
    await store.close();
    await ward.close();
  });

  const push = () =>
    pushInBackground({
      store,
      clock: ward.clock,
      server: createFetchServer({
        origin: '',
        slot: 0,
        fetch: ward.server.fetch,
        scheduler: ward.clock,
        elapsedMs: () => 0,
      }),
    });

  it('OFF-4 sends what waits, and leaves it in the outbox until the app has seen it in the record', async () => {
    ward.server.fault = () => null;
    await push();
    expect(ward.server.events(asked)).toHaveLength(2);
    expect((await store.outbox()).map(({ accepted }) => accepted?.n)).toEqual([2]);
    await ward.reopen();
    await ward.tablet.syncNow();
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
  });

  it('asks to be tried again while there is no network', async () => {
    await expect(push()).rejects.toThrow('still waits');
    expect((await store.outbox()).map(({ accepted }) => accepted)).toEqual([null]);
  });

  it('does not try for ever after the session ended', async () => {
    ward.server.fault = () => problem(ward.server, 401, 'session-ended');
    await expect(push()).resolves.toBeUndefined();
    expect((await store.outbox()).map(({ accepted }) => accepted)).toEqual([null]);
  });
});
