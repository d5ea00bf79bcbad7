import { err, ok, type Result } from '#shared/lib/result.ts';
import type { FileFaultCode } from '#shared/staff-import/faults.ts';

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean =>
  start.every((byte, at) => bytes[at] === byte);

/** null where the bytes are not that encoding. */
function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // A decoder that is told to be strict says so by throwing.
    return null;
  }
}

/** 0x80 to 0x9f; `\ufffd` where Windows has none. All else is as in Latin-1. Source: WHATWG Encoding, index-windows-1252. */
const windowsSigns =
  '\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd' +
  '\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178';

/** By hand: Node 20's decoder takes these signs for Latin-1's controls. null where a byte means nothing. */
function fromWindows1252(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (sign) => windowsSigns[sign.charCodeAt(0) - 0x80] ?? '\ufffd');
  return text.includes('\ufffd') ? null : text;
}

/**
 * The text of a file as a spreadsheet saves it: UTF-8 with or without its mark, UTF-16 with its mark ("Unicode text"), else Windows-1252. Whatever
 * then has signs that no text has is none.
 */
export function csvTextOf(bytes: Uint8Array): Result<string, FileFaultCode> {
  // A zip begins so, and a workbook is one; the older kind begins D0 CF 11 E0.
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04) || startsWith(bytes, 0xd0, 0xcf, 0x11, 0xe0))
    return err('workbook');
  const text = startsWith(bytes, 0xff, 0xfe)
    ? decoded(bytes, 'utf-16le')
    : startsWith(bytes, 0xfe, 0xff)
      ? decoded(bytes, 'utf-16be')
      : (decoded(bytes, 'utf-8') ?? fromWindows1252(bytes));
  // eslint-disable-next-line no-control-regex -- what no spreadsheet writes into text is looked for
  if (text === null || /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(text))
    return err('not-text');
  return text.trim() === '' ? err('empty') : ok(text);
}
