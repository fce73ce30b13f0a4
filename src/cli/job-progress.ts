/**
 * Progress of jobs that run at once: bars that are redrawn on a terminal; in a pipe a plain line for each job at the
 * start of every further tenth. Goes to standard error, so that results can be piped on.
 */
import type { JobProgress } from '../framework/core/job-state.js';
import { createLive } from './live.js';
import type { Surroundings } from './surroundings.js';

export interface JobProgressDisplay {
  update(job: string, progress: JobProgress): void;
  /** A line that stays. */
  say(line: string): void;
  close(): void;
}

const BAR_CELLS = 28;

function bar(fraction: number): string {
  const full = Math.floor(fraction * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

function describe(progress: JobProgress): string {
  if (progress.doneUnits >= progress.totalUnits) return `${progress.finishedTasks} tasks done`;
  if (!progress.subscribed) return progress.hindrance === '' ? 'waiting for a master' : progress.hindrance;
  const parts = [`${progress.finishedTasks} tasks done`, `${progress.runningTasks} running`];
  if (progress.agents > 0) parts.push(`on ${progress.agents} agent${progress.agents === 1 ? '' : 's'}`);
  const again = progress.failedTasks + progress.lostTasks;
  if (again > 0) parts.push(`${again} run again`);
  return parts.join(', ');
}

function fractionOf({ doneUnits, totalUnits }: JobProgress): number {
  return totalUnits === 0 ? 1 : Math.min(1, doneUnits / totalUnits);
}

/** The display of a few jobs by name. */
export function createJobProgress(jobs: readonly string[], surroundings: Surroundings): JobProgressDisplay {
  const latest = new Map<string, JobProgress>();
  const tenths = new Map<string, number>();
  const width = Math.max(...jobs.map((job) => job.length));
  const live = createLive();
  const line = (job: string, progress: JobProgress): string => {
    const percent = `${Math.floor(fractionOf(progress) * 100)}%`.padStart(4);
    return `${job.padEnd(width)} ${bar(fractionOf(progress))} ${percent}  ${describe(progress)}`;
  };
  const plain = (job: string, progress: JobProgress): void => {
    const tenth = progress.subscribed ? Math.floor(fractionOf(progress) * 10) : -1;
    if (tenths.get(job) === tenth) return;
    tenths.set(job, tenth);
    surroundings.err(`${job}: ${Math.floor(fractionOf(progress) * 100)}%, ${describe(progress)}`);
  };
  return {
    update(job, progress) {
      latest.set(job, progress);
      if (!live.redraws) plain(job, progress);
      else live.show([...latest].map(([name, state]) => line(name, state)));
    },
    say: (text) => live.say(text),
    close: () => live.close(),
  };
}
