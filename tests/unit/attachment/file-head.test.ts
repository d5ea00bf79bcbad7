import { describe, expect, it } from 'vitest';
import { readHead } from '#shared/attachment/file-head.ts';
import { fileLimits } from '#shared/attachment/limits.ts';

const big16 = (value: number): number[] => [value >> 8, value & 0xff];
const big32 = (value: number): number[] => [...big16(value >>> 16), ...big16(value & 0xffff)];
const ascii = (text: string): number[] => Array.from(text).map((character) => character.charCodeAt(0));

function jpeg(width: number, height: number, exifBytes = 0): Uint8Array {
  const exif =
    exifBytes === 0 ? [] : [0xff, 0xe1, ...big16(exifBytes + 2), ...Array<number>(exifBytes).fill(0)];
  const frame = [0xff, 0xc0, ...big16(11), 8, ...big16(height), ...big16(width), 1, 1, 0x11, 0];
  return Uint8Array.from([0xff, 0xd8, ...exif, ...frame, 0xff, 0xda]);
}
const png = (width: number, height: number): Uint8Array =>
  Uint8Array.from([
    0x89,
    ...ascii('PNG\r\n\u001a\n'),
    ...big32(13),
    ...ascii('IHDR'),
    ...big32(width),
    ...big32(height),
    8,
  ]);
const webp = (kind: string, rest: number[]): Uint8Array =>
  Uint8Array.from([
    ...ascii('RIFF'),
    0,
    0,
    0,
    0,
    ...ascii('WEBP'),
    ...ascii(kind),
    0,
    0,
    0,
    0,
    ...rest,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
const pdf = Uint8Array.from(ascii('%PDF-1.7\n'));
const picture = (width: number, height: number, mediaType: string) => ({
  ok: true,
  value: { kind: 'picture', width, height, mediaType },
});

describe('CON-10 what a file is, from its first bytes', () => {
  it.each([
    ['a JPEG', jpeg(4000, 3000), picture(4000, 3000, 'image/jpeg')],
    ['a JPEG behind 60 KB of EXIF', jpeg(640, 480, 60_000), picture(640, 480, 'image/jpeg')],
    ['a PNG', png(800, 600), picture(800, 600, 'image/png')],
    [
      'a lossy WebP',
      webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0]),
      picture(320, 240, 'image/webp'),
    ],
    ['an extended WebP', webp('VP8X', [0, 0, 0, 0, 0x3f, 1, 0, 0xef, 0, 0]), picture(320, 240, 'image/webp')],
    ['a PDF', pdf, { ok: true, value: { kind: 'pdf' } }],
  ])('%s', (_what, bytes, expected) => {
    expect(readHead(bytes, 10_000)).toEqual(expected);
  });

  it('a lossless WebP tells its size in fourteen bits each', () => {
    // 0x2f, then width−1 and height−1 packed from the lowest bit on.
    const packed = 319 + 239 * 16_384;
    const bytes = [0x2f, packed & 0xff, (packed >> 8) & 0xff, (packed >> 16) & 0xff, (packed >>> 24) & 0xff];
    expect(readHead(webp('VP8L', bytes), 10_000)).toEqual(picture(320, 240, 'image/webp'));
  });
});

describe('bad input is refused before anything is decoded', () => {
  it.each([
    [
      'no picture and no PDF, whatever it is called',
      Uint8Array.from(ascii('<html>')),
      10,
      'not-a-picture-or-pdf',
    ],
    ['a video', Uint8Array.from([0, 0, 0, 0x18, ...ascii('ftypmp42')]), 10_000, 'not-a-picture-or-pdf'],
    ['an SVG, which may hold scripts', Uint8Array.from(ascii('<svg xmlns=')), 10_000, 'not-a-picture-or-pdf'],
    ['nothing', new Uint8Array(), 0, 'empty'],
    ['a JPEG cut short before its size', jpeg(4000, 3000).subarray(0, 6), 6, 'damaged'],
    [
      'a JPEG without a frame',
      Uint8Array.from([0xff, 0xd8, 0xff, 0xda, 0, 0, 0, 0, 0, 0, 0, 0]),
      12,
      'damaged',
    ],
    ['a PNG cut short', png(800, 600).subarray(0, 18), 18, 'damaged'],
    ['a picture without a side', png(0, 600), 10_000, 'damaged'],
    ['a decompression bomb', png(50_000, 50_000), 10_000, 'too-many-pixels'],
    ['a picture that is one long line', png(100_000, 10), 10_000, 'too-many-pixels'],
    ['a PDF of 300 MB', pdf, 300 * 1024 * 1024, 'too-many-bytes'],
    ['a photo above the limit', jpeg(4000, 3000), fileLimits.pictureBytes + 1, 'too-many-bytes'],
  ])('%s', (_what, bytes, sizeBytes, type) => {
    expect(readHead(bytes, sizeBytes)).toMatchObject({ ok: false, error: { type } });
  });

  it('a file at its limit is taken', () => {
    expect(readHead(pdf, fileLimits.pdfBytes).ok).toBe(true);
    expect(readHead(jpeg(4000, 3000), fileLimits.pictureBytes).ok).toBe(true);
  });
});
