import { createECDH } from 'node:crypto';
import type { SecretName } from './secret-names.ts';

export const secretBytes = 32;

/** Decodes base64url or base64; null when the text is anything else. */
export function secretFromText(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  return Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'), 'base64url');
}

/** True where two different random draws would hardly ever be: 32 random bytes have about 30 distinct values. */
const looksMade = (bytes: Buffer): boolean => new Set(bytes).size < 16;

/** Why a secret must not be used; null when nothing speaks against it. Never says the value. */
export function weaknessOf(name: SecretName, text: string): string | null {
  const bytes = secretFromText(text);
  if (bytes === null) return 'it is not base64url';
  if (bytes.length !== secretBytes) return `it has ${bytes.length} bytes and needs ${secretBytes}`;
  if (looksMade(bytes)) return 'it is not random';
  const letters = bytes.filter((byte) => byte >= 0x20 && byte < 0x7f).length;
  if (letters === bytes.length) return 'it is text, not random bytes';
  if (name === 'VAPID_PRIVATE_KEY') {
    try {
      createECDH('prime256v1').setPrivateKey(bytes);
    } catch {
      return 'it is no private key of the curve P-256';
    }
  }
  return null;
}
