import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import { bytesOfHex, bytesOfLetters, lettersOf, sameBytes } from '$lib/keys/bytes.ts';

/**
 * As it lies in the storage: version, whose key, nonce, ciphertext with its tag, a letter (U+0000 to U+00FF) for each byte. RxDB takes a
 * byte array apart into numbered fields; browsers keep such a text in as many bytes as it has letters.
 */
export interface SealedField {
  readonly sealed: string;
}

/** Where a value belongs: sealed for one place it opens nowhere else. */
export interface SealedPlace {
  readonly collection: string;
  readonly id: string;
  readonly field: string;
}

/** The whole database was sealed under another data key: nobody can read it with this one. */
export class SealedUnderAnotherKey extends Error {
  override readonly name = 'SealedUnderAnotherKey';
}

/** It was sealed under this key, and is not what was sealed for this place. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** Seals values of one person's records. */
export interface Seal {
  seal(place: SealedPlace, value: unknown): Promise<SealedField>;
  /** Rejects with `SealedUnderAnotherKey` or `SealBroken`. */
  open(place: SealedPlace, field: SealedField): Promise<unknown>;
}

const version = 1;
const keyBytes = 8;
const nonceBytes = 12;
const headBytes = 1 + keyBytes + nonceBytes;
const tagBytes = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function isSealed(value: unknown): value is SealedField {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sealed' in value &&
    typeof value.sealed === 'string' &&
    Object.keys(value).length === 1
  );
}

/** Changing this makes every sealed record unreadable. */
const boundTo = ({ collection, id, field }: SealedPlace): Uint8Array<ArrayBuffer> =>
  encoder.encode(JSON.stringify(['hc', version, collection, field, id]));

/** Each value is one AES-256-GCM message with a fresh random nonce, bound to its place. */
export function createSeal({ documents, keyId }: Pick<UnlockedKeys, 'documents' | 'keyId'>): Seal {
  const mark = bytesOfHex(keyId).subarray(0, keyBytes);
  return {
    async seal(place, value) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
      const plain = encoder.encode(JSON.stringify(value));
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: boundTo(place) };
      const cipher = new Uint8Array(await crypto.subtle.encrypt(algorithm, documents, plain));
      const sealed = new Uint8Array(headBytes + cipher.length);
      sealed[0] = version;
      sealed.set(mark, 1);
      sealed.set(nonce, 1 + keyBytes);
      sealed.set(cipher, headBytes);
      return { sealed: lettersOf(sealed) };
    },
    async open(place, field) {
      const bytes = bytesOfLetters(field.sealed);
      if (bytes.length < headBytes + tagBytes || bytes[0] !== version)
        throw new SealBroken('it is not sealed as this build seals');
      if (!sameBytes(bytes.subarray(1, 1 + keyBytes), mark))
        throw new SealedUnderAnotherKey('it was sealed under another key');
      const algorithm = {
        name: 'AES-GCM',
        iv: bytes.subarray(1 + keyBytes, headBytes),
        additionalData: boundTo(place),
      };
      let plain: ArrayBuffer;
      try {
        plain = await crypto.subtle.decrypt(algorithm, documents, bytes.subarray(headBytes));
      } catch {
        // The only thing the browser says of it: it is not what was sealed.
        throw new SealBroken('it is not what was sealed for this place');
      }
      return JSON.parse(decoder.decode(plain)) as unknown;
    },
  };
}
