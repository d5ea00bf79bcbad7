import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { Stamps } from '#shared/event/envelope.ts';

/** What the server adds to an event, but the seal itself. */
export type SealedStamps = Pick<Stamps, 'n' | 'receivedAt' | 'via'>;

/** Proves that an event was accepted here: an HMAC under a key that never lies in the store. */
export interface Sealer {
  /** `canonicalBytes`: the event without its stamps, from `canonicalEvent`. */
  seal(canonicalBytes: string, stamps: SealedStamps): string;
  verify(canonicalBytes: string, stamps: SealedStamps, seal: string): boolean;
}

const version = 'v1';

export function createSealer(key: Uint8Array): Sealer {
  const digest = (canonicalBytes: string, stamps: SealedStamps): Buffer => {
    const { n, receivedAt, via } = stamps;
    // The length in front keeps event and stamps apart, whatever either holds.
    return createHmac('sha256', key)
      .update(`${version}\n${String(Buffer.byteLength(canonicalBytes))}\n`)
      .update(canonicalBytes)
      .update(canonicalJson({ n, receivedAt, via }))
      .digest();
  };
  return {
    seal: (canonicalBytes, stamps) => `${version}.${digest(canonicalBytes, stamps).toString('base64url')}`,
    verify(canonicalBytes, stamps, seal) {
      const [sealVersion, text, ...rest] = seal.split('.');
      if (sealVersion !== version || text === undefined || rest.length > 0) return false;
      const given = Buffer.from(text, 'base64url');
      const right = digest(canonicalBytes, stamps);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
