/**
 * Runs job tasks in worker threads. There are as many threads as the tasks that are here have cpus, in whole numbers, at
 * least one and at most what the machine has; tasks wait in order for a free one. Threads stay warm between tasks; those
 * that are too many for the tasks end after a while. One task, one thread at a time: whatever a task does (end its
 * thread, never end, use too much memory) it loses its own thread and nothing else.
 */
import { availableParallelism } from 'node:os';
import type { HttpClient } from '../http/client.js';
import { checkJobTask, type JobTask } from '../jobs/job-task.js';
import type { TaskInfo } from '../protocol/task.js';
import type { JobCodeCache } from './job-code.js';
import { createMemoryWatch, type Watched } from './memory-watch.js';
import { unpack } from './pack.js';
import { createSlot, type Slot, type SlotEnd } from './slot.js';
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
  readonly threads: number;
  /** Ends all threads. Tasks that run are ended with them. */
  readonly close: () => Promise<void>;
}

const MIB = 2 ** 20;
const PROGRESS_MS = 500;
/** How long a thread that nobody needs stays. */
const IDLE_MS = 10_000;
/** The smallest heap V8 is told for a thread, in MB; see slot.ts for why it is more than tasks may use. */
const LEAST_HEAP_MB = 1024;

/** Why a running task is being ended from outside. */
type Cause = 'kill' | 'time' | 'memory';

