/** The table of one case: a row for each step, a cell for each contender. Terminal and report show the same. */
import { mesosFigure } from './mesos.js';
import type { Metric, Problem } from './problem.js';
import type { RunRecord } from './record.js';

export interface Cell {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly count: number;
  readonly by: 'hand' | 'tinybench';
  /** By the best median of the row. */
  readonly ratio: number;
}

export interface Row {
  readonly name: string;
  readonly metric: Metric;
  /** In the order of the runs; null where a contender has no such step. */
  readonly cells: readonly (Cell | null)[];
  readonly bestMs: number;
  readonly mesos: { readonly ms: number; readonly note: string } | null;
}

export function rowsOf(problem: Problem, runs: readonly RunRecord[]): Row[] {
  const size = runs[0]?.size ?? {};
  return Object.entries(problem.metrics).flatMap(([name, metric]) => {
    const found = runs.map((run) => run.measurements.find((one) => one.metric === name) ?? null);
    const medians = found.flatMap((one) => (one === null ? [] : [one.median]));
    if (medians.length === 0) return [];
    const bestMs = Math.min(...medians);
    const cells = found.map((one) => {
      if (one === null) return null;
      return { medianMs: one.median, p99Ms: one.p99, count: one.count, by: one.by, ratio: one.median / bestMs };
    });
    return [{ name, metric, cells, bestMs, mesos: mesosFigure(problem, size, name) }];
  });
}
