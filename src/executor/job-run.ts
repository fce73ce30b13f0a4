/** A job task in the pool: what it needs, where it is on its way, and the report of its end. */
import type { JobTask } from '../jobs/job-task.js';
import type { TaskInfo } from '../protocol/task.js';
import type { Slot, SlotEnd } from './slot.js';
import type { TaskEvents } from './task-handle.js';
import type { TaskReport } from './updates.js';

export const MIB = 2 ** 20;

/** The smallest heap V8 is told for a thread, in MB; see slot.ts for why it is more than tasks may use. */
export const LEAST_HEAP_MB = 4096;

/** Why a running task is being ended from outside. */
export type Cause = 'kill' | 'time' | 'memory';

export interface JobRun {
  readonly info: TaskInfo;
  readonly task: JobTask;
  readonly events: TaskEvents;
  readonly cpus: number;
  /** The heap its thread must have at least. */
  readonly heapMb: number;
  codePath: string;
  /** Set once it runs. */
  slot: Slot | null;
  over: boolean;
  cause: Cause | null;
  /** What it was found to use when that was too much. */
  usedBytes: number;
  /** Units that were told last. */
  toldUnits: number;
  killAtMs: number;
  timers: NodeJS.Timeout[];
}

export function createJobRun(info: TaskInfo, task: JobTask, events: TaskEvents): JobRun {
  return {
    info,
    task,
    events,
    cpus: cpusOf(info),
    heapMb: heapMbFor(task.limits.memoryMb),
    codePath: '',
    slot: null,
    over: false,
    cause: null,
    usedBytes: 0,
    toldUnits: 0,
    killAtMs: Infinity,
    timers: [],
  };
}

function cpusOf(info: TaskInfo): number {
  let cpus = 0;
  for (const resource of info.resources ?? []) if (resource.name === 'cpus') cpus += resource.scalar ?? 0;
  return cpus;
}

/** A heap in whole powers of two, so that threads fit many tasks. */
function heapMbFor(memoryMb: number): number {
  return Math.max(LEAST_HEAP_MB, 2 ** Math.ceil(Math.log2(memoryMb * 2)));
}

function memoryReport(run: JobRun): TaskReport {
  const used = run.usedBytes === 0 ? 'more' : `${Math.ceil(run.usedBytes / MIB)} MB`;
  const message = `Memory limit exceeded: requested ${run.task.limits.memoryMb} MB, used ${used}`;
  return { state: 'TASK_FAILED', reason: 'REASON_CONTAINER_LIMITATION_MEMORY', message };
}

/** What the end of its slot's work means for a task. A result that came in time counts, whatever was under way. */
export function reportOf(run: JobRun, end: SlotEnd): TaskReport {
  const { job, limits } = run.task;
  if (end.type === 'outcome' && end.outcome.ok) return { state: 'TASK_FINISHED', data: end.outcome.data };
  if (run.cause === 'memory' || end.type === 'out-of-memory') return memoryReport(run);
  if (run.cause === 'time') {
    const message = `Job ${job.name} took longer than its limit of ${limits.timeoutMs} ms`;
    return { state: 'TASK_FAILED', reason: 'REASON_MAX_COMPLETION_TIME_REACHED', message };
  }
  if (run.cause === 'kill') return { state: 'TASK_KILLED', message: `Job ${job.name} was killed` };
  const died = end.type === 'died' ? `its worker thread ended: ${end.message}` : '';
  const text = end.type === 'outcome' && !end.outcome.ok ? end.outcome.message : died;
  return { state: 'TASK_FAILED', message: `Job ${job.name} failed: ${text}` };
}
