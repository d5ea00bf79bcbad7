import { beforeEach, describe, expect, it } from 'vitest';
import type { Keyrings, Secret } from '$lib/keys/keyrings.ts';
import { mostTries, waitAfterMs, waitOf } from '$lib/keys/wrong-tries.ts';
import { cheapKdf, createKeysBench, me } from './keys-fixture.ts';

const secondMs = 1_000;

describe('waits after wrong tries', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 5],
    [4, 15],
    [5, 60],
    [6, 300],
    [7, 300],
    [9, 300],
  ])('after %d wrong ones: %d s', (wrong, seconds) => {
    expect(waitAfterMs(wrong)).toBe(seconds * secondMs);
  });

  it.each([
    { title: 'right after the try', nowMs: 1_000_000, waitMs: 15_000 },
    { title: 'in the middle', nowMs: 1_010_000, waitMs: 5_000 },
    { title: 'when it is over', nowMs: 1_015_000, waitMs: 0 },
    { title: 'long after', nowMs: 9_000_000, waitMs: 0 },
    { title: 'with the clock set back: all of it again', nowMs: 200_000, waitMs: 15_000 },
  ])('$title', ({ nowMs, waitMs }) => {
    expect(waitOf({ count: 4, lastAtMs: 1_000_000 }, nowMs).waitMs).toBe(waitMs);
  });

  it('a clock set back begins the wait at its own time, so that it ends', () => {
    const again = waitOf({ count: 4, lastAtMs: 1_000_000 }, 200_000);
    expect(waitOf(again.tries, 215_000).waitMs).toBe(0);
  });
});

describe('wrong PINs and passwords', () => {
  let bench: ReturnType<typeof createKeysBench>;
  let keyrings: Keyrings;
  const pin: Secret = { kind: 'pin', text: '274951' };
  const wrongPin: Secret = { kind: 'pin', text: '000001' };
  const password: Secret = { kind: 'password', text: 'right password' };
  const wrongPassword: Secret = { kind: 'password', text: 'wrong password' };

  beforeEach(async () => {
    bench = createKeysBench();
    const opened = await bench.signIn();
    if (!opened.ok) throw new Error('not signed in');
    await opened.value.change.setPin(pin.text);
    keyrings = bench.make();
  });

  /** Tries with every wait sat out. */
  async function tryWrong(times: number, secret: Secret): Promise<void> {
    for (let at = 0; at < times; at++) {
      await keyrings.unlock(me, secret);
      bench.clock.advance(5 * 60_000);
    }
  }

  it('PIN and password count together, and say what is left', async () => {
    expect(await keyrings.unlock(me, wrongPin)).toMatchObject({
      error: { type: 'wrong', triesLeft: 9, waitMs: 0 },
    });
    expect(await keyrings.unlock(me, wrongPassword)).toMatchObject({ error: { triesLeft: 8, waitMs: 0 } });
    expect(await keyrings.unlock(me, wrongPin)).toMatchObject({ error: { triesLeft: 7, waitMs: 5_000 } });
    expect(await keyrings.status(me)).toMatchObject({ wrongTries: 3, waitMs: 5_000 });
  });

  it('before the wait is over nothing is looked at, not even the right one, and it costs no try', async () => {
    await tryWrong(2, wrongPin);
    await keyrings.unlock(me, wrongPin);
    const derived = bench.kdf.derived;
    expect(await keyrings.unlock(me, pin)).toMatchObject({ error: { type: 'wait', waitMs: 5_000 } });
    expect(bench.kdf.derived).toBe(derived);
    bench.clock.advance(5_000);
    expect((await keyrings.unlock(me, pin)).ok).toBe(true);
  });

  it('the right one forgets the wrong ones', async () => {
    await tryWrong(9, wrongPin);
    expect((await keyrings.unlock(me, password)).ok).toBe(true);
    expect(await keyrings.status(me)).toMatchObject({ wrongTries: 0, waitMs: 0 });
  });

  it.each([
    { title: 'ten PINs', pins: mostTries, passwords: 0 },
    { title: 'ten passwords', pins: 0, passwords: mostTries },
    { title: 'six PINs and four passwords', pins: 6, passwords: 4 },
  ])('after $title nothing that is typed opens any more, until a sign-in', async ({ pins, passwords }) => {
    await tryWrong(pins, wrongPin);
    await tryWrong(passwords, wrongPassword);
    for (const secret of [pin, password])
      expect(await keyrings.unlock(me, secret)).toEqual({
        ok: false,
        error: { type: 'sign-in', why: 'tries-used-up' },
      });
    const stored = bench.store.keyrings.get(me);
    expect(stored?.pin).toBeNull();
    expect(stored?.password).toBeNull();

    const again = await bench.signIn();
    expect(again.ok && again.value.isAnew).toBe(false);
    expect((await keyrings.unlock(me, password)).ok).toBe(true);
  });

  it('a try counts before it is looked at: killing the app in between gains nothing', async () => {
    for (let at = 0; at < mostTries; at++) {
      await new Promise<void>((killed) => {
        const dying = bench.make({
          kdf: cheapKdf(() => {
            killed();
            return new Promise(() => undefined);
          }),
        });
        void dying.unlock(me, wrongPin);
      });
      bench.clock.advance(5 * 60_000);
    }
    expect(await keyrings.unlock(me, pin)).toMatchObject({
      error: { type: 'sign-in', why: 'tries-used-up' },
    });
  });

  it('a tablet that has no memory for deriving has tried nothing', async () => {
    const weak = bench.make({ kdf: cheapKdf(() => Promise.reject(new Error('out of memory'))) });
    for (let at = 0; at < mostTries; at++)
      expect(await weak.unlock(me, pin)).toEqual({ ok: false, error: { type: 'storage-failed' } });
    expect((await keyrings.unlock(me, pin)).ok).toBe(true);
  });

  it('two windows that try at once are two tries', async () => {
    const other = bench.make();
    await Promise.all([keyrings.unlock(me, wrongPin), other.unlock(me, wrongPin)]);
    expect((await keyrings.status(me)).wrongTries).toBe(2);
  });

  it('a clock set back does not shorten a wait', async () => {
    await tryWrong(3, wrongPin);
    await keyrings.unlock(me, wrongPin);
    bench.clock.advance(-24 * 60 * 60_000);
    expect(await keyrings.unlock(me, pin)).toMatchObject({ error: { type: 'wait', waitMs: 15_000 } });
    bench.clock.advance(14_000);
    expect(await keyrings.status(me)).toMatchObject({ waitMs: 1_000 });
    bench.clock.advance(1_000);
    expect((await keyrings.unlock(me, pin)).ok).toBe(true);
  });
});
