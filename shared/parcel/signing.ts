import { z } from 'zod';
import { canonicalEvent, canonicalJson } from '#shared/event/canonical.ts';
import type { AuthoredEnvelope, HeldEvent } from '#shared/event/envelope.ts';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';

/**
 * Signatures are ECDSA on P-256 with SHA-256, the two numbers one after the other (64 bytes, as WebCrypto makes them), base64url.
 * Public keys are uncompressed points (65 bytes), base64url.
 */
const signatureChars = 86;
export const publicKeyChars = 87;
const publicKeySchema = z
  .string()
  .length(publicKeyChars)
  .regex(/^B[A-Za-z0-9_-]+$/);
const signatureSchema = z
  .string()
  .length(signatureChars)
  .regex(/^[A-Za-z0-9_-]+$/);

/** The text (as UTF-8) that an author's tablet signs: all of the event but the server's stamps and the signature itself. */
export function textToSign(event: HeldEvent | AuthoredEnvelope): string {
  const { sig: _sig, ...unsigned } = event;
  return canonicalEvent(unsigned);
}

/** The text a new key signs to prove that whoever hands it in holds its private half. */
export const textToProve = (owner: { person: PersonId; device: DeviceId; publicKey: string }): string =>
  `hospital-consult signing key v1\n${owner.person}\n${owner.device}\n${owner.publicKey}`;

/** The first 16 bytes of the SHA-256 of the public key's 65, in hex: made by the server. */
export const signingKeyIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

/**
 * What the server says of a signing key, under its own `mac`: it may sign for this person on this device. Goes into every parcel, so that a
 * server that was set back to before it heard of the key still knows it.
 */
export const grantSchema = z.strictObject({
  v: z.literal(1),
  person: personIdSchema,
  device: deviceIdSchema,
  keyId: signingKeyIdSchema,
  publicKey: publicKeySchema,
  /** When the server first heard of the key. What was signed with it earlier counts too. */
  from: instantSchema,
  until: instantSchema,
  mac: z.string().max(64),
});
export type Grant = z.infer<typeof grantSchema>;

/** The text (as UTF-8) under a grant's `mac`. */
export function grantText(grant: Omit<Grant, 'mac'>): string {
  const { v, person, device, keyId, publicKey, from, until } = grant;
  return canonicalJson({ v, person, device, keyId, publicKey, from, until });
}

/** Goes with a push: a server that was set back to before it heard of the key still knows it. The value is the grant as JSON. */
export const grantHeader = 'hc-grant';
export const grantToHeader = (grant: Grant): string => canonicalJson(grant);
/** null: there is none, or it is none. */
export function grantFromHeader(text: string | undefined): Grant | null {
  if (text === undefined || text.length > 1000) return null;
  try {
    const parsed = grantSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: as good as none.
    return null;
  }
}

/** `POST /api/signing-keys` */
export const signingKeyRequestSchema = z.strictObject({
  publicKey: publicKeySchema,
  /** Signature over `textToProve`. */
  proof: signatureSchema,
  /** True after this person's keys on this tablet were reset: what older keys signed and comes from now on is set aside. */
  endsEarlier: z.boolean(),
});
export type SigningKeyRequest = z.infer<typeof signingKeyRequestSchema>;
