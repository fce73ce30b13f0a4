/**
 * Merges results as they arrive. Small ones come with the status, large ones lie in files: those are read one at a
 * time, so that no more than one part is in memory beside the sum. A result that is not what it should be is refused
 * before it touches the sum; an error in the job's own `merge` ends the job, since the sum is then of no use.
 */
import { checkTaskResult } from '../../jobs/job-task.js';
import type { AnyJob } from '../../jobs/job.js';
import { unpackInPlace } from '../../protocol/pack.js';
import type { JobInput, TakeResult } from '../core/job-events.js';
import type { JobServer } from './job-server.js';

export interface MergerOptions {
  readonly job: AnyJob;
  readonly options: never;
  /** Where large results are. */
  readonly server: Pick<JobServer, 'takeResult' | 'dropResult'>;
  readonly now: () => number;
  /** Takes ResultTaken and ResultRefused, and JobStopped if `merge` threw. */
  readonly push: (event: JobInput) => unknown;
}

export interface Merger {
  take(result: TakeResult): void;
  /** The sum so far; undefined if nothing was merged and the job has no `start`. */
  readonly sum: unknown;
  /** Time spent in `merge`, in milliseconds. */
  readonly mergeMs: number;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function createMerger(options: MergerOptions): Merger {
  const { job, server, now, push } = options;
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
      push({ type: 'JobStopped', at: now(), reason: `merge of the job threw: ${textOf(error)}`, byUser: false });
      return;
    }
    mergeMs += performance.now() - startMs;
    push({ type: 'ResultTaken', at: now(), piece, runMs });
  };

  const takeOne = async ({ piece, taskId, data }: TakeResult): Promise<void> => {
    let part: unknown;
    let runMs: number;
    try {
      const result = checkTaskResult(unpackInPlace(data));
      runMs = result.runMs;
      part = result.type === 'inline' ? result.part : unpackInPlace(await server.takeResult(taskId, result.sha256));
    } catch (error) {
      push({ type: 'ResultRefused', at: now(), piece, reason: `result of task ${taskId}: ${textOf(error)}` });
      return;
    } finally {
      server.dropResult(taskId);
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
