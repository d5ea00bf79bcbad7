import type { PersonId } from '#shared/lib/id.ts';
import { hexOf, randomBytes, type Bytes } from './bytes.ts';
import type { UnlockedKeys } from './keyrings.ts';

const dataKeyBytes = 32;
export const newDataKey = (): Bytes => randomBytes(dataKeyBytes);

const info = (purpose: string): Bytes => new TextEncoder().encode(`hospital-consult tablet 1 ${purpose}`);
const hkdf = (purpose: string): HkdfParams => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: new Uint8Array(),
  info: info(purpose),
});
const importSecret = (secret: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits', 'deriveKey']);

const aesKey = (base: CryptoKey, purpose: string, usages: KeyUsage[]): Promise<CryptoKey> =>
  crypto.subtle.deriveKey(hkdf(purpose), base, { name: 'AES-GCM', length: 256 }, false, usages);
const bytes = async (base: CryptoKey, purpose: string, length: number): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.deriveBits(hkdf(purpose), base, length * 8));

/** Tells one data key from another, and nothing of either. */
export const keyIdOf = async (dataKey: Bytes): Promise<string> =>
  hexOf(await bytes(await importSecret(dataKey), 'key id', 16));

/** Every key of a person on this tablet comes from the one data key. */
export async function keysOf(person: PersonId, dataKey: Bytes): Promise<UnlockedKeys> {
  const base = await importSecret(dataKey);
  const [keyId, documents, wrapping, journal] = await Promise.all([
    keyIdOf(dataKey),
    aesKey(base, 'documents', ['encrypt', 'decrypt']),
    aesKey(base, 'wrapping', ['wrapKey', 'unwrapKey']),
    bytes(base, 'journal', 32),
  ]);
  return { person, keyId, documents, wrapping, journal };
}

/** The key of the recovery wrap, from the secret the server keeps. It is random: nothing has to be slow. */
export const recoveryKeyOf = async (secret: Bytes): Promise<CryptoKey> =>
  aesKey(await importSecret(secret), 'recovery', ['encrypt', 'decrypt']);
