/**
 * The child's side: plays one case with one contender and says what came out. Each play of a case must show the same
 * results; a contender that does not is not deterministic, and that is an error.
 */
import type { EngineCounters } from '../../src/allocator/engine/engine.js';
import type { ContenderName, Problem, Scale, Size } from './problem.js';
import { type Patience, type Result, Run } from './run.js';
import { type Summary, summarize, thinned } from './statistics.js';

/** One step's durations, in milliseconds. */
export interface Measurement extends Summary {
  readonly metric: string;
  readonly by: 'hand' | 'tinybench';
  /** All, in order; or evenly chosen quantiles if there were more than `SAMPLES_KEPT`. */
  readonly samples: readonly number[];
}

/** What a child sends back. */
export interface Outcome {
  readonly measurements: readonly Measurement[];
  readonly results: readonly Result[];
  readonly counters: EngineCounters | null;
  readonly warnings: readonly string[];
  /** Megabytes of the whole process: before the first play, and at most. */
  readonly startRssMb: number;
  readonly peakRssMb: number;
}

export const SAMPLES_KEPT = 200;

const PATIENCE: Readonly<Record<Scale, Patience>> = {
  tiny: { timeMs: 1, iterations: 2 },
  quick: { timeMs: 40, iterations: 8 },
  default: { timeMs: 500, iterations: 32 },
};

/** Plays a case `repeats` times from nothing. Rejects if the problem has no such contender or the results differ. */
export async function playCase(
  problem: Problem,
  size: Size,
  contender: ContenderName,
  scale: Scale,
  repeats: number,
): Promise<Outcome> {
  const play = problem.contenders[contender];
  if (play === undefined) throw new Error(`${problem.name} has no contender ${contender}`);
  const startRssMb = process.memoryUsage.rss() / 2 ** 20;
  const run = new Run(PATIENCE[scale]);
  let first: Result[] | null = null;
  for (let i = 0; i < repeats; i++) {
    run.results = [];
    await play(run, size);
    first ??= run.results;
    const difference = firstDifference(first, run.results);
    if (difference !== null) throw new Error(`play ${i + 1} gave other results than the first: ${difference}`);
  }
  const measurements = [...run.timings].map(([metric, { samples, by }]) => {
    return { metric, by, ...summarize(samples), samples: thinned(samples, SAMPLES_KEPT) };
  });
  return {
    measurements,
    results: first ?? [],
    counters: run.counters,
    warnings: run.warnings,
    startRssMb,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** Where two lists of results differ first, in words; null if they do not. */
export function firstDifference(a: readonly Result[], b: readonly Result[]): string | null {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a[i];
    const right = b[i];
    if (left?.label === right?.label && left?.value === right?.value) continue;
    return `result ${i + 1} is ${show(left)} here and ${show(right)} there`;
  }
  return null;
}

function show(result: Result | undefined): string {
  return result === undefined ? 'missing' : `"${result.label}: ${result.value}"`;
}
