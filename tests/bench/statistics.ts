/** The value below which this share (0 to 1) of the samples lies; nearest rank, so always a value that was measured. NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** How far the runs lie apart: (largest − smallest) / median. */
export const spread = (samples: readonly number[]): number =>
  (Math.max(...samples) - Math.min(...samples)) / median(samples);
