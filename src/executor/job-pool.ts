/**
 * Runs job tasks in worker threads. There are as many threads as the tasks that are here have cpus, in whole numbers,
 * at least one and at most what the machine has; tasks wait in order for a free one. Threads stay warm between tasks;
 * those that are too many for the tasks end after a while. One task, one thread at a time: whatever a task does (end
 * its thread, never end, use too much memory), it loses its own thread and nothing else.
 */
import { availableParallelism } from 'node:os';
import type { HttpClient } from '../http/client.js';
import { checkJobTask, type JobTask } from '../jobs/job-task.js';
import { unpack } from '../protocol/pack.js';
import type { TaskInfo } from '../protocol/task.js';
import type { JobCodeCache } from './job-code.js';
import { createJobRun, LEAST_HEAP_MB, MIB, reportOf, type Cause, type JobRun } from './job-run.js';
import { createMemoryWatch, type MemoryWatch } from './memory-watch.js';
import type { Slot } from './slot.js';
import { createSlots, type Slots } from './slots.js';
import type { TaskEvents, TaskHandle } from './task-handle.js';
import type { TaskReport } from './updates.js';

export interface JobPoolOptions {
  readonly code: JobCodeCache;
  /** For inputs that are not on this machine. */
  readonly http: HttpClient;
  /** Called now and then with the units a running task has done. */
  readonly progress: (taskId: string, doneUnits: number) => void;
  /** Most threads; the processors of the machine if absent. */
  readonly maxThreads?: number;
}

export interface JobPool {
  /** Starts a task, at once or when a thread is free; what becomes of it is told to `events`. */
  readonly start: (info: TaskInfo, events: TaskEvents) => TaskHandle;
  /** Starts a thread, if there is none: a task that comes later finds it ready. */
  readonly warm: () => void;
  readonly threads: number;
  /** Ends all threads. Tasks that run are ended with them. */
  readonly close: () => Promise<void>;
}

const PROGRESS_MS = 500;
/** What a thread's heap has for itself, with the code that all tasks share; it does not count for theirs. */
const THREAD_BYTES = 16 * MIB;
/** The longest time a timer of Node takes. */
const LONGEST_MS = 2 ** 31 - 1;

export function createJobPool(options: JobPoolOptions): JobPool {
  return new WorkerJobPool(options);
}

class WorkerJobPool implements JobPool {
  private readonly options: JobPoolOptions;
  private readonly maxThreads: number;
  private readonly slots: Slots;
  private readonly watch: MemoryWatch = createMemoryWatch();
  private readonly runs = new Set<JobRun>();
  private queue: JobRun[] = [];
  private totalCpus = 0;
  private closed = false;
  private ticker: NodeJS.Timeout | null = null;

  constructor(options: JobPoolOptions) {
    this.options = options;
    this.maxThreads = options.maxThreads ?? availableParallelism();
    this.slots = createSlots(options.http, () => this.dispatch());
  }

  get threads(): number {
    return this.slots.count;
  }

  readonly start = (info: TaskInfo, events: TaskEvents): TaskHandle => {
    let task: JobTask;
    try {
      task = checkJobTask(unpack(info.data ?? new Uint8Array()));
    } catch (error) {
      const message = `The data of the task is no job: ${(error as Error).message}`;
      events.ended({ state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID', message });
      return { kill: () => undefined };
    }
    const run = createJobRun(info, task, events);
    this.runs.add(run);
    this.totalCpus += run.cpus;
    this.ticker ??= setInterval(() => this.tick(), PROGRESS_MS).unref();
    this.slots.warm(run.heapMb);
    void this.prepare(run);
    return { kill: (graceMs) => this.kill(run, graceMs) };
  };

  readonly warm = (): void => {
    if (!this.closed) this.slots.warm(LEAST_HEAP_MB);
  };

  readonly close = async (): Promise<void> => {
    this.closed = true;
    if (this.ticker !== null) clearInterval(this.ticker);
    this.watch.close();
    await this.slots.close();
  };

  private wantedThreads(): number {
    return Math.max(1, Math.min(this.maxThreads, Math.ceil(this.totalCpus - 1e-6)));
  }

  /** Gets the code; then the task waits for its thread. */
  private async prepare(run: JobRun): Promise<void> {
    const { job } = run.task;
    try {
      run.codePath = await this.options.code.path(job);
    } catch (error) {
      const message = `The code of job ${job.name} cannot be had: ${(error as Error).message}`;
      this.finish(run, { state: 'TASK_FAILED', message });
      return;
    }
    if (run.over || this.closed) return;
    this.queue.push(run);
    this.dispatch();
  }

  private dispatch(): void {
    while (!this.closed && this.queue.length > 0) {
      const slot = this.slots.take(this.queue[0]!.heapMb, this.wantedThreads());
      if (slot === null) return;
      void this.execute(this.queue.shift()!, slot);
    }
  }

  private async execute(run: JobRun, slot: Slot): Promise<void> {
    const { memoryMb, timeoutMs } = run.task.limits;
    run.slot = slot;
    const watched = { threadId: slot.threadId, limitBytes: memoryMb * MIB + THREAD_BYTES };
    this.watch.add(watched, (usedBytes) => {
      run.usedBytes = usedBytes - THREAD_BYTES;
      stop(run, 'memory');
    });
    if (timeoutMs > 0) run.timers.push(setTimeout(stop, Math.min(timeoutMs, LONGEST_MS), run, 'time'));
    run.events.running();
    const { info, codePath } = run;
    const end = await slot.run({ taskId: info.taskId, data: info.data!, codePath });
    this.watch.remove(watched);
    if (slot.dead) this.slots.drop(slot);
    this.finish(run, reportOf(run, end));
    this.dispatch();
  }

  private finish(run: JobRun, report: TaskReport): void {
    if (run.over) return;
    run.over = true;
    for (const timer of run.timers) clearTimeout(timer);
    this.runs.delete(run);
    // Sums of fractions drift; nothing is exactly nothing.
    this.totalCpus = this.runs.size === 0 ? 0 : this.totalCpus - run.cpus;
    run.events.ended(report);
  }

  private kill(run: JobRun, graceMs: number): void {
    if (run.over) return;
    if (run.slot === null) {
      this.queue = this.queue.filter((other) => other !== run);
      this.finish(run, { state: 'TASK_KILLED', message: `Job ${run.task.job.name} was killed before it started` });
      return;
    }
    run.slot.cancel();
    const atMs = performance.now() + graceMs;
    if (atMs >= run.killAtMs) return;
    run.killAtMs = atMs;
    run.timers.push(setTimeout(stop, Math.min(graceMs, LONGEST_MS), run, 'kill'));
  }

  /** Now and then: tells progress, ends threads that nobody needs, and itself when there is nothing to do. */
  private tick(): void {
    for (const run of this.runs) {
      const done = run.slot?.doneUnits() ?? 0;
      if (done === run.toldUnits) continue;
      run.toldUnits = done;
      this.options.progress(run.info.taskId, done);
    }
    const wanted = this.wantedThreads();
    this.slots.retire(wanted);
    if (this.runs.size > 0 || this.slots.count > wanted || this.ticker === null) return;
    clearInterval(this.ticker);
    this.ticker = null;
  }
}

/** Ends the thread of a running task; what was decided first counts. */
function stop(run: JobRun, cause: Cause): void {
  if (run.over || run.cause === 'memory' || run.cause === 'time') return;
  run.cause = cause;
  void run.slot?.destroy();
}
