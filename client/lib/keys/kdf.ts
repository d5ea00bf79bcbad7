import type { Bytes } from './bytes.ts';

/** What one derivation costs; kept beside each wrap, so that a later build may ask for more. */
export interface KdfCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** Derives 32 bytes from what a person types. Slow on purpose, and away from the page's own thread. */
export interface Kdf {
  derive(text: string, salt: Bytes, cost: KdfCost): Promise<Bytes>;
  /** What a new wrap is made with: so many passes that one derivation takes about half a second on this tablet, never fewer than the floor. */
  costHere(): Promise<KdfCost>;
}

export const memoryKiB = 64 * 1024;
/** RFC 9106 names three passes over 64 MiB as its second choice. */
const fewestPasses = 3;
const mostPasses = 24;
const targetMs = 500;

/** `passMs`: what one pass over the memory took here. */
export const passesFor = (passMs: number): number =>
  Math.min(mostPasses, Math.max(fewestPasses, Math.ceil(targetMs / Math.max(passMs, 1))));
