import { createPublicKey, verify } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { maxEventBytes } from '#shared/event/envelope.ts';
import { base64urlToBytes, bytesToBase64url } from '#shared/lib/base64url.ts';
import { textToSign } from '#shared/parcel/signing.ts';
import type { KeptParcel } from '$lib/parcels/kept.ts';
import type { OutboxEntry } from '$lib/sync/tablet-store.ts';
import { people } from '#tests/builders.ts';
import { entry, openDevice, type Device } from './device.ts';

let ward: Device;
beforeEach(async () => {
  ward = await openDevice();
});

const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await ward.store.parcels()).map(({ id, state }) => [id, state]));
const put = async (own: Awaited<ReturnType<Device['own']>>, one: OutboxEntry): Promise<OutboxEntry> => {
  const done = await own.put(one);
  if (!done.ok) throw new Error(done.error.type);
  return done.value;
};

describe('what a person writes', () => {
  it('is neither signed nor sealed before the server has answered once', async () => {
    const own = await ward.own();
    const one = entry('one');
    expect(await put(own, one)).toBe(one);
    expect(await states()).toEqual({});
    expect(own.grant()).toBeNull();
  });

  it('OFF-10 is signed with the key the server heard of, and put by sealed before it is in the outbox', async () => {
    const own = await ward.own();
    await own.register();
    const one = entry('one');
    const { event } = await put(own, one);
    const { publicKey } = ward.server.registered[0]!;
    const point = base64urlToBytes(publicKey)!;
    const [x, y] = [bytesToBase64url(point.subarray(1, 33)), bytesToBase64url(point.subarray(33))];
    const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
    const signature = Buffer.from(event.sig ?? '', 'base64url');
    expect(
      verify('sha256', Buffer.from(textToSign(event)), { key, dsaEncoding: 'ieee-p1363' }, signature),
    ).toBe(true);
    expect(await states()).toEqual({ [one.id]: 'held' });
    await own.written(one.id);
    expect(await states()).toEqual({ [one.id]: 'ready' });
    const [kept] = await ward.store.parcels();
    expect(JSON.stringify(kept)).not.toContain(one.event.document);
    expect(kept?.parcel?.id).toBe(one.id);
  });

  it('is signed with the same key after the app was closed, and with no other person’s', async () => {
    await (await ward.own()).register();
    const again = await ward.own();
    expect((await put(again, entry('one'))).event.sig).toBeDefined();
    await again.register();
    const other = await ward.own(people.cardiologist.id);
    await other.register();
    const keys = ward.server.registered.map(({ publicKey }) => publicKey);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('is signed with a new key after the data key was lost, and the server is told that the old one ends', async () => {
    await (await ward.own()).register();
    const anew = await ward.own(people.requester.id, { dataKey: 'another' });
    expect((await put(anew, entry('one'))).event.sig).toBeUndefined();
    await anew.register();
    expect(ward.server.registered.map(({ endsEarlier }) => endsEarlier)).toEqual([false, true]);
    expect(new Set(ward.server.registered.map(({ publicKey }) => publicKey)).size).toBe(2);
  });

  it('gets a new key where the server has ended the old one', async () => {
    await (await ward.own()).register();
    const own = await ward.own();
    ward.server.registering = { type: 'refused', status: 409 };
    await own.register();
    ward.server.registering = null;
    await own.register();
    const [first, second] = ward.server.registered.map(({ publicKey }) => publicKey);
    expect(second).not.toBe(first);
    expect(own.grant()?.publicKey).toBe(second);
  });

  it('keeps no private key that can be read out of the storage', async () => {
    const own = await ward.own();
    await own.register();
    const kept = await ward.store.signingKey(people.requester.id);
    expect(kept?.wrapped.length).toBeGreaterThan(150);
    const wrapped = base64urlToBytes(kept!.wrapped)!;
    await expect(
      crypto.subtle.importKey('pkcs8', wrapped, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']),
    ).rejects.toThrow();
  });

  it('asks nothing of the server for somebody who is signed in nowhere', async () => {
    const own = await ward.own(people.requester.id, { slot: null });
    await own.register();
    expect(ward.server.registered).toEqual([]);
  });

  it('is not confirmed when the device outbox cannot take it', async () => {
    const own = await ward.own();
    await own.register();
    const full = new DOMException('full', 'QuotaExceededError');
    ward.store.put = () => Promise.reject(full);
    expect(await own.put(entry('one'))).toEqual({ ok: false, error: { type: 'storage-full' } });
  });

  it('is too large where the signature does not fit any more', async () => {
    const own = await ward.own();
    await own.register();
    const one = entry('one');
    const room = maxEventBytes - JSON.stringify({ ...one.event, body: { text: '' } }).length;
    const event = { ...one.event, body: { text: 'x'.repeat(room) } };
    expect(await own.put({ ...one, event })).toMatchObject({ ok: false, error: { type: 'too-large' } });
  });
});

describe('a parcel', () => {
  it('goes when its author’s own session has delivered, and when nothing came of the act', async () => {
    const own = await ward.own();
    await own.register();
    for (const name of ['one', 'two', 'three']) await put(own, entry(name));
    await own.delivered([entry('one').id, entry('never put by').id]);
    await own.dropped(entry('two').id);
    expect(Object.keys(await states())).toEqual([entry('three').id]);
  });

  it('after the app died in between, is what the outbox says it is', async () => {
    const before = await ward.own();
    await before.register();
    const signed = await put(before, entry('in the outbox'));
    await put(before, entry('never in it'));
    const lost = await put(before, entry('its parcel is lost'));
    await ward.store.remove([lost.id]);
    const accepted = await put(before, entry('accepted'));
    await before.written(accepted.id);
    const other = await ward.own(people.cardiologist.id);
    await other.register();
    await put(other, entry('of somebody else'));

    ward.clock.advance(61_000);
    const own = await ward.own();
    const isAccepted = { ...accepted, accepted: { n: 1, receivedAt: ward.clock.now() } };
    await own.compare([signed, lost, isAccepted]);
    expect(await states()).toEqual({
      [signed.id]: 'ready',
      [lost.id]: 'ready',
      [accepted.id]: 'alone',
      [entry('of somebody else').id]: 'held',
    });
  });

  it('is left alone while another window is between its two writes', async () => {
    const own = await ward.own();
    await own.register();
    const one = await put(own, entry('one'));
    await own.compare([]);
    expect(await states()).toEqual({ [one.id]: 'held' });
  });

  it('is brought, never dropped, where its author’s records were damaged or begun anew', async () => {
    const before = await ward.own();
    await before.register();
    const confirmed = await put(before, entry('confirmed'));
    await before.written(confirmed.id);
    const unknown = await put(before, entry('nobody knows'));
    ward.clock.advance(61_000);
    const anew = await ward.own(people.requester.id, { dataKey: 'another' });
    await anew.compare([]);
    expect(await states()).toEqual({ [confirmed.id]: 'alone', [unknown.id]: 'alone' });
  });

  it('that the server has taken is forgotten once its author’s session has seen it', async () => {
    const own = await ward.own();
    await own.register();
    const one = await put(own, entry('one'));
    await own.written(one.id);
    const gone = (held: KeptParcel): KeptParcel => ({
      ...held,
      state: 'gone',
      parcel: null,
      verdict: 'taken',
    });
    await ward.store.change([one.id], gone);
    await own.compare([one]);
    expect(await states()).toEqual({ [one.id]: 'gone' });
    await own.compare([]);
    expect(await states()).toEqual({});
  });
});
