import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64urlToBytes, bytesToBase64url } from '#shared/lib/base64url.ts';

describe('base64url', () => {
  it('writes bytes as Node does, and reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = bytesToBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(base64urlToBytes(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('takes bytes in one spelling alone', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ABab09-_=+/ é')), maxLength: 12 }),
        (text) => {
          const bytes = base64urlToBytes(text);
          if (bytes !== null) expect(bytesToBase64url(bytes)).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
    expect(['QQ', 'QR', 'QQ=', 'Q', 'Q+'].map((text) => base64urlToBytes(text)?.length ?? null)).toEqual([
      1,
      null,
      null,
      null,
      null,
    ]);
  });
});
