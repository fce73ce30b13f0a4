/**
 * Budgets: ranges that ratios have to keep, from budget.json beside a scenario. A ratio is one figure by another:
 * twin by twin, incremental by naive, a large cluster by a small one. Best times are compared, since noise only ever
 * adds. Absolute times are never checked: they say more about the machine than about the code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dataOf } from './data.js';
import type { ContenderName, Problem, Scale } from './problem.js';
import type { RunRecord, Verdict } from './record.js';

/** One figure: a step's best time, a work counter, or peak memory. */
export interface Figure {
  readonly contender: ContenderName;
  readonly case: string;
  /** The name of a step, of a counter as `counters.visits`, or `peakRssMb`. */
  readonly figure: string;
}

export interface Budget {
  readonly name: string;
  readonly of: Figure;
  /** What is not said is as in `of`. */
  readonly by: Partial<Figure>;
  readonly range: Readonly<Partial<Record<Scale, readonly [low: number, high: number]>>>;
  /** Measurements that the range rests on. */
  readonly runs: number;
  readonly reason: string;
}

export function readBudgets(problem: Problem): readonly Budget[] {
  const path = dataOf(problem, 'budget.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Budget[]) : [];
}

function valueOf(runs: readonly RunRecord[], problem: string, figure: Figure): number | null {
  const run = runs.find((one) => {
    return one.problem === problem && one.case === figure.case && one.contender === figure.contender;
  });
  if (run === undefined) return null;
  if (figure.figure === 'peakRssMb') return run.peakRssMb;
  if (figure.figure.startsWith('counters.')) {
    const counters = run.counters as Readonly<Record<string, number>> | null;
    return counters?.[figure.figure.slice('counters.'.length)] ?? null;
  }
  return run.measurements.find((one) => one.metric === figure.figure)?.min ?? null;
}

/** Checks a problem's budgets on what was run. A budget without a range for the scale is left out. */
export function checkBudgets(
  problem: string,
  budgets: readonly Budget[],
  runs: readonly RunRecord[],
  scale: Scale,
): Verdict[] {
  return budgets.flatMap(({ name, of, by, range }) => {
    const bounds = range[scale];
    if (bounds === undefined) return [];
    const over = valueOf(runs, problem, of);
    const under = valueOf(runs, problem, { ...of, ...by });
    const ratio = over === null || under === null || under === 0 ? null : over / under;
    const kept = ratio === null || (ratio >= bounds[0] && ratio <= bounds[1]);
    return [{ problem, budget: name, ratio, range: bounds, kept }];
  });
}
