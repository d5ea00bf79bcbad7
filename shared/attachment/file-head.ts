import { err, ok, type Result } from '#shared/lib/result.ts';
import { fileLimits } from './limits.ts';

/** What the first bytes of a file say it is. Its name and the type the browser tells are not asked: both are somebody's claim. */
export type FileHead =
  | {
      readonly kind: 'picture';
      readonly mediaType: 'image/jpeg' | 'image/png' | 'image/webp';
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'pdf' };

export type FileFault =
  | { readonly type: 'not-a-picture-or-pdf' }
  /** A picture whose size cannot be read from its beginning: cut short or damaged. */
  | { readonly type: 'damaged' }
  | { readonly type: 'empty' }
  | { readonly type: 'too-many-bytes'; readonly kind: 'picture' | 'pdf'; readonly maxBytes: number }
  /** It would fill the tablet's memory once decoded, whatever its bytes. */
  | { readonly type: 'too-many-pixels'; readonly maxPixels: number };

/** So many bytes of the beginning are enough; a JPEG's size stands behind its EXIF, which may be 64 KB and more than one. */
export const headBytes = 512 * 1024;

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  Array.from(text).every((character, index) => bytes[at + index] === character.charCodeAt(0));
const big16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const big32 = (bytes: Uint8Array, at: number): number => big16(bytes, at) * 65_536 + big16(bytes, at + 2);
const little16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const little24 = (bytes: Uint8Array, at: number): number =>
  little16(bytes, at) | ((bytes[at + 2] ?? 0) << 16);

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Start-of-frame markers; C4, C8 and CC are tables and extensions. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpegSize(bytes: Uint8Array): Size | null {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isFrame(marker)) return { height: big16(bytes, at + 5), width: big16(bytes, at + 7) };
    // The picture itself begins: no frame came before it.
    if (marker === 0xda) return null;
    at += 2 + big16(bytes, at + 2);
  }
  return null;
}

function pngSize(bytes: Uint8Array): Size | null {
  if (bytes.length < 24 || !startsWith(bytes, 'IHDR', 12)) return null;
  return { width: big32(bytes, 16), height: big32(bytes, 20) };
}

function webpSize(bytes: Uint8Array): Size | null {
  if (bytes.length < 30) return null;
  if (startsWith(bytes, 'VP8X', 12))
    return { width: little24(bytes, 24) + 1, height: little24(bytes, 27) + 1 };
  if (startsWith(bytes, 'VP8L', 12)) {
    const packed = little24(bytes, 21) + (bytes[24] ?? 0) * 0x1000000;
    return { width: (packed % 16_384) + 1, height: (Math.floor(packed / 16_384) % 16_384) + 1 };
  }
  if (startsWith(bytes, 'VP8 ', 12))
    return { width: little16(bytes, 26) & 0x3fff, height: little16(bytes, 28) & 0x3fff };
  return null;
}

const formats = [
  {
    mediaType: 'image/jpeg',
    is: (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
    size: jpegSize,
  },
  {
    mediaType: 'image/png',
    is: (bytes: Uint8Array) => startsWith(bytes, '\u0089PNG\r\n\u001a\n'),
    size: pngSize,
  },
  {
    mediaType: 'image/webp',
    is: (bytes: Uint8Array) => startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8),
    size: webpSize,
  },
] as const;

/**
 * Judges a file by its beginning and its length, before anything of it is decoded. `head` is the first `headBytes`, or all of it where it is
 * shorter.
 */
export function readHead(head: Uint8Array, sizeBytes: number): Result<FileHead, FileFault> {
  if (sizeBytes === 0) return err({ type: 'empty' });
  if (startsWith(head, '%PDF-')) {
    return sizeBytes > fileLimits.pdfBytes
      ? err({ type: 'too-many-bytes', kind: 'pdf', maxBytes: fileLimits.pdfBytes })
      : ok({ kind: 'pdf' });
  }
  const format = formats.find(({ is }) => is(head));
  if (format === undefined) return err({ type: 'not-a-picture-or-pdf' });
  if (sizeBytes > fileLimits.pictureBytes)
    return err({ type: 'too-many-bytes', kind: 'picture', maxBytes: fileLimits.pictureBytes });
  const size = format.size(head);
  if (size === null || size.width === 0 || size.height === 0) return err({ type: 'damaged' });
  const { width, height } = size;
  if (width * height > fileLimits.picturePixels || Math.max(width, height) > fileLimits.pictureEdge)
    return err({ type: 'too-many-pixels', maxPixels: fileLimits.picturePixels });
  return ok({ kind: 'picture', mediaType: format.mediaType, width, height });
}
