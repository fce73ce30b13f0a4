/**
 * The arithmetic of Resources: sums, differences, filters, containment, parsing, ranges. It is TypeScript with either
 * engine, so there is one contender; what it is laid beside are the figures of Mesos.
 */
import { parseResources } from '../../src/resources/parse-text.js';
import { addRanges, subtractRanges } from '../../src/resources/ranges.js';
import { type Metric, ns, problem, us } from '../house/problem.js';
import type { Run } from '../house/run.js';
import {
  FOUR_SCALARS,
  manyScalars,
  oddPorts,
  reservedScalars,
  stripes,
  withSharedVolume,
} from './values.js';

/** Operations in one sample of the short ones: beyond what a timer can tell apart. */
const BATCH = 1000;

/** Keeps results, so that nothing is left out as unused. */
let kept: unknown;

/** Times `step` in batches. */
function many(run: Run, metric: string, step: () => unknown): void {
  run.repeat(
    metric,
    () => {
      for (let i = 0; i < BATCH; i++) kept = step();
    },
    { operations: BATCH },
  );
}

function sums(run: Run, roles: number): void {
  const four = FOUR_SCALARS;
  const twice = four.plus(four);
  many(run, 'a + b, 4 scalars', () => twice.plus(four));
  many(run, 'a - b, 4 scalars', () => twice.minus(four));
  const labelled = reservedScalars(roles);
  const total = labelled.plus(reservedScalars(roles));
  run.see('lots', labelled.lots.length);
  run.repeat('a + b, reserved', () => (kept = total.plus(labelled)));
  run.repeat('a - b, reserved', () => (kept = total.minus(labelled)));
  const shared = withSharedVolume();
  const copies = shared.plus(shared).plus(shared);
  many(run, 'a + b, shared volume', () => copies.plus(shared));
  many(run, 'a - b, shared volume', () => copies.minus(shared));
  run.seeResources('three less one shared volume', copies.minus(shared));
}

function filters(run: Run): void {
  const four = FOUR_SCALARS;
  many(run, 'nonRevocable()', () => four.nonRevocable());
  many(run, 'revocable()', () => four.revocable());
  many(run, 'unreserved()', () => four.unreserved());
  many(run, 'reserved(role)', () => four.reserved('role'));
}

function containment(run: Run, ranges: number): void {
  const four = FOUR_SCALARS;
  const two = parseResources('cpus:1;mem:128');
  const same = parseResources('cpus:1;gpus:1;mem:128;disk:256');
  const whole = parseResources(`ports:[1-${2 * ranges}]`);
  const odd = parseResources(oddPorts(ranges));
  const oddAgain = parseResources(oddPorts(ranges));
  many(run, 'contains, 2 of 4 scalars', () => four.contains(two));
  many(run, 'contains, 4 of 2 scalars', () => two.contains(four));
  many(run, 'contains, 4 of 4 scalars', () => four.contains(same));
  run.repeat('contains, ranges in one', () => (kept = whole.contains(odd)));
  many(run, 'contains, one in ranges', () => odd.contains(whole));
  run.repeat('contains, ranges in ranges', () => (kept = odd.contains(oddAgain)));
  const answers = [four.contains(two), two.contains(four), four.contains(same), whole.contains(odd)];
  run.see('contained', [...answers, odd.contains(whole), odd.contains(oddAgain)].join());
}

function rangesAndText(run: Run): void {
  for (const count of [10, 100, 1000]) {
    const a = stripes(count, 1);
    const b = stripes(count, 3);
    run.see(`union of ${count}`, addRanges(a, b).length);
    many(run, `ranges + ranges, ${count}`, () => addRanges(a, b));
    many(run, `ranges - ranges, ${count}`, () => subtractRanges(a, b));
  }
  const text = manyScalars(100);
  run.see('parsed lots', parseResources(text).lots.length);
  run.repeat('parse 100 scalars', () => (kept = parseResources(text)));
}

const OF_RANGES = Object.fromEntries(
  [10, 100, 1000].flatMap((count): [string, Metric][] => [
    [`ranges + ranges, ${count}`, ns(`union of two lists of ${count} ranges that overlap`)],
    [`ranges - ranges, ${count}`, ns(`difference of two lists of ${count} ranges that overlap`)],
  ]),
);

export default problem<{ roles: number; ranges: number }>({
  name: 'resources',
  title: 'Resources: arithmetic, filters, containment, parsing',
  shape:
    "The operands of Mesos' own benchmarks: 4 scalars; 4 scalars reserved for each of 1,000 roles with labels; a " +
    "shared volume; ports in 8,000 ranges; lists of overlapping ranges; a text of 100 scalars.",
  parameters: { roles: 'roles with reservations of four scalars', ranges: 'ranges of ports in containment' },
  metrics: {
    'a + b, 4 scalars': ns('sum with cpus, gpus, mem, disk'),
    'a - b, 4 scalars': ns('difference of the same'),
    'a + b, reserved': us('sum of values with four reserved lots for each role'),
    'a - b, reserved': us('difference of the same'),
    'a + b, shared volume': ns('sum with cpus, mem and a shared volume'),
    'a - b, shared volume': ns('difference of the same'),
    'nonRevocable()': ns('filter of 4 scalars'),
    'revocable()': ns('filter of 4 scalars'),
    'unreserved()': ns('filter of 4 scalars'),
    'reserved(role)': ns('filter of 4 scalars'),
    'contains, 2 of 4 scalars': ns('true'),
    'contains, 4 of 2 scalars': ns('false'),
    'contains, 4 of 4 scalars': ns('true'),
    'contains, ranges in one': us('true: odd ports in one long range'),
    'contains, one in ranges': us('false'),
    'contains, ranges in ranges': us('true: equal ranges'),
    ...OF_RANGES,
    'parse 100 scalars': us('read a text of 100 scalars'),
  },
  scales: {
    tiny: [{ name: 'large', size: { roles: 3, ranges: 5 } }],
    quick: [{ name: 'large', size: { roles: 100, ranges: 1000 } }],
    default: [{ name: 'large', size: { roles: 1000, ranges: 8000 } }],
  },
  contenders: {
    typescript: (run, { roles, ranges }) => {
      sums(run, roles);
      filters(run);
      containment(run, ranges);
      rangesAndText(run);
      run.see('results kept', kept === undefined ? 'none' : 'the last');
    },
  },
});
