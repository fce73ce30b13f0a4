/** A problem and records to test the bench house with: nothing is measured here. */
import type { Measurement, Outcome } from '../../bench/house/play.js';
import { ms, problem, type ContenderName, type Problem } from '../../bench/house/problem.js';
import type { BenchRecord, RunRecord } from '../../bench/house/record.js';
import { summarize } from '../../bench/house/statistics.js';

export const toy: Problem = problem<{ things: number }>({
  name: 'toy',
  title: 'Toy: counts <things>',
  shape: 'Counts things.',
  parameters: { things: 'how many' },
  metrics: { count: ms('count them'), again: ms('count them again') },
  scales: {
    tiny: [{ name: 'large', size: { things: 1 } }],
    quick: [{ name: 'small', size: { things: 2 } }, { name: 'large', size: { things: 20 }, contenders: ['native'] }],
    default: [{ name: 'large', size: { things: 1000 } }],
  },
  contenders: {
    typescript: (run, { things }) => {
      run.once('count', () => things);
      run.see('things', things);
    },
    objects: (run, { things }) => {
      run.once('count', () => things);
      run.see('things', things);
    },
  },
});

export function measured(metric: string, samples: readonly number[]): Measurement {
  return { metric, by: 'hand', ...summarize(samples), samples };
}

export function outcomeOf(count: number, things: string): Outcome {
  return {
    measurements: [measured('count', [count])],
    results: [{ label: 'things', value: things }],
    counters: { cycles: 1, visits: 10, clientChecks: 20, grants: 3, sorts: 4 },
    warnings: [],
    startRssMb: 40,
    peakRssMb: 50,
  };
}

export function runOf(contender: ContenderName, name: string, samples: readonly number[]): RunRecord {
  const { counters, startRssMb, peakRssMb, warnings } = outcomeOf(1, '');
  const measurements = [measured('count', samples)];
  const place = { problem: 'toy', case: name, size: { things: 2 }, contender, engine: 'typescript' as const };
  return { ...place, measurements, counters, startRssMb, peakRssMb, warnings };
}

export function recordOf(runs: readonly RunRecord[]): BenchRecord {
  const calibration = { sort500kMs: 50, reads2500kMs: 100, dependentReads250kMs: 10 };
  return {
    schema: 1,
    version: '0.1.0',
    commit: 'abc',
    node: 'v20.0.0',
    at: '2026-01-01T00:00:00.000Z',
    scale: 'quick',
    machine: { cpu: 'a cpu', cpus: 2, memoryMb: 1000, system: 'linux' },
    calibration: { before: calibration, after: calibration },
    runs,
    absent: [{ contender: 'native', reason: 'no compiler' }],
    failures: [],
    verdicts: [{ problem: 'toy', budget: 'twins', ratio: 0.5, range: [0, 1], kept: true }],
  };
}
