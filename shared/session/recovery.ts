import { z } from 'zod';

/**
 * Answer to `POST /api/recovery`: the server's half of what opens this person's records on this device. Alone it opens nothing; the
 * other half lies on the tablet.
 */
export const recoverySchema = z.object({
  /** 32 random bytes, base64url. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
