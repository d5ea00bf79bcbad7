import { beforeEach, describe, expect, it } from 'vitest';
import { deliverAll } from '$lib/parcels/deliver-all.ts';
import { deliverParcels } from '$lib/parcels/deliver.ts';
import type { KeptParcel } from '$lib/parcels/kept.ts';
import { startPagePost } from '$lib/parcels/page-post.ts';
import { createParcelStore } from '$lib/parcels/parcel-store.ts';
import { bringInBackground } from '$lib/worker/parcel-sync.ts';
import { addMs } from '#shared/lib/instant.ts';
import { people } from '#tests/builders.ts';
import { entry, openDevice, start, type Device } from './device.ts';

let ward: Device;
const me = people.requester.id;

/** Written and signed on this tablet; not delivered. */
async function written(name: string, person = me): Promise<string> {
  const own = await ward.own(person);
  await own.register();
  const put = await own.put(entry(name));
  if (!put.ok) throw new Error(put.error.type);
  await own.written(put.value.id);
  return put.value.id;
}
const deliver = (sendsForItself: (person: string) => boolean = () => false) =>
  deliverParcels({ store: ward.store, api: ward.server, clock: ward.clock, sendsForItself });
const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await ward.store.parcels()).map(({ id, state }) => [id, state]));

beforeEach(async () => {
  ward = await openDevice();
});

describe('bringing what waits on a tablet', () => {
  it('FM-2 PEO-7 brings what everybody wrote who does not send for themselves', async () => {
    const mine = await written('mine');
    const theirs = await written('theirs', people.cardiologist.id);
    const done = await deliver((person) => person === me);
    expect(done).toMatchObject({
      type: 'done',
      gone: [{ id: theirs, verdict: 'taken', parcel: null }],
      left: 0,
    });
    expect(await states()).toEqual({ [mine]: 'ready', [theirs]: 'gone' });
  });

  it('brings what an attended person’s own session will not bring', async () => {
    const id = await written('alone');
    await ward.store.change([id], (held) => ({ ...held, state: 'alone' }));
    expect(await deliver(() => true)).toMatchObject({ type: 'done', gone: [{ id }] });
  });

  it('goes in the order of writing, whatever the ids', async () => {
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      ids.push(await written(name));
      ward.clock.advance(1_000);
    }
    await deliver();
    expect(ward.server.bundles[0]?.map(({ parcel }) => parcel.id)).toEqual(ids);
    expect([...ids].sort()).not.toEqual(ids);
  });

  it('asks nothing when nothing waits', async () => {
    ward.server.failure = { type: 'no-answer' };
    expect(await deliver()).toEqual({ type: 'done', gone: [], left: 0 });
  });

  it('keeps what waits for something else, and its own that nobody could open', async () => {
    const one = await written('one');
    const two = await written('two');
    ward.server.verdicts = ({ parcel }) => (parcel.id === one ? 'waiting' : 'unreadable');
    expect(await deliver()).toMatchObject({ type: 'done', gone: [], left: 2 });
    expect(await states()).toEqual({ [one]: 'ready', [two]: 'ready' });
  });

  it('keeps everything when nobody answers', async () => {
    const one = await written('one');
    ward.server.failure = { type: 'no-answer' };
    expect(await deliver()).toEqual({ type: 'no-answer' });
    expect(await states()).toEqual({ [one]: 'ready' });
  });

  it('says what this clock shows, and nothing where it was set in between', async () => {
    await written('one');
    await deliver();
    expect(ward.server.bundles[0]?.map(({ authorClockAt }) => authorClockAt)).toEqual([start]);
    await written('two');
    ward.server.offsetMs = 61_000;
    await deliver();
    expect(ward.server.bundles[1]?.map(({ authorClockAt }) => authorClockAt)).toEqual([null]);
  });

  it('counts on from what the other tablet’s clock showed', async () => {
    await written('one');
    const [one] = await ward.store.parcels();
    const shownAt = addMs(start, -7_200_000);
    const carried: KeptParcel = {
      ...one!,
      person: null,
      origin: { type: 'carried', shownAt, takenAt: ward.clock.now(), offsetMs: 0 },
    };
    await ward.store.put([carried]);
    ward.clock.advance(90_000);
    await deliver();
    expect(ward.server.bundles[0]?.[0]?.authorClockAt).toBe(addMs(shownAt, 90_000));
  });

  it('drops what was taken on from elsewhere and is not for this hospital', async () => {
    const id = await written('one');
    const [one] = await ward.store.parcels();
    await ward.store.put([{ ...one!, person: null }]);
    ward.server.verdicts = () => 'unreadable';
    await deliver();
    expect(await states()).toEqual({ [id]: 'gone' });
  });

  it('brings no more at once than the server takes', async () => {
    const own = await ward.own();
    await own.register();
    for (let count = 0; count < 60; count++) {
      const put = await own.put(entry(`note ${String(count)}`));
      if (put.ok) await own.written(put.value.id);
    }
    await deliver();
    expect(ward.server.bundles.map((bundle) => bundle.length)).toEqual([50, 10]);
  });

  it('FM-14 does not touch what a build with another form left there', async () => {
    const id = await written('one');
    const [one] = await ward.store.parcels();
    await ward.store.put([{ ...one!, v: 2 as 1, colour: 'blue' } as KeptParcel]);
    await deliver();
    expect(ward.server.bundles).toEqual([]);
    const raw = await new Promise<unknown>((resolve) => {
      const opening = ward.factory.open('hc-parcels');
      opening.onsuccess = () => {
        const reading = opening.result.transaction('parcels').objectStore('parcels').get(id);
        reading.onsuccess = () => resolve(reading.result);
      };
    });
    expect(raw).toMatchObject({ v: 2, colour: 'blue', state: 'ready' });
  });

  it('makes no database by looking for parcels: a tablet that was emptied stays empty', async () => {
    const anew = await openDevice();
    expect(await anew.store.parcels()).toEqual([]);
    expect(await anew.store.serverKey()).toBeNull();
    expect(await anew.factory.databases()).toEqual([]);
    await anew.store.put([]);
    expect(await anew.factory.databases()).toEqual([]);
  });

  it('FM-12 goes on after the browser closed its connection', async () => {
    const id = await written('one');
    const other = createParcelStore(ward.factory);
    await other.parcels();
    ward.store.close();
    expect((await ward.store.parcels()).map((one) => one.id)).toEqual([id]);
  });
});

