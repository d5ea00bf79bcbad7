import type { AuthoredEnvelope, HeldEvent } from '#shared/event/envelope.ts';
import { bytesToBase64url } from '#shared/lib/base64url.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import { textToProve, textToSign } from '#shared/parcel/signing.ts';

export const signingCurve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const algorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

export interface SigningKey {
  /** Uncompressed point, base64url. */
  readonly publicKey: string;
  readonly privateKey: CryptoKey;
}

/** A key at its birth, when it can still be wrapped. What is unwrapped again cannot leave any more. */
export async function makeSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(signingCurve, true, ['sign', 'verify']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { publicKey: bytesToBase64url(point), privateKey: pair.privateKey };
}

async function sign(key: SigningKey, text: string): Promise<string> {
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, new TextEncoder().encode(text));
  return bytesToBase64url(new Uint8Array(signature));
}

/** The event with its author's signature. Signing it again makes other bytes: do it once, and keep what comes. */
export const signEvent = async <E extends AuthoredEnvelope | HeldEvent>(
  key: SigningKey,
  event: E,
): Promise<E & { sig: string }> => ({ ...event, sig: await sign(key, textToSign(event)) });

/** Shows the server that whoever registers the key holds it. */
export const proofOf = (key: SigningKey, owner: { person: PersonId; device: DeviceId }): Promise<string> =>
  sign(key, textToProve({ ...owner, publicKey: key.publicKey }));
