/**
 * Work on files as one line of bytes: the inputs stand one after the other, and a piece is a list of byte ranges. What
 * belongs to which range is up to the job (word count: a word belongs to the range in which it starts).
 */
import type { InputFile, Work } from './job.js';

/** Ranges as a flat list of threes: index of the input, first byte, end (excluded). */
export interface BytePiece {
  readonly ranges: readonly number[];
}

export interface ByteRange {
  readonly input: number;
  readonly from: number;
  readonly to: number;
}

/** All bytes of all inputs. Cuts are free; `more` can add `maxUnits`, `unitsPerSecond` and the like. */
export function byteWork(inputs: readonly InputFile[], more: Partial<Work<BytePiece>> = {}): Work<BytePiece> {
  const starts = new Float64Array(inputs.length + 1);
  inputs.forEach((input, i) => (starts[i + 1] = starts[i]! + input.bytes));
  return {
    units: starts[inputs.length]!,
    unit: 'bytes',
    piece: (from, to) => cut(inputs, starts, from, to),
    inputsOf: inputsOfPiece,
    ...more,
  };
}

/** The ranges of a piece. */
export function rangesOf(piece: BytePiece): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (let i = 0; i < piece.ranges.length; i += 3) {
    ranges.push({ input: piece.ranges[i]!, from: piece.ranges[i + 1]!, to: piece.ranges[i + 2]! });
  }
  return ranges;
}

function cut(inputs: readonly InputFile[], starts: Float64Array, from: number, to: number): BytePiece {
  const ranges: number[] = [];
  for (let i = inputAt(starts, from); i < inputs.length && starts[i]! < to; i++) {
    const start = starts[i]!;
    const first = Math.max(from, start) - start;
    const end = Math.min(to, starts[i + 1]!) - start;
    if (first < end) ranges.push(inputs[i]!.index, first, end);
  }
  return { ranges };
}

/** The last input that starts at or before a byte of the line. */
function inputAt(starts: Float64Array, at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function inputsOfPiece(piece: BytePiece): number[] {
  const seen = new Set<number>();
  for (let i = 0; i < piece.ranges.length; i += 3) seen.add(piece.ranges[i]!);
  return [...seen];
}
