import type { PersonId } from '#shared/lib/id.ts';
import { base64UrlOf, bytesOfBase64Url, randomBytes, type Bytes } from './bytes.ts';
import { keyIdOf, recoveryKeyOf } from './data-key.ts';
import type { Kdf } from './kdf.ts';
import type { Box, Keyring, Wrap } from './keyring.ts';
import type { Secret } from './keyrings.ts';

/** Whose key lies in a wrap, and under what: a wrap put in another's place does not open. */
interface Purpose {
  readonly person: PersonId;
  readonly keyId: string;
  readonly kind: Secret['kind'] | 'recovery';
}
const boundTo = ({ person, keyId, kind }: Purpose): Bytes =>
  new TextEncoder().encode(JSON.stringify(['hc wrap', 1, person, keyId, kind]));

const saltBytes = 16;
const nonceBytes = 12;

async function boxed(key: CryptoKey, dataKey: Bytes, purpose: Purpose): Promise<Box> {
  const nonce = randomBytes(nonceBytes);
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: boundTo(purpose) };
  const box = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, dataKey));
  return { nonce: base64UrlOf(nonce), box: base64UrlOf(box) };
}

/** null: the key is not the one it was made with. */
async function unboxed(key: CryptoKey, { nonce, box }: Box, purpose: Purpose): Promise<Bytes | null> {
  const [iv, sealed] = [bytesOfBase64Url(nonce), bytesOfBase64Url(box)];
  if (iv === null || sealed === null) return null;
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData: boundTo(purpose) };
    const dataKey = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed));
    return (await keyIdOf(dataKey)) === purpose.keyId ? dataKey : null;
  } catch {
    // The only thing the browser says of it.
    return null;
  }
}

const importAes = (key: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** Who a keyring is of. */
export type Owner = Pick<Keyring, 'person' | 'keyId'>;

/** Takes as long as deriving a key does. */
export async function wrapUnder(kdf: Kdf, secret: Secret, dataKey: Bytes, owner: Owner): Promise<Wrap> {
  const salt = randomBytes(saltBytes);
  const cost = await kdf.costHere();
  const key = await importAes(await kdf.derive(secret.text, salt, cost));
  const box = await boxed(key, dataKey, { ...owner, kind: secret.kind });
  return { kdf: 'argon2id', ...cost, salt: base64UrlOf(salt), ...box };
}

/** null: a wrong PIN or password, or a wrap that somebody has changed. */
export async function unwrapUnder(kdf: Kdf, secret: Secret, wrap: Wrap, owner: Owner): Promise<Bytes | null> {
  const salt = bytesOfBase64Url(wrap.salt);
  if (salt === null) return null;
  const key = await importAes(
    await kdf.derive(secret.text, salt, { memoryKiB: wrap.memoryKiB, passes: wrap.passes }),
  );
  return unboxed(key, wrap, { ...owner, kind: secret.kind });
}

export const wrapForRecovery = async (secret: Bytes, dataKey: Bytes, owner: Owner): Promise<Box> =>
  boxed(await recoveryKeyOf(secret), dataKey, { ...owner, kind: 'recovery' });

/** null: the server's secret is not the one it was made with. */
export const unwrapForRecovery = async (secret: Bytes, box: Box, owner: Owner): Promise<Bytes | null> =>
  unboxed(await recoveryKeyOf(secret), box, { ...owner, kind: 'recovery' });
