import { afterEach, describe, expect, it } from 'vitest';
import type { OwnParcels } from '$lib/parcels/own-parcels.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import { err, ok } from '#shared/lib/result.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { consultName, current, fill, openWard, type Ward } from '#tests/e-rows/tablet-fixture.ts';
import { createTestServer } from '#tests/e-rows/test-server.ts';

interface Noted extends OwnParcels {
  readonly said: string[];
  full: boolean;
}

/** Signs with a word, and notes what it was told. */
function noting(): Noted {
  const parcels: Noted = {
    said: [],
    full: false,
    put(entry) {
      if (parcels.full) return Promise.resolve(err({ type: 'storage-full' }));
      parcels.said.push('put');
      return Promise.resolve(ok({ ...entry, event: { ...entry.event, sig: 'signed' } }));
    },
    written: () => Promise.resolve(void parcels.said.push('written')),
    dropped: () => Promise.resolve(void parcels.said.push('dropped')),
    delivered(ids) {
      if (ids.length > 0) parcels.said.push('delivered');
      return Promise.resolve();
    },
    compare: (outbox: readonly OutboxEntry[]) =>
      Promise.resolve(void parcels.said.push(`compare ${String(outbox.length)}`)),
    register: () => Promise.resolve(void parcels.said.push('register')),
    grant: () => null,
  };
  return parcels;
}

describe('a tablet with a device outbox', { timeout: 20_000 }, () => {
  const asked = consultName(0);
  let ward: Ward;
  let parcels: Noted;
  afterEach(() => ward.close());

  async function open(place = twinPlace()): Promise<void> {
    parcels = noting();
    const server = createTestServer();
    fill(server, 1);
    ward = await openWard(place, server, { parcels });
    await ward.tablet.syncNow();
    await ward.until(() => expect(parcels.said).toEqual(['compare 0', 'register']));
    parcels.said.length = 0;
  }
  const note = () => ward.tablet.actOnConsult(asked, 'note-added', { kind: 'progress', text: 'noted' });

  it('OFF-10 confirms what was written once its parcel and the event itself are stored, and lets the parcel go when it has arrived', async () => {
    await open();
    ward.server.fault = () => 'no-network';
    expect((await note()).ok).toBe(true);
    expect(parcels.said).toEqual(['put', 'written']);
    expect(current(ward.tablet.outbox).map(({ event }) => event.sig)).toEqual(['signed']);
    ward.server.fault = () => null;
    await ward.tablet.syncNow();
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
    expect(parcels.said).toContain('delivered');
    expect(ward.server.events(asked).at(-1)?.sig).toBe('signed');
  });

  it('OFF-1 says that nothing was saved when the parcel cannot be put by, and writes nothing', async () => {
    await open();
    parcels.full = true;
    expect(await note()).toEqual({ ok: false, error: { type: 'storage-full' } });
    expect(current(ward.tablet.outbox)).toEqual([]);
    expect(await ward.store.outbox()).toEqual([]);
  });

  it('OFF-1 takes the parcel back when the event itself cannot be stored', async () => {
    const place = twinPlace();
    await open(place);
    place.setFull(true);
    expect((await note()).ok).toBe(false);
    expect(parcels.said).toEqual(['put', 'dropped']);
    place.setFull(false);
  });

  it('compares both outboxes at each start, and registers again when the network comes back', async () => {
    await open();
    ward.server.fault = () => 'no-network';
    await note();
    parcels.said.length = 0;
    await ward.reopen();
    await ward.until(() => expect(parcels.said).toContain('register'));
    expect(parcels.said[0]).toBe('compare 1');
    parcels.said.length = 0;
    ward.tablet.wake();
    expect(parcels.said).toEqual(['register']);
  });
});
