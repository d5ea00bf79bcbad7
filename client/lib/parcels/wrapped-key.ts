import type { DeviceId } from '#shared/lib/id.ts';
import { base64urlToBytes, bytesToBase64url } from '#shared/lib/base64url.ts';
import type { UnlockedKeys } from '$lib/keys/keyrings.ts';
import type { KeptSigningKey } from './kept.ts';
import { makeSigningKey, signingCurve, type SigningKey } from './signing.ts';

/** What a wrap is bound to: put in another's place it does not open. */
const boundTo = (keys: UnlockedKeys, device: DeviceId, publicKey: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(['hc signing key', 1, keys.person, device, keys.keyId, publicKey]));

/** A new key, in use and wrapped. `endsEarlier`: another one was here that cannot be opened any more. */
export async function newSigningKey(
  keys: UnlockedKeys,
  device: DeviceId,
  endsEarlier: boolean,
): Promise<{ readonly key: SigningKey; readonly kept: KeptSigningKey }> {
  const { publicKey, privateKey } = await makeSigningKey();
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const wrapped = await crypto.subtle.wrapKey('pkcs8', privateKey, keys.wrapping, {
    name: 'AES-GCM',
    iv: nonce,
    additionalData: boundTo(keys, device, publicKey),
  });
  const kept: KeptSigningKey = {
    v: 1,
    person: keys.person,
    device,
    publicKey,
    wrappedUnder: keys.keyId,
    nonce: bytesToBase64url(nonce),
    wrapped: bytesToBase64url(new Uint8Array(wrapped)),
    grant: null,
    endsEarlier,
  };
  // From here on it cannot leave any more, not even on the day it was made.
  const key = await unwrapSigningKey(kept, keys);
  if (key === null) throw new Error('a key that was wrapped does not open');
  return { key, kept };
}

/** null: it lies under other keys than these. */
export async function unwrapSigningKey(kept: KeptSigningKey, keys: UnlockedKeys): Promise<SigningKey | null> {
  const { device, publicKey, wrappedUnder } = kept;
  const [iv, wrapped] = [base64urlToBytes(kept.nonce), base64urlToBytes(kept.wrapped)];
  if (wrappedUnder !== keys.keyId || iv === null || wrapped === null) return null;
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData: boundTo(keys, device, publicKey) };
    const privateKey = await crypto.subtle.unwrapKey(
      'pkcs8',
      wrapped,
      keys.wrapping,
      algorithm,
      signingCurve,
      false,
      ['sign'],
    );
    return { publicKey, privateKey };
  } catch {
    // The only thing the browser says of it.
    return null;
  }
}
