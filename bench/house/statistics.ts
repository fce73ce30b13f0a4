/** Medians and percentiles of samples. */

/** The value that a share (0 to 1) of the sorted samples does not exceed, between neighbours by proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return NaN;
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return { count: sorted.length, min: sorted[0] ?? NaN, median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** At most `most` samples: all of them in order, or evenly chosen quantiles when there are more. */
export function thinned(samples: readonly number[], most: number): number[] {
  if (samples.length <= most) return [...samples];
  const sorted = [...samples].sort((a, b) => a - b);
  return Array.from({ length: most }, (_, i) => quantile(sorted, i / (most - 1)));
}
