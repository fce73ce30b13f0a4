/** How long something took, the latest thousand times: count, extremes, percentiles, named as Mesos' timers are. */

const KEPT = 1_000;

const PERCENTILES: readonly (readonly [name: string, share: number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
  ['p9999', 0.9999],
];

export interface Durations {
  add(ms: number): void;
  /** `NAME` is the latest; the others are `NAME/count`, `/min`, `/max`, `/p50` …; nothing before the first. */
  metrics(name: string): Record<string, number>;
}

export function createDurations(): Durations {
  const kept: number[] = [];
  let next = 0;
  let latest = 0;
  return {
    add(ms) {
      latest = ms;
      kept[next] = ms;
      next = (next + 1) % KEPT;
    },
    metrics(name) {
      if (kept.length === 0) return {};
      const sorted = Float64Array.from(kept).sort();
      const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
      const shares = PERCENTILES.map(([percentile, share]) => [`${name}/${percentile}`, at(share)]);
      const extremes = { [`${name}/count`]: sorted.length, [`${name}/min`]: sorted[0]!, [`${name}/max`]: at(1) };
      return { [name]: latest, ...extremes, ...(Object.fromEntries(shares) as Record<string, number>) };
    },
  };
}