interface JobRun {
  readonly info: TaskInfo;
  readonly task: JobTask;
  readonly events: TaskEvents;
  readonly cpus: number;
  readonly heapMb: number;
  codePath: string;
  slot: Slot | null;
  over: boolean;
  cause: Cause | null;
  usedBytes: number;
  toldUnits: number;
  killAtMs: number;
  timers: NodeJS.Timeout[];
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

function reportOf(run: JobRun, end: SlotEnd): TaskReport {
  const { job, limits } = run.task;
  if (end.type === 'outcome' && end.outcome.ok) return { state: 'TASK_FINISHED', data: end.outcome.data };
  if (run.cause === 'memory' || end.type === 'out-of-memory') return memoryReport(run);
  if (run.cause === 'time') {
    const message = `Job ${job.name} took longer than its limit of ${limits.timeoutMs} ms`;
    return { state: 'TASK_FAILED', reason: 'REASON_MAX_COMPLETION_TIME_REACHED', message };
  }
  if (run.cause === 'kill') return { state: 'TASK_KILLED', message: `Job ${job.name} was killed` };
  const message = end.type === 'died' ? `its worker thread ended: ${end.message}` : '';
  const text = end.type === 'outcome' && !end.outcome.ok ? end.outcome.message : message;
  return { state: 'TASK_FAILED', message: `Job ${job.name} failed: ${text}` };
}

export function createJobPool(options: JobPoolOptions): JobPool {
  const maxThreads = options.maxThreads ?? availableParallelism();
  const runs = new Set<JobRun>();
  const watch = createMemoryWatch();
  let queue: JobRun[] = [];
  let slots: Slot[] = [];
  let totalCpus = 0;
  let closed = false;
  let ticker: NodeJS.Timeout | null = null;
  let idleSinceMs = 0;

  const wantedThreads = (): number => Math.max(1, Math.min(maxThreads, Math.ceil(totalCpus - 1e-6)));

  const drop = (slot: Slot): void => {
    slots = slots.filter((other) => other !== slot);
  };
  const addSlot = (heapMb: number): Slot => {
    const slot = createSlot(heapMb, options.http, (dead) => {
      drop(dead);
      dispatch();
    });
    slots.push(slot);
    return slot;
  };

  const finish = (run: JobRun, report: TaskReport): void => {
    if (run.over) return;
    run.over = true;
    for (const timer of run.timers) clearTimeout(timer);
    runs.delete(run);
    totalCpus -= run.cpus;
    if (runs.size === 0) totalCpus = 0;
    run.events.ended(report);
  };

  const stop = (run: JobRun, cause: Cause): void => {
    if (run.over || run.cause === 'memory' || run.cause === 'time') return;
    run.cause = cause;
    void run.slot?.destroy();
  };

  const execute = async (run: JobRun, slot: Slot): Promise<void> => {
    run.slot = slot;
    const { memoryMb, timeoutMs } = run.task.limits;
    const watched: Watched = { threadId: slot.threadId, limitBytes: memoryMb * MIB };
    watch.add(watched, (usedBytes) => {
      run.usedBytes = usedBytes;
      stop(run, 'memory');
    });
    if (timeoutMs > 0) run.timers.push(setTimeout(stop, Math.min(timeoutMs, 2 ** 31 - 1), run, 'time'));
    run.events.running();
    const request = { taskId: run.info.taskId, data: run.info.data!, codePath: run.codePath };
    const end = await slot.run(request);
    watch.remove(watched);
    if (slot.dead) drop(slot);
    finish(run, reportOf(run, end));
    dispatch();
  };

  /** A free slot for a run: one that is warm, a new one if there may be more, or a new one for one that is too small. */
  const slotFor = (run: JobRun): Slot | null => {
    const free = slots.filter((slot) => !slot.busy && !slot.dead);
    const fitting = free.find((slot) => slot.heapMb >= run.heapMb);
    if (fitting !== undefined) return fitting;
    if (slots.length >= wantedThreads()) {
      const small = free[0];
      if (small === undefined) return null;
      drop(small);
      void small.destroy();
    }
    return addSlot(run.heapMb);
  };

  function dispatch(): void {
    while (!closed && queue.length > 0) {
      const slot = slotFor(queue[0]!);
      if (slot === null) return;
      void execute(queue.shift()!, slot);
    }
  }

  /** Now and then: progress, and threads that nobody needs. */
  const tick = (): void => {
    for (const run of runs) {
      const done = run.slot?.doneUnits() ?? 0;
      if (done === run.toldUnits || run.over) continue;
      run.toldUnits = done;
      options.progress(run.info.taskId, done);
    }
    const free = slots.find((slot) => !slot.busy);
    if (slots.length <= wantedThreads() || free === undefined) idleSinceMs = performance.now();
    else if (performance.now() - idleSinceMs > IDLE_MS) void free.destroy();
    if (runs.size > 0 || slots.length > wantedThreads() || ticker === null) return;
    clearInterval(ticker);
    ticker = null;
  };

  const prepare = async (run: JobRun): Promise<void> => {
    try {
      run.codePath = await options.code.path(run.task.job);
    } catch (error) {
      const message = `The code of job ${run.task.job.name} cannot be had: ${(error as Error).message}`;
      finish(run, { state: 'TASK_FAILED', message });
      return;
    }
    if (run.over || closed) return;
    queue.push(run);
    dispatch();
  };

  const kill = (run: JobRun, graceMs: number): void => {
    if (run.over) return;
    if (run.slot === null) {
      queue = queue.filter((other) => other !== run);
      finish(run, { state: 'TASK_KILLED', message: `Job ${run.task.job.name} was killed before it started` });
      return;
    }
    run.slot.cancel();
    const atMs = performance.now() + graceMs;
    if (atMs >= run.killAtMs) return;
    run.killAtMs = atMs;
    run.timers.push(setTimeout(stop, graceMs, run, 'kill'));
  };

  return {
    get threads() {
      return slots.length;
    },
    start: (info, events) => {
      let task: JobTask;
      try {
        task = checkJobTask(unpack(info.data ?? new Uint8Array()));
      } catch (error) {
        const message = `The data of the task is no job: ${(error as Error).message}`;
        events.ended({ state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID', message });
        return { kill: () => undefined };
      }
      const run: JobRun = {
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
      runs.add(run);
      totalCpus += run.cpus;
      ticker ??= setInterval(tick, PROGRESS_MS).unref();
      if (slots.length === 0) addSlot(run.heapMb);
      void prepare(run);
      return { kill: (graceMs) => kill(run, graceMs) };
    },
    close: async () => {
      closed = true;
      if (ticker !== null) clearInterval(ticker);
      watch.close();
      await Promise.all(slots.map((slot) => slot.destroy()));
    },
  };
}
