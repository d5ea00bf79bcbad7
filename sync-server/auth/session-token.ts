import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';

/** What a session cookie holds, taken apart. The secret has 256 bits; the rest only says where to look. */
export interface SessionToken {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly secret: Buffer;
}

const idBytes = 16;
const secretLength = 32;
const tokenBytes = idBytes * 2 + secretLength;
const tokenPattern = /^[A-Za-z0-9_-]{86}$/;

const bytesOfId = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
const idOfBytes = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const sessionTokenText = ({ person, device, secret }: SessionToken): string =>
  Buffer.concat([bytesOfId(person), bytesOfId(device), secret]).toString('base64url');

/** null for whatever we cannot have made. */
export function parseSessionToken(text: string): SessionToken | null {
  if (!tokenPattern.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== tokenBytes) return null;
  const person = personIdSchema.safeParse(idOfBytes(bytes.subarray(0, idBytes)));
  const device = deviceIdSchema.safeParse(idOfBytes(bytes.subarray(idBytes, idBytes * 2)));
  if (!person.success || !device.success) return null;
  return { person: person.data, device: device.data, secret: bytes.subarray(idBytes * 2) };
}

/** Secrets of 256 bits need no slow hash: nobody guesses them. */
export const hashOfSecret = (secret: Buffer): string =>
  createHash('sha256').update(secret).digest('base64url');

export function isSecretOf(hash: string, secret: Buffer): boolean {
  const [held, given] = [Buffer.from(hash), Buffer.from(hashOfSecret(secret))];
  return held.length === given.length && timingSafeEqual(held, given);
}

/**
 * The n-th secret of a session, for whoever has the session key and the session's random nonce. Made and not drawn, so that several requests
 * under way at a rotation, at any gateway, are all given the same next one.
 */
export const secretOf = (key: Uint8Array, nonce: string, rotation: number): Buffer =>
  createHmac('sha256', key).update(`session ${nonce} ${rotation}`).digest();