describe('the worker, with the app closed', () => {
  const parts = () => ({
    store: ward.store,
    api: ward.server,
    clock: ward.clock,
    sendsForItself: () => false,
  });

  it('OFF-4 brings what waits, and asks to be woken again while something is left', async () => {
    await written('one');
    ward.server.failure = { type: 'no-answer' };
    await expect(bringInBackground(parts())).rejects.toThrow('could not be brought');
    ward.server.failure = null;
    ward.server.verdicts = () => 'waiting';
    await expect(bringInBackground(parts())).rejects.toThrow('still waits');
    ward.server.verdicts = () => 'taken';
    await expect(bringInBackground(parts())).resolves.toBeUndefined();
    expect(ward.server.bundles).toHaveLength(2);
  });
});

describe('an open page', () => {
  it('FM-2 PEO-7 sends when it wakes, and tells what has left, also what the worker sent', async () => {
    const byWorker = await written('by the worker');
    await deliver();
    const told: [string, readonly string[]][] = [];
    let wake = (): void => undefined;
    const post = startPagePost({
      store: ward.store,
      api: ward.server,
      clock: ward.clock,
      senders: () => Promise.resolve(new Set()),
      onWaking(run) {
        wake = run;
        return () => undefined;
      },
      every: () => () => undefined,
      onGone: (person, events) => told.push([person, [...events].sort()]),
    });
    await post.deliver();
    expect(told).toEqual([[me, [byWorker]]]);
    const later = await written('later');
    expect((await post.waiting()).byPerson).toEqual(new Map([[me, [later]]]));
    wake();
    await post.deliver();
    expect(told.at(-1)).toEqual([me, [byWorker, later].sort()]);
    expect(await post.waiting()).toEqual({ byPerson: new Map(), carried: 0 });
    post.stop();
  });
});

describe('FM-6 bringing everything from a tablet that is to be emptied', () => {
  const all = () => deliverAll({ store: ward.store, api: ward.server, clock: ward.clock });

  it('brings what any state holds back, and says what the server has', async () => {
    const before = await written('before');
    await deliver();
    const ready = await written('ready', people.cardiologist.id);
    const own = await ward.own(me);
    const held = await own.put(entry('held'));
    if (!held.ok) throw new Error(held.error.type);
    expect(await all()).toEqual(new Set([before, ready, held.value.id]));
  });

  it('does not say of what nobody could open that the server has it', async () => {
    await written('one');
    ward.server.verdicts = () => 'unreadable';
    expect(await all()).toEqual(new Set());
  });

  it('without an answer it is asked again', async () => {
    await written('one');
    ward.server.failure = { type: 'no-answer' };
    expect(await all()).toBeNull();
  });
});
