import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '$lib/attachments/base64.ts';
import { digestOf, openSealed, sealFile } from '$lib/attachments/seal.ts';
import { sealOverheadBytes } from '#shared/attachment/limits.ts';
import { fileId } from '#tests/builders.ts';

const plain = new TextEncoder().encode('a picture of a foot');

describe('promise 7 a sealed file', () => {
  it('opens with its key and id, and holds nothing of what it seals', async () => {
    const { sealed, ...named } = await sealFile(fileId('a'), plain);
    expect(await openSealed(named, sealed)).toEqual(plain);
    expect(sealed).toHaveLength(plain.length + sealOverheadBytes);
    expect(new TextDecoder().decode(sealed)).not.toContain('picture');
    expect(named.digest).toBe(await digestOf(sealed));
  });

  it('has a key of its own: the same picture twice is sealed twice differently', async () => {
    const [one, two] = [await sealFile(fileId('a'), plain), await sealFile(fileId('a'), plain)];
    expect(one.key).not.toBe(two.key);
    expect(one.digest).not.toBe(two.digest);
    expect(fromBase64(one.key)).toHaveLength(32);
  });

  it('does not open when a byte changed, when it was cut, under another id or key, or with no key at all', async () => {
    const { sealed, ...named } = await sealFile(fileId('a'), plain);
    const flipped = sealed.map((byte, at) => (at === 20 ? byte ^ 1 : byte));
    expect(await openSealed(named, flipped)).toBeNull();
    expect(await openSealed(named, sealed.slice(0, -1))).toBeNull();
    expect(await openSealed(named, sealed.slice(0, 5))).toBeNull();
    expect(await openSealed({ ...named, file: fileId('b') }, sealed)).toBeNull();
    const { key } = await sealFile(fileId('a'), plain);
    expect(await openSealed({ ...named, key }, sealed)).toBeNull();
    expect(await openSealed({ ...named, key: 'not base64!' }, sealed)).toBeNull();
    expect(await openSealed({ ...named, key: toBase64(new Uint8Array(5)) }, sealed)).toBeNull();
  });
});

it('base64 of many bytes comes back as they were', () => {
  const bytes = Uint8Array.from({ length: 100_003 }, (_, at) => at % 251);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});
