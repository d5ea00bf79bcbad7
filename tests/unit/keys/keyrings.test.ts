import { beforeEach, describe, expect, it } from 'vitest';
import type { Secret } from '$lib/keys/keyrings.ts';
import { pinRefusal } from '$lib/keys/pin-rules.ts';
import { passesFor } from '$lib/keys/kdf.ts';
import { createKeysBench, hourMs, leaseFrom, me, start } from './keys-fixture.ts';

describe('a PIN', () => {
  it.each([
    ['12345', 'too-short'],
    ['', 'too-short'],
    ['1234567890123', 'too-long'],
    ['12345a', 'not-digits'],
    ['٤٥٦٧٨٩', 'not-digits'],
    ['111111', 'all-equal'],
    ['123456', 'run'],
    ['654321', 'run'],
    ['890123', 'run'],
    ['135790', null],
    ['274951', null],
    ['010190', null],
  ])('%s: %s', (pin, why) => {
    expect(pinRefusal(pin)).toBe(why);
  });
});

describe('the passes of a derivation', () => {
  it.each([
    [50, 10],
    [100, 5],
    [400, 3],
    [5_000, 3],
    [0.1, 24],
  ])('%d ms a pass: %d passes', (passMs, passes) => {
    expect(passesFor(passMs)).toBe(passes);
  });
});

