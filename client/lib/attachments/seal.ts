import type { FileId } from '#shared/lib/id.ts';
import { fromBase64, toBase64 } from './base64.ts';

/** A file as it is stored and sent: what the event that names it says of it, and the bytes nobody can read without its key. */
export interface SealedFile {
  readonly file: FileId;
  /** Base64 of the AES-256-GCM key; made for this file alone. */
  readonly key: string;
  /** SHA-256 of `sealed`, hex. */
  readonly digest: string;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

const nonceBytes = 12;
const encoder = new TextEncoder();
/** Ties the bytes to their file id: a sealed file put in another's place does not open. */
const boundTo = (file: FileId): Uint8Array<ArrayBuffer> => encoder.encode(`file|${file}`);

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const digestOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', bytes));

/** Nonce, ciphertext and tag in one. */
export async function sealFile(file: FileId, plain: Uint8Array<ArrayBuffer>): Promise<SealedFile> {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: boundTo(file) };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
  const sealed = new Uint8Array(nonceBytes + ciphertext.length);
  sealed.set(nonce);
  sealed.set(ciphertext, nonceBytes);
  return { file, key: toBase64(raw), digest: await digestOf(sealed), sealed };
}

/** null: not the file this key and id belong to, or damaged. */
export async function openSealed(
  { file, key }: Pick<SealedFile, 'file' | 'key'>,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const raw = fromBase64(key);
  if (raw?.length !== 32 || sealed.length <= nonceBytes) return null;
  const imported = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  const iv = sealed.subarray(0, nonceBytes);
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData: boundTo(file) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, imported, sealed.subarray(nonceBytes)));
  } catch {
    // WebCrypto tells one error for every way of not fitting.
    return null;
  }
}
