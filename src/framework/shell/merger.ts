/**
 * Merges results as they arrive. Small ones come with the status, large ones lie in files: those are read one at a
 * time, so that no more than one part is in memory beside the sum. A result that is not what it should be is refused
 * before it touches the sum; an error in the job's own `merge` ends the job, since the sum is then of no use.
 */
import { checkTaskResult } from '../../jobs/job-task.js';
import type { AnyJob } from '../../jobs/job.js';
import type { TakeResult } from '../core/job-events.js';
import { unpack } from './pack.js';

export interface MergerOptions {
  readonly job: AnyJob;
  readonly options: never;
  /** Takes a large result; rejects if it is not there or not the announced one. */
  readonly takeStored: (taskId: string, sha256: string) => Promise<Uint8Array>;
  readonly dropStored: (taskId: string) => void;
  readonly onTaken: (piece: number, runMs: number) => void;
  readonly onRefused: (piece: number, reason: string) => void;
  /** `merge` threw. */
  readonly onDefect: (error: unknown) => void;
}

export interface Merger {
  take(result: TakeResult): void;
  /** The sum so far; undefined if nothing was merged and the job has no `start`. */
  readonly sum: unknown;
  /** Time spent in `merge`, in milliseconds. */
  readonly mergeMs: number;
}

export function createMerger(options: MergerOptions): Merger {
  const { job } = options;
  const waiting: TakeResult[] = [];
  let sum: unknown = job.start?.(options.options);
  let mergeMs = 0;
  let busy = false;
  let broken = false;

  const merge = (piece: number, part: unknown, runMs: number): void => {
    const startMs = performance.now();
    try {
      sum = sum === undefined ? part : job.merge(sum, part);
    } catch (error) {
      broken = true;
      options.onDefect(error);
      return;
    }
    mergeMs += performance.now() - startMs;
    options.onTaken(piece, runMs);
  };

  const takeOne = async ({ piece, taskId, data }: TakeResult): Promise<void> => {
    let part: unknown;
    let runMs: number;
    try {
      const result = checkTaskResult(unpack(data));
      runMs = result.runMs;
      part = result.type === 'inline' ? result.part : unpack(await options.takeStored(taskId, result.sha256));
    } catch (error) {
      options.onRefused(piece, `result of task ${taskId}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    } finally {
      options.dropStored(taskId);
    }
    if (!broken) merge(piece, part, runMs);
  };

  const takeAll = async (): Promise<void> => {
    busy = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await takeOne(next);
    busy = false;
  };

  return {
    take: (result) => {
      waiting.push(result);
      if (!busy) void takeAll();
    },
    get sum() {
      return sum;
    },
    get mergeMs() {
      return mergeMs;
    },
  };
}
