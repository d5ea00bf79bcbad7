import { gcm } from '@noble/ciphers/aes.js';
import type { TextSeal } from '$lib/tablet/draft-journal.ts';
import { base64UrlOf, bytesOfBase64Url, randomBytes, type Bytes } from './bytes.ts';

const mark = 's1.';
const nonceBytes = 12;

/**
 * AES-256-GCM that answers at once: the browser's own answers later, and a page may die in between. For a few small texts; `key` is 32
 * bytes. A text in the clear, of a build that did not seal, is not opened.
 */
export function sealedTexts(key: Bytes): TextSeal {
  const encoder = new TextEncoder();
  return {
    seal(place, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = gcm(key, nonce, encoder.encode(place)).encrypt(encoder.encode(text));
      const whole = new Uint8Array(nonceBytes + cipher.length);
      whole.set(nonce);
      whole.set(cipher, nonceBytes);
      return mark + base64UrlOf(whole);
    },
    open(place, sealed) {
      const whole = sealed.startsWith(mark) ? bytesOfBase64Url(sealed.slice(mark.length)) : null;
      if (whole === null || whole.length < nonceBytes) return null;
      try {
        const cipher = gcm(key, whole.subarray(0, nonceBytes), encoder.encode(place));
        return new TextDecoder().decode(cipher.decrypt(whole.subarray(nonceBytes)));
      } catch {
        // Not what was sealed for this place.
        return null;
      }
    },
  };
}