describe('keys of a person on a tablet', () => {
  let bench: ReturnType<typeof createKeysBench>;
  const password: Secret = { kind: 'password', text: 'right password' };
  const pin: Secret = { kind: 'pin', text: '274951' };

  beforeEach(() => {
    bench = createKeysBench();
  });
  async function signIn(...asked: Parameters<typeof bench.signIn>) {
    const opened = await bench.signIn(...asked);
    if (!opened.ok) throw new Error(`not signed in: ${opened.error.type}`);
    return opened.value;
  }
  const unlock = (secret: Secret) => bench.make().unlock(me, secret);

  it('nobody who never signed in here is opened', async () => {
    expect(await unlock(password)).toEqual({ ok: false, error: { type: 'sign-in', why: 'never-signed-in' } });
    expect(await bench.make().status(me)).toMatchObject({ lease: 'none', hasPin: false, hasPassword: false });
  });

  it('after a sign-in the password opens the same keys without the server', async () => {
    const { keys } = await signIn();
    bench.serverSecret = null;
    const opened = await unlock(password);
    expect(opened.ok && opened.value.keys.keyId).toBe(keys.keyId);
    expect(opened.ok && opened.value.keys.journal).toEqual(keys.journal);
  });

  it('keys in memory cannot be taken out of the browser', async () => {
    const { keys } = await signIn();
    for (const key of [keys.documents, keys.wrapping]) {
      expect(key.extractable).toBe(false);
      await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
    }
  });

  it('a PIN opens them beside the password, and a new one replaces it', async () => {
    const { change, keys } = await signIn();
    expect(await change.setPin('123456')).toEqual({ ok: false, error: { type: 'refused', why: 'run' } });
    expect((await unlock(pin)).ok).toBe(false);
    await change.setPin(pin.text);
    const opened = await unlock(pin);
    expect(opened.ok && opened.value.keys.keyId).toBe(keys.keyId);
    if (opened.ok) await opened.value.change.setPin('938271');
    expect(await unlock(pin)).toMatchObject({ error: { type: 'wrong' } });
    expect((await unlock({ ...pin, text: '938271' })).ok).toBe(true);
  });

  it('nothing that opens them stands in the keyring', async () => {
    const { change, keys } = await signIn();
    await change.setPin(pin.text);
    const stored = JSON.stringify(bench.store.keyrings.get(me));
    expect(stored).not.toContain(pin.text);
    expect(stored).not.toContain(password.text);
    expect(stored).not.toContain(Buffer.from(keys.journal).toString('base64url'));
    expect(stored).not.toContain(Buffer.from(bench.serverSecret ?? []).toString('base64url'));
  });

  it('the password changed elsewhere: the server opens, and the new one does from then on', async () => {
    const { keys } = await signIn();
    const again = await signIn('another password');
    expect(again.keys.keyId).toBe(keys.keyId);
    expect(await unlock(password)).toMatchObject({ error: { type: 'wrong' } });
    expect((await unlock({ ...password, text: 'another password' })).ok).toBe(true);
  });

  it('signed in without a password there is nothing to unlock with until a PIN is set', async () => {
    const { change, keys } = await signIn(null);
    expect(await bench.make().status(me)).toMatchObject({
      hasPin: false,
      hasPassword: false,
      lease: 'running',
    });
    await change.setPin(pin.text);
    const opened = await unlock(pin);
    expect(opened.ok && opened.value.keys.keyId).toBe(keys.keyId);
  });

  describe('the server does not give its half', () => {
    it('the password that was right there opens what lies here', async () => {
      const { keys } = await signIn();
      bench.serverSecret = null;
      expect((await signIn()).keys.keyId).toBe(keys.keyId);
    });

    it('a person who is new here can begin; without a password they cannot', async () => {
      bench.serverSecret = null;
      expect(await bench.signIn(null)).toEqual({ ok: false, error: { type: 'no-answer' } });
      expect((await bench.signIn()).ok).toBe(true);
      expect((await unlock(password)).ok).toBe(true);
    });

    it('with another password nothing is given up: it is asked again later', async () => {
      const { keys } = await signIn();
      bench.serverSecret = null;
      expect(await bench.signIn('another password')).toEqual({ ok: false, error: { type: 'no-answer' } });
      bench.serverSecret = new Uint8Array(32).fill(7);
      expect((await signIn('another password')).keys.keyId).toBe(keys.keyId);
    });
  });

  it('a secret that the server has made anew: the password still opens; who changed it as well begins anew, and is told', async () => {
    const { keys } = await signIn();
    bench.serverSecret = new Uint8Array(32).fill(9);
    expect(await signIn()).toMatchObject({ keys: { keyId: keys.keyId }, isAnew: false });
    bench.serverSecret = new Uint8Array(32).fill(11);
    const anew = await signIn('another password');
    expect(anew.isAnew).toBe(true);
    expect(anew.keys.keyId).not.toBe(keys.keyId);
    // Kept: who remembers the old password may still bring it back.
    expect(bench.store.keyrings.get(me)?.earlier).toMatchObject([{ keyId: keys.keyId }]);
  });

  it('a revoked device gets nothing, and keeps nothing that opens', async () => {
    await signIn();
    bench.isRevoked = true;
    expect(await bench.signIn()).toEqual({ ok: false, error: { type: 'revoked' } });
    await bench.make().destroy(me);
    expect(await unlock(password)).toMatchObject({ error: { why: 'never-signed-in' } });
  });

  it('two windows that sign a new person in at once end with one key', async () => {
    const [first, second] = await Promise.all([signIn(), signIn()]);
    expect(second.keys.keyId).toBe(first.keys.keyId);
    expect((await unlock(password)).ok).toBe(true);
  });

  it('a disk that does not answer is a failure with a name', async () => {
    bench.store.breakIt();
    expect(await unlock(password)).toEqual({ ok: false, error: { type: 'storage-failed' } });
    expect(await bench.signIn()).toEqual({ ok: false, error: { type: 'storage-failed' } });
    expect(await bench.make().status(me)).toMatchObject({ lease: 'none' });
  });

  it.each(['pin', 'password', 'recovery'] as const)(
    "another person's %s wrap does not open",
    async (kind) => {
      const { change } = await signIn();
      await change.setPin(pin.text);
      const held = bench.store.keyrings.get(me);
      const other = '00000000-0000-4000-8000-00000000000b' as typeof me;
      if (held === undefined) throw new Error('no keyring');
      const lease = leaseFrom(start, 72);
      bench.store.keyrings.set(other, { ...held, person: other, lease });
      if (kind === 'recovery') {
        bench.store.keyrings.set(other, { ...held, person: other, password: null, lease });
        const opened = await bench
          .make()
          .signedIn({ person: other, slot: 0, password: null, lease, asOf: start });
        expect(opened.ok && opened.value.isAnew).toBe(true);
      } else {
        const secret = kind === 'pin' ? pin : password;
        expect(await bench.make().unlock(other, secret)).toMatchObject({ error: { type: 'wrong' } });
      }
    },
  );

  describe('the lease', () => {
    it.each([
      { title: 'within it', hours: 71, opens: true },
      { title: 'when it has ended', hours: 72, opens: false },
      { title: 'long after', hours: 1_000, opens: false },
    ])('$title: opens $opens', async ({ hours, opens }) => {
      await signIn();
      bench.clock.advance(hours * hourMs);
      const opened = await unlock(password);
      if (opens) expect(opened.ok).toBe(true);
      else expect(opened).toEqual({ ok: false, error: { type: 'sign-in', why: 'lease-ended' } });
      expect((await bench.make().status(me)).lease).toBe(opens ? 'running' : 'ended');
    });

    it('an ended lease costs no try, keeps the wraps, and the next word of the server begins another', async () => {
      await signIn();
      bench.clock.advance(100 * hourMs);
      await unlock(password);
      expect((await bench.make().status(me)).wrongTries).toBe(0);
      await bench.make().contact(me, leaseFrom(bench.clock.now(), 72), bench.clock.now());
      expect((await unlock(password)).ok).toBe(true);
    });

    it('a clock set back does not lengthen it', async () => {
      await signIn();
      bench.clock.advance(71 * hourMs);
      expect((await unlock(password)).ok).toBe(true);
      bench.clock.advance(-70 * hourMs);
      expect((await unlock(password)).ok).toBe(true);
      bench.clock.advance(hourMs);
      expect(await unlock(password)).toMatchObject({ error: { why: 'lease-ended' } });
    });

    it('a tablet whose clock is wrong by days keeps the whole lease', async () => {
      const asOf = start;
      bench.clock.advance(-30 * 24 * hourMs);
      const opened = await bench
        .make()
        .signedIn({ person: me, slot: 0, password: password.text, lease: leaseFrom(asOf, 72), asOf });
      expect(opened.ok).toBe(true);
      bench.clock.advance(71 * hourMs);
      expect((await unlock(password)).ok).toBe(true);
      bench.clock.advance(hourMs);
      expect((await unlock(password)).ok).toBe(false);
    });

    it('a clock that ran ahead is put right by the server', async () => {
      await signIn();
      bench.clock.advance(1_000 * hourMs);
      expect((await unlock(password)).ok).toBe(false);
      bench.clock.advance(-1_000 * hourMs);
      await bench.make().contact(me, leaseFrom(bench.clock.now(), 72), bench.clock.now());
      expect((await unlock(password)).ok).toBe(true);
    });

    it.each([
      { title: 'a longer one that nobody signed', over: { until: '2027-11-22T08:00:00.000Z' } },
      { title: 'a signature that is none', over: { signature: 'AAAA' } },
      { title: 'a key that is none', over: { publicKey: 'AAAA' } },
    ])('$title is not taken, and one put into the keyring does not open', async ({ over }) => {
      await signIn();
      const forged = leaseFrom(start, 72, over as never);
      await bench.make().contact(me, forged, start);
      const held = bench.store.keyrings.get(me);
      expect(held?.lease).toEqual(leaseFrom(start, 72, { signature: held?.lease?.signature ?? '' }));
      if (held !== undefined) bench.store.keyrings.set(me, { ...held, lease: forged });
      expect(await unlock(password)).toMatchObject({ error: { why: 'lease-ended' } });
    });

    it("another person's lease is not taken", async () => {
      await signIn();
      const other = '00000000-0000-4000-8000-00000000000b' as typeof me;
      await bench.make().contact(other, leaseFrom(start, 720), start);
      await bench.make().contact(me, { ...leaseFrom(start, 720), person: other }, start);
      expect((await bench.make().status(me)).leaseEndsAt).toBe(leaseFrom(start, 72).until);
    });
  });
});
