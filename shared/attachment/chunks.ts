import { chunkBytes, wholeUpToBytes } from './limits.ts';

/** How many documents a sealed file of so many bytes travels in; at least one. */
export const chunkCount = (sizeBytes: number): number =>
  sizeBytes <= wholeUpToBytes ? 1 : Math.ceil(sizeBytes / chunkBytes);

export interface ChunkRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Which bytes of the sealed file are in its chunk `index`; null where there is no such chunk. */
export function chunkRange(sizeBytes: number, index: number): ChunkRange | null {
  const count = chunkCount(sizeBytes);
  if (!Number.isInteger(index) || index < 0 || index >= count || sizeBytes < 1) return null;
  if (count === 1) return { start: 0, end: sizeBytes };
  const start = index * chunkBytes;
  return { start, end: Math.min(start + chunkBytes, sizeBytes) };
}
