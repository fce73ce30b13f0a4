/** Figures of Apache Mesos for the same shapes, from mesos.json beside a scenario, and where they come from. */
import { existsSync, readFileSync } from 'node:fs';
import { dataOf } from './data.js';
import type { Problem, Size } from './problem.js';

export const MESOS_SOURCE =
  'Mesos: Apache Mesos c1b42f79 (2024-08-23, after 1.11), its own benchmarks built with g++ 12.2 -O3, on 2 vCPUs of ' +
  'an AMD EPYC (KVM, Debian 12); minimum wall time of its runs unless said otherwise. Its cycles run through its own ' +
  'actor queue, so laying them beside ours compares what users wait for, not algorithms alone.';

interface Figure {
  /** Parameters that must have these values. */
  readonly when: Size;
  /** Milliseconds by metric. */
  readonly ms: Readonly<Record<string, number>>;
  readonly peakRssMb?: number;
  readonly note?: string;
}

export type MesosFigures = readonly Figure[];

const known = new Map<string, MesosFigures>();

export function figuresOf(problem: Problem): MesosFigures {
  let figures = known.get(problem.name);
  if (figures === undefined) {
    const path = dataOf(problem, 'mesos.json');
    figures = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as MesosFigures) : [];
    known.set(problem.name, figures);
  }
  return figures;
}

function figuresAt(problem: Problem, size: Size): MesosFigures {
  return figuresOf(problem).filter(({ when }) => Object.entries(when).every(([name, value]) => size[name] === value));
}

/** Mesos' figure for a step at a size: milliseconds and a note; null if it has none. */
export function mesosFigure(problem: Problem, size: Size, metric: string): { ms: number; note: string } | null {
  for (const { ms, note = '' } of figuresAt(problem, size)) {
    const figure = ms[metric];
    if (figure !== undefined) return { ms: figure, note };
  }
  return null;
}

/** Mesos' peak memory in megabytes, with its benchmark's own copies; null if it was not measured. */
export function mesosPeakRssMb(problem: Problem, size: Size): number | null {
  return figuresAt(problem, size).find((figure) => figure.peakRssMb !== undefined)?.peakRssMb ?? null;
}
