export type Bytes = Uint8Array<ArrayBuffer>;

export const randomBytes = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

export const hexOf = (bytes: Bytes): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export function bytesOfHex(text: string): Bytes {
  const pairs = text.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

export function sameBytes(left: Bytes, right: Bytes): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

const chunkBytes = 8_192;

/** A letter for each byte, U+0000 to U+00FF. */
export function lettersOf(bytes: Bytes): string {
  let text = '';
  // More arguments at once than a browser's stack takes.
  for (let at = 0; at < bytes.length; at += chunkBytes)
    text += String.fromCharCode(...bytes.subarray(at, at + chunkBytes));
  return text;
}
export function bytesOfLetters(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function base64UrlOf(bytes: Bytes): string {
  return btoa(lettersOf(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** null: it is not base64url. */
export function bytesOfBase64Url(text: string): Bytes | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  try {
    return bytesOfLetters(atob(text.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    // A length that base64 does not have.
    return null;
  }
}
