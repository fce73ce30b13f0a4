/**
 * π by throwing points at a square: the part that lands in its inscribed circle is π/4. Points are numbered; point n of
 * a seed is always the same point, so the result depends on the seed and the number of points and not on how they
 * were cut into tasks. Points come in blocks of 16,384; each block has a pair of generators of its own (Chris
 * Doty-Humphrey's sfc32, one for each coordinate), started from a hash of the seed and the number of the block.
 */
import { mix32 } from '../base/mix32.js';
import { defineJob, type RunContext } from './job.js';

/** Points of one pair of generators. */
const BLOCK_POINTS = 16_384;
/** Between two looks at `cancelled`. */
const STRETCH_POINTS = 4_194_304;
/** Rounds of a generator before its first number, so that near seeds have nothing in common. */
const WARM_UP_ROUNDS = 12;

interface Points {
  readonly from: number;
  readonly to: number;
}

interface Count {
  readonly inside: number;
  readonly points: number;
}

export interface PiResult {
  readonly estimate: number;
  readonly standardError: number;
  readonly points: number;
  /** Points that landed in the circle. */
  readonly inside: number;
  readonly tasks: number;
  readonly pointsPerSecond: number;
}

const OPTIONS = {
  tasks: { type: 'integer', default: 20, min: 1, max: 1_000_000, about: 'tasks' },
  points: { type: 'integer', default: 2_000_000, min: 1, max: 1_000_000_000_000, about: 'points of one task' },
  seed: { type: 'integer', default: 1, min: 0, max: 0xffff_ffff, about: 'the same seed gives the same points' },
} as const;

/** How many of the points from number `from` to `to` (excluded) of a seed are in the circle. */
export function countInside(seed: number, from: number, to: number): number {
  let inside = 0;
  let at = from;
  while (at < to) {
    const block = Math.floor(at / BLOCK_POINTS);
    const skip = at - block * BLOCK_POINTS;
    const count = Math.min(to - at, BLOCK_POINTS - skip);
    inside += countBlock(seed, block, skip, count);
    at += count;
  }
  return inside;
}

/**
 * The inner loop: two generators advance side by side, which lets the processor overlap them, and whether a point is
 * outside is computed without a branch, since that branch could not be predicted: ⌊distance² / radius²⌋ is 0 or 1.
 * Coordinates are 32-bit integers from -2^31, so 1 / radius² is 2^-62. It stands in the loop as it is: bundlers make
 * variables of a module's constants, and V8 would look at one for each point, which costs a fifth of the speed.
 */
function countBlock(seed: number, block: number, skip: number, count: number): number {
  let a = mix32(seed ^ mix32(Math.floor(block / 0x1_0000_0000) ^ 0x9e37_79b9)) | 0;
  let b = mix32(a + block) | 0;
  let c = mix32(b ^ seed) | 0;
  let e = mix32(c + 0x85eb_ca6b) | 0;
  let f = mix32(e ^ block) | 0;
  let g = mix32(f + seed) | 0;
  let counter = 1;
  let outside = 0;
  for (let i = -WARM_UP_ROUNDS - skip; i < count; i++) {
    const x = (((a + b) | 0) + counter) | 0;
    const y = (((e + f) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + x) | 0;
    e = f ^ (f >>> 9);
    f = (g + (g << 3)) | 0;
    g = (((g << 21) | (g >>> 11)) + y) | 0;
    if (i >= 0) outside += Math.floor((x * x + y * y) * 2 ** -62);
  }
  return count - outside;
}

function run(points: Points, context: RunContext<{ readonly seed: number }>): Count {
  let inside = 0;
  for (let at = points.from; at < points.to && !context.cancelled; at += STRETCH_POINTS) {
    const end = Math.min(at + STRETCH_POINTS, points.to);
    inside += countInside(context.options.seed, at, end);
    context.progress(end - points.from);
  }
  return { inside, points: points.to - points.from };
}

const pi = defineJob({
  name: 'pi',
  about: 'π by throwing points at a circle, with its standard error',
  needs: { cpus: 1, memMb: 32 },
  options: OPTIONS,
  split: (_inputs, { tasks, points }) => ({
    units: tasks * points,
    unit: 'points',
    stepUnits: points,
    exact: true,
    unitsPerSecond: 200e6,
    piece: (from: number, to: number): Points => ({ from, to }),
  }),
  run,
  start: (): Count => ({ inside: 0, points: 0 }),
  merge: (sum, part: Count) => ({ inside: sum.inside + part.inside, points: sum.points + part.points }),
  finish: (sum, { tasks, seconds }): PiResult => {
    const { inside, points } = sum ?? { inside: 0, points: 0 };
    const share = inside / points;
    return {
      estimate: 4 * share,
      standardError: 4 * Math.sqrt((share * (1 - share)) / points),
      points,
      inside,
      tasks,
      pointsPerSecond: seconds > 0 ? points / seconds : 0,
    };
  },
  format: ({ estimate, standardError, points, tasks, pointsPerSecond }) =>
    `π ≈ ${estimate.toFixed(7)} ± ${standardError.toFixed(7)} ` +
    `(${points} points in ${tasks} tasks, ${Math.round(pointsPerSecond / 1e6)} million points/s)\n`,
});

export default pi;
