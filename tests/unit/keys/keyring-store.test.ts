import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Keyring, KeyringStore } from '$lib/keys/keyring.ts';
import { createKeyringStore } from '$lib/keys/keyring-store.ts';
import { leaseFrom, me, start } from './keys-fixture.ts';

const keyring: Keyring = {
  version: 1,
  person: me,
  keyId: '0'.repeat(32),
  pin: null,
  password: null,
  recovery: { nonce: 'AAAA', box: 'BBBB' },
  tries: { count: 2, lastAtMs: 17 },
  usedUp: false,
  lease: leaseFrom(start, 72),
  earlier: [],
};

describe('where keyrings lie', () => {
  let factory: IDBFactory;
  let store: KeyringStore;
  beforeEach(() => {
    factory = new IDBFactory();
    store = createKeyringStore(factory);
  });
  const read = (from = store) => from.change(me, (held, time) => ({ answer: { held, time } }));

  it('what was written is there after the app was closed, each person for themselves', async () => {
    await store.change(me, () => ({ keyring, time: { serverMs: 5, deviceMs: 6 }, answer: null }));
    const again = createKeyringStore(factory);
    expect(await read(again)).toEqual({ held: keyring, time: { serverMs: 5, deviceMs: 6 } });
    expect((await again.change('somebody else', (held) => ({ answer: held }))) ?? null).toBeNull();
  });

  it('a change sees the one before it, also when both are asked for at once', async () => {
    await store.change(me, () => ({ keyring, answer: null }));
    const other = createKeyringStore(factory);
    const count = (in_: KeyringStore) =>
      in_.change(me, (held) => {
        if (held === null) throw new Error('not there');
        return {
          keyring: { ...held, tries: { ...held.tries, count: held.tries.count + 1 } },
          answer: held.tries.count,
        };
      });
    expect((await Promise.all([count(store), count(other), count(store)])).sort()).toEqual([2, 3, 4]);
    expect((await read()).held?.tries.count).toBe(5);
  });

  it('a change that throws changes nothing', async () => {
    await store.change(me, () => ({ keyring, answer: null }));
    const failing = store.change(me, () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await read()).held).toEqual(keyring);
  });

  it('null takes a keyring away', async () => {
    await store.change(me, () => ({ keyring, answer: null }));
    await store.change(me, () => ({ keyring: null, answer: null }));
    expect((await read()).held).toBeNull();
  });

  it('a keyring that cannot be read counts as none, and is put aside when another takes its place', async () => {
    await store.change(me, () => ({ keyring: { ...keyring, keyId: 'not one' }, answer: null }));
    expect((await read()).held).toBeNull();
    await store.change(me, () => ({ keyring, answer: null }));
    expect((await read()).held).toEqual(keyring);
    const aside = await new Promise<unknown[]>((resolve, reject) => {
      const opening = factory.open('hc-keys');
      opening.onsuccess = () => {
        const all = opening.result.transaction('damaged').objectStore('damaged').getAll();
        all.onsuccess = () => resolve(all.result);
      };
      opening.onerror = () => reject(new Error('not opened'));
    });
    expect(aside).toEqual([{ ...keyring, keyId: 'not one' }]);
  });
});
