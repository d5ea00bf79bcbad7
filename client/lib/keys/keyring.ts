import { z } from 'zod';
import { personIdSchema } from '#shared/lib/id.ts';
import { leaseSchema } from '#shared/session/lease.ts';

const base64UrlSchema = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** The data key under AES-256-GCM: nonce, then ciphertext and tag. */
const boxSchema = z.object({ nonce: base64UrlSchema, box: base64UrlSchema });
export type Box = z.infer<typeof boxSchema>;

/** Under a key derived from what a person types. */
const wrapSchema = boxSchema.extend({
  kdf: z.literal('argon2id'),
  memoryKiB: z.int().min(8),
  passes: z.int().min(1),
  salt: base64UrlSchema,
});
export type Wrap = z.infer<typeof wrapSchema>;

const triesSchema = z.object({
  /** Wrong ones since the last right one. One is counted before it is looked at. */
  count: z.int().min(0),
  /** Device time of the last one, milliseconds; null: none. */
  lastAtMs: z.number().nullable(),
});
export type Tries = z.infer<typeof triesSchema>;

export const keyringSchema = z.object({
  version: z.literal(1),
  person: personIdSchema,
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
  pin: wrapSchema.nullable(),
  password: wrapSchema.nullable(),
  /** Under the secret that the server keeps for this person and device. */
  recovery: boxSchema.nullable(),
  tries: triesSchema,
  /** Too many wrong tries have destroyed the wraps of PIN and password. */
  usedUp: z.boolean(),
  lease: leaseSchema.nullable(),
  /** Keyrings that the server could not open any more; what was sealed under them lies in databases set aside. */
  earlier: z.array(z.unknown()).default([]),
});
export type Keyring = z.infer<typeof keyringSchema>;

/** What this tablet knows of the server's time. */
export const knownTimeSchema = z.object({
  /** The server's time as it was reckoned at `deviceMs`. */
  serverMs: z.number(),
  /** Device clock then. */
  deviceMs: z.number(),
});
export type KnownTime = z.infer<typeof knownTimeSchema>;

/** Where keyrings lie: outside every person's database, readable before anything is open. */
export interface KeyringStore {
  /**
   * Reads and writes in one step that no other window comes between, and that is on the disk when it resolves. `change` sees what is
   * there and answers what shall be; null deletes a keyring. Rejects when the storage does not answer.
   */
  change<R>(person: string, change: (held: Keyring | null, time: KnownTime | null) => Changed<R>): Promise<R>;
}

export interface Changed<R> {
  /** Absent: stays as it is. */
  readonly keyring?: Keyring | null;
  readonly time?: KnownTime;
  readonly answer: R;
}
