import { z } from 'zod';
import { deviceIdSchema, personIdSchema } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import { canonicalJson } from '#shared/event/canonical.ts';

/**
 * The server's leave to go on reading without it: who, on which tablet, from when to when. It is renewed at every answer about the
 * session. When it has ended the tablet asks for a sign-in; what was written is sent all the same.
 */
export const leaseSchema = z.object({
  person: personIdSchema,
  device: deviceIdSchema,
  /** Server's time of the answer. */
  from: instantSchema,
  until: instantSchema,
  /** base64url of the 64 bytes (r, s) of ECDSA P-256 with SHA-256 over `leaseBytes`. */
  signature: z.string().max(100),
  /** The public half that proves it: an uncompressed P-256 point, base64url. The tablet keeps the first one it was told. */
  publicKey: z.string().max(100),
});
export type Lease = z.infer<typeof leaseSchema>;

/** What is signed. */
export const leaseBytes = ({ person, device, from, until }: Omit<Lease, 'signature' | 'publicKey'>): string =>
  canonicalJson({ for: 'hospital-consult lease', version: 1, person, device, from, until });
