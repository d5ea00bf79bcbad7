import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSeal, SealBroken, SealedUnderAnotherKey, type Seal } from '$lib/db/seal.ts';
import {
  base64UrlOf,
  bytesOfBase64Url,
  bytesOfHex,
  bytesOfLetters,
  hexOf,
  lettersOf,
} from '$lib/keys/bytes.ts';
import { keysOf, newDataKey } from '$lib/keys/data-key.ts';
import { sealedTexts } from '$lib/keys/sealed-texts.ts';
import { people } from '#tests/builders.ts';

const me = people.requester.id;
const place = fc.record({
  collection: fc.constantFrom('consults', 'outbox', 'rx-replication-meta-1'),
  id: fc.string({ unit: 'grapheme' }),
  field: fc.constantFrom('record', 'docData'),
});
const bytes = fc.uint8Array().map((each) => new Uint8Array(each));
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((each) => new Uint8Array(each));

describe('sealing a record', () => {
  let seal: Seal;
  let other: Seal;
  beforeAll(async () => {
    seal = createSeal(await keysOf(me, newDataKey()));
    other = createSeal(await keysOf(me, newDataKey()));
  });

  it('opens to what it was, and twice the same is never the same ciphertext', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.jsonValue(), async (at, value) => {
        const sealed = await seal.seal(at, value);
        expect(await seal.open(at, sealed)).toEqual(JSON.parse(JSON.stringify(value)));
        expect((await seal.seal(at, value)).sealed).not.toBe(sealed.sealed);
      }),
    );
  });

  it('moved to another place it does not open', async () => {
    await fc.assert(
      fc.asyncProperty(place, place, fc.jsonValue(), async (from, to, value) => {
        fc.pre(JSON.stringify(from) !== JSON.stringify(to));
        await expect(seal.open(to, await seal.seal(from, value))).rejects.toThrow(SealBroken);
      }),
    );
  });

  it('with one bit changed, or cut, it does not open', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.jsonValue(), fc.nat(), fc.nat(7), async (at, value, where, bit) => {
        const sealed = bytesOfLetters((await seal.seal(at, value)).sealed);
        const changed = sealed.slice();
        const index = where % changed.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        await expect(seal.open(at, { sealed: lettersOf(changed) })).rejects.toThrow();
        await expect(seal.open(at, { sealed: lettersOf(sealed.slice(0, index)) })).rejects.toThrow();
      }),
    );
  });

  it('another key says that it is another key', async () => {
    const at = { collection: 'consults', id: 'a', field: 'record' };
    await expect(other.open(at, await seal.seal(at, {}))).rejects.toThrow(SealedUnderAnotherKey);
  });

  it('nothing of it can be read in the ciphertext', async () => {
    const at = { collection: 'consults', id: 'a', field: 'record' };
    const { sealed } = await seal.seal(at, { name: 'Zebedee Quillfeather', mrn: 'MRN-4711-XYZ' });
    expect(sealed).not.toContain('Zebedee');
    expect(sealed).not.toContain('4711');
  });
});

describe('sealing a text at once', () => {
  it('opens in its own place alone, and under its own key', () => {
    fc.assert(
      fc.property(
        key,
        key,
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        fc.string(),
        (mine, theirs, text, at, elsewhere) => {
          const sealed = sealedTexts(mine).seal(at, text);
          expect(sealedTexts(mine).open(at, sealed)).toBe(text);
          if (elsewhere !== at) expect(sealedTexts(mine).open(elsewhere, sealed)).toBeNull();
          if (hexOf(mine) !== hexOf(theirs)) expect(sealedTexts(theirs).open(at, sealed)).toBeNull();
          expect(sealedTexts(mine).open(at, text)).toBeNull();
        },
      ),
    );
  });
});

describe('spellings of bytes', () => {
  it('each comes back as it was', () => {
    fc.assert(
      fc.property(bytes, (each) => {
        expect(bytesOfHex(hexOf(each))).toEqual(each);
        expect(bytesOfLetters(lettersOf(each))).toEqual(each);
        expect(bytesOfBase64Url(base64UrlOf(each))).toEqual(each);
      }),
    );
  });
  it('longer than one call takes', () => {
    const long = new Uint8Array(100_000).map((_each, at) => at % 256);
    expect(bytesOfLetters(lettersOf(long))).toEqual(long);
  });
});
