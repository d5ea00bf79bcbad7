import { instant } from '#shared/lib/instant.ts';

export interface Size {
  readonly consults: number;
  readonly due: number;
  readonly windowMs: number;
}

export const windowStartsAt = instant('2026-11-22T12:00:00.000Z');

export const pause = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs));

/** Until it counts as many as wanted, at most for so long. */
export async function untilAll(count: () => Promise<number>, wanted: number, mostMs: number): Promise<void> {
  const begun = performance.now();
  while ((await count()) < wanted && performance.now() - begun < mostMs) await pause(500);
}
