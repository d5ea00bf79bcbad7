import { z } from 'zod';
import { canonicalJson } from '#shared/event/canonical.ts';
import { maxEventBytes } from '#shared/event/envelope.ts';
import { uuidSchema } from '#shared/lib/id.ts';
import { grantSchema, publicKeyChars } from './signing.ts';

/** `<mark of the hospital's server>.<number of the key>`: a parcel of another hospital can be told without opening it. */
export const parcelKeyIdSchema = z.string().regex(/^[0-9a-f]{16}\.\d{1,5}$/);
export const hospitalMarkOf = (keyId: string): string => keyId.split('.')[0] ?? '';

/** An event with its grant, sealed and as base64url. */
const maxBoxChars = Math.ceil(((maxEventBytes + 2048) * 4) / 3);

/**
 * One signed event, sealed to the server: whoever carries it can neither read nor change it. Sealed by ECIES: an ephemeral key's ECDH (P-256)
 * with the server's key, HKDF-SHA256 to key and nonce, AES-256-GCM over the content with all other fields as associated data.
 */
export const parcelSchema = z.strictObject({
  v: z.literal(1),
  /** The event's. */
  id: uuidSchema,
  /** The server's key it is sealed to. */
  key: parcelKeyIdSchema,
  /** The ephemeral public key, an uncompressed point as base64url. */
  epk: z
    .string()
    .length(publicKeyChars)
    .regex(/^[A-Za-z0-9_-]+$/),
  box: z
    .string()
    .min(24)
    .max(maxBoxChars)
    .regex(/^[A-Za-z0-9_-]+$/),
});
export type Parcel = z.infer<typeof parcelSchema>;

/** HKDF: the secret is ECDH's, `salt` the two public keys (ephemeral first) one after the other, `info` this; 32 bytes of key, then 12 of nonce. */
export const parcelInfo = 'hospital-consult parcel v1';
export const parcelKeyBytes = 32;
export const parcelNonceBytes = 12;

/** The associated data, as UTF-8. */
export const parcelHead = ({ v, id, key, epk }: Omit<Parcel, 'box'>): string =>
  canonicalJson({ v, id, key, epk });

/** What lies in the box, as canonical JSON. The event is judged later, as one that is pushed. */
export const parcelContentSchema = z.looseObject({
  v: z.literal(1),
  event: z.record(z.string(), z.unknown()),
  /** null: the tablet has not heard of its grant yet. */
  grant: grantSchema.nullable(),
});
export type ParcelContent = z.infer<typeof parcelContentSchema>;
