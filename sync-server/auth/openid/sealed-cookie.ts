import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';

const nonceBytes = 12;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';

/** A small value that a browser keeps for us and can neither read nor change. null for whatever is not ours, of another purpose, or over. */
export interface SealedCookie<T> {
  seal(value: T, endsAt: Instant): string;
  open(text: string, at: Instant): T | null;
}

export function createSealedCookie<S extends z.ZodType>(
  secret: Uint8Array,
  purpose: string,
  schema: S,
): SealedCookie<z.infer<S>> {
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `cookie ${purpose}`, 32));
  const sealed = z.object({ endsAt: instantSchema, value: z.unknown() });
  return {
    seal(value, endsAt) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce);
      const text = Buffer.concat([cipher.update(JSON.stringify({ endsAt, value }), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(text, at) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length <= nonceBytes + tagBytes) return null;
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        const plain = Buffer.concat([
          decipher.update(bytes.subarray(nonceBytes + tagBytes)),
          decipher.final(),
        ]);
        const held = sealed.safeParse(JSON.parse(plain.toString('utf8')));
        const value = schema.safeParse(held.data?.value);
        return held.success && value.success && at < held.data.endsAt ? value.data : null;
      } catch {
        // Not sealed by us, or changed: the cipher says so by throwing.
        return null;
      }
    },
  };
}
