/**
 * Jobs as users write them, as texts: tests put them into a directory of their own, far from this project and its
 * packages. The misbehaving ones do in `run` what no task should.
 */

/** Lines by their length in characters: `length count`. Needs types and the helpers of `mete`. */
export const LINE_LENGTHS_TS = `
import { byteWork, defineJob, linesOf, rangesOf, type BytePiece, type RunContext } from 'mete';

const OPTIONS = { least: { type: 'integer', default: 0, min: 0, about: 'shorter lines do not count' } } as const;
type Lengths = Map<number, number>;

function run(piece: BytePiece, context: RunContext<{ readonly least: number }>): Lengths {
  const lengths: Lengths = new Map();
  for (const range of rangesOf(piece)) {
    for (const line of linesOf(context, range)) {
      if (line.length >= context.options.least) lengths.set(line.length, (lengths.get(line.length) ?? 0) + 1);
    }
  }
  return lengths;
}

export default defineJob({
  name: 'line-lengths',
  needs: { cpus: 0.5, memMb: 64 },
  takesInput: true,
  options: OPTIONS,
  split: (inputs) => byteWork(inputs, { maxUnits: 100_000 }),
  run,
  merge: (sum: Lengths, part: Lengths) => {
    for (const [length, count] of part) sum.set(length, (sum.get(length) ?? 0) + count);
    return sum;
  },
  format: (lengths) => [...lengths].sort(([a], [b]) => a - b).map(([length, count]) => length + ' ' + count + '\\n'),
});
`;

/** Squares of numbers, summed; plain JavaScript with a module beside it, and a promise. */
export const SQUARES_JS = `
import { square } from './square.js';

export default {
  name: 'squares',
  needs: { cpus: 0.25, memMb: 32 },
  options: { numbers: { type: 'integer', default: 10, about: 'numbers to square' } },
  split: (inputs, { numbers }) => ({ units: numbers, unit: 'numbers', maxUnits: 7, piece: (from, to) => [from, to] }),
  run: async ([from, to]) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    let sum = 0;
    for (let n = from; n < to; n++) sum += square(n);
    return sum;
  },
  start: () => 0,
  merge: (sum, part) => sum + part,
};
`;
export const SQUARE_JS = 'export const square = (n) => n * n;\n';

/** A job whose one task does what \`body\` says. */
export function misbehaving(body: string, memMb = 64): string {
  return `export default {
  name: 'misbehaving',
  needs: { cpus: 0.5, memMb: ${memMb} },
  split: () => ({ units: 1, unit: 'items', piece: () => 0 }),
  run: () => { ${body} },
  merge: (sum) => sum,
};
`;
}
