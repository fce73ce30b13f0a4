/** Runs a job on inputs in memory, cut in any way, as tasks would: split, run on each piece, merge, finish. */
import type { FinishInfo, InputFile, Job, OptionsOf, OptionTable, RunContext } from '../../src/jobs/job.js';

export interface Cutting {
  /** Where the line of work is cut, ascending, without 0 and the end. */
  readonly cuts: readonly number[];
  /** Bytes that `read` hands out at once. */
  readonly chunkBytes: number;
  /** Changes the order in which parts are merged. */
  readonly order?: (parts: unknown[]) => unknown[];
}

export function inputFiles(texts: readonly Uint8Array[]): InputFile[] {
  return texts.map((text, index) => ({ index, path: `input-${index}`, bytes: text.length, mtimeMs: 0 }));
}

export function contextOver<O>(texts: readonly Uint8Array[], options: O, chunkBytes: number): RunContext<O> {
  const buffer = new Uint8Array(chunkBytes);
  return {
    options,
    cancelled: false,
    progress: () => undefined,
    *read(input, from, to) {
      const text = texts[input]!;
      const end = Math.min(to, text.length);
      for (let at = from; at < end; at += chunkBytes) {
        const length = Math.min(chunkBytes, end - at);
        buffer.set(text.subarray(at, at + length)); // one buffer for all chunks, as a reader may
        yield buffer.subarray(0, length);
      }
    },
  };
}

/** The result of a job over texts with given cuts. */
export function runInMemory<T extends OptionTable, Piece, Part, Sum, Result>(
  job: Job<T, Piece, Part, Sum, Result>,
  texts: readonly Uint8Array[],
  options: OptionsOf<T>,
  { cuts, chunkBytes, order = (parts) => parts }: Cutting,
): { result: Result; info: FinishInfo<OptionsOf<T>> } {
  const inputs = inputFiles(texts);
  const work = job.split(inputs, options);
  const ends = [...cuts.filter((cut) => cut > 0 && cut < work.units), work.units];
  let from = 0;
  const parts: Part[] = [];
  for (const to of ends) {
    if (to > from) parts.push(job.run(work.piece(from, to), contextOver(texts, options, chunkBytes)) as Part);
    from = to;
  }
  let sum = job.start?.(options);
  for (const part of order(parts) as Part[]) sum = sum === undefined ? (part as unknown as Sum) : job.merge(sum, part);
  const info = { options, inputs, units: work.units, tasks: parts.length, seconds: 1 };
  const result = job.finish === undefined ? (sum as unknown as Result) : job.finish(sum, info);
  return { result, info };
}
