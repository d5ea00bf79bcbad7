import { redeemLinkRequestSchema } from '#shared/session/protocol.ts';

/** The one-time token of a link, which stands behind its `#`; null when there is none or part of it is missing. */
export function tokenOfHash(hash: string): string | null {
  const parsed = redeemLinkRequestSchema.shape.token
    .regex(/^[\w-]+$/)
    .safeParse(hash.replace(/^#/, '').trim());
  return parsed.success ? parsed.data : null;
}
