/**
 * The stopwatch of one play. Steps that change the state are timed by hand, one sample each: the garbage of the
 * setup is collected before the clock starts, never while it runs. Steps that can be repeated are timed by
 * tinybench, whose warnings are kept. What is shown with `see` goes into the results that contenders are compared
 * by, untimed.
 */
import { Bench } from 'tinybench';
import type { EngineCounters } from '../../src/allocator/engine/engine.js';
import type { Offer } from '../../src/allocator/model.js';
import type { Resources } from '../../src/resources/resources.js';
import { Digest } from './digest.js';
import { summarize } from './statistics.js';

/** Enough for any percentile; more would show in the memory that is measured. */
const MOST_SAMPLES = 20_000;
const TRIALS = 9;

/** Durations of one step. */
export interface Timing {
  /** Milliseconds, in the order they were taken. */
  readonly samples: number[];
  readonly by: 'hand' | 'tinybench';
}

/** One result of a play: what it is, and a text or the digest of one. */
export interface Result {
  readonly label: string;
  readonly value: string;
}

/** How long tinybench repeats a step. */
export interface Patience {
  readonly timeMs: number;
  readonly iterations: number;
}

export interface RepeatOptions {
  /** How many operations one call of the step does; samples are of one. */
  readonly operations?: number;
  /** Puts the state right before each call, untimed. */
  readonly before?: () => void;
}

export class Run {
  readonly timings = new Map<string, Timing>();
  readonly warnings: string[] = [];
  results: Result[] = [];
  counters: EngineCounters | null = null;
  private readonly digest = new Digest();

  constructor(private readonly patience: Patience) {}

  /** Times one call by hand; `operations` as in `RepeatOptions`. Returns what the step returns. */
  once<T>(metric: string, step: () => T, operations = 1): T {
    collectGarbage();
    const startMs = performance.now();
    const result = step();
    const endMs = performance.now();
    this.record(metric, 'hand', [(endMs - startMs) / operations]);
    return result;
  }

  /** Counts the latest sample of `of` under another metric too. */
  also(metric: string, of: string): void {
    const { samples, by } = this.timings.get(of)!;
    this.record(metric, by, samples.slice(-1));
  }

  /** The latest sample of a metric, in milliseconds. */
  last(metric: string): number {
    return this.timings.get(metric)?.samples.at(-1) ?? NaN;
  }

  /** Counts a duration that the problem summed up itself. */
  note(metric: string, durationMs: number): void {
    this.record(metric, 'hand', [durationMs]);
  }

  /** Times a step that can be called again and again. */
  repeat(metric: string, step: () => unknown, options: RepeatOptions = {}): void {
    const { timeMs, iterations } = this.patience;
    const { before, operations = 1 } = options;
    const bench = new Bench({
      time: Math.min(timeMs, MOST_SAMPLES * typicalMs(step, before)),
      iterations,
      warmupTime: timeMs / 4,
      warmupIterations: Math.ceil(iterations / 4),
      retainSamples: true,
      throws: true,
    });
    bench.addEventListener('warning', (event) => {
      this.warnings.push(`${metric}: tinybench finds the timer too coarse (${event.reason ?? 'no reason given'})`);
    });
    bench.add(metric, step, { async: false, ...(before === undefined ? {} : { beforeEach: before }) });
    collectGarbage();
    bench.runSync();
    const result = bench.tasks[0]!.result;
    if (!('latency' in result)) throw new Error(`${metric}: tinybench gave no result (${result.state})`);
    this.record(metric, 'tinybench', (result.latency.samples ?? []).map((sample) => sample / operations));
  }

  private record(metric: string, by: Timing['by'], samples: readonly number[]): void {
    const timing = this.timings.get(metric);
    if (timing === undefined) this.timings.set(metric, { samples: [...samples], by });
    else for (const sample of samples) timing.samples.push(sample);
  }

  /** Shows a result. Contenders must show the same under the same labels in the same order. */
  see(label: string, value: string | number): void {
    this.results.push({ label, value: String(value) });
  }

  /** Shows offers: framework, role, agent and resources of each, in order. */
  seeOffers(label: string, offers: readonly Offer[]): void {
    this.see(label, `${offers.length} offers, ${this.digest.ofOffers(offers)}`);
  }

  seeResources(label: string, resources: Resources): void {
    this.see(label, this.digest.ofResources(resources));
  }

  /** Shows names in order. */
  seeNames(label: string, names: readonly string[]): void {
    this.see(label, `${names.length} names, ${this.digest.ofTexts(names)}`);
  }

  /** Shows what the engine did. */
  work(counters: EngineCounters): void {
    this.counters = counters;
  }
}

/** About how long a call takes, by a few of them. */
function typicalMs(step: () => unknown, before: (() => void) | undefined): number {
  const samples = Array.from({ length: TRIALS }, () => {
    before?.();
    const startMs = performance.now();
    step();
    return performance.now() - startMs;
  });
  return summarize(samples).median;
}

function collectGarbage(): void {
  void globalThis.gc?.();
}
