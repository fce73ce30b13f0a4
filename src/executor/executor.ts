/**
 * The executor itself: takes what the agent says, runs tasks of both kinds, tells what becomes of them, and ends when it
 * is told to or when there is no agent any more. A task that was killed is reported as killed however it ended, as in
 * Mesos; one that was ended because of its maximum completion time, as failed.
 */
import type { ExecutorCall, ExecutorEvent, MessageOf } from '../protocol/messages.js';
import type { TaskInfo } from '../protocol/task.js';
import type { TaskEvents, TaskHandle } from './task-handle.js';
import { createUpdates, type TaskReport } from './updates.js';
import type { ExecutorEnvironment } from './environment.js';

export interface ExecutorOptions {
  readonly environment: ExecutorEnvironment;
  readonly send: (call: ExecutorCall) => void;
  /** Starts a task that has a command, or data for a job. `alone`: the executor was made for it. */
  readonly startTask: (info: TaskInfo, alone: boolean, events: TaskEvents) => TaskHandle;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (text: string) => void;
  /** The executor is done; nothing runs any more. */
  readonly done: (code: number) => void;
}

export interface Executor {
  readonly linkUp: () => void;
  readonly linkDown: (reason: string) => void;
  readonly event: (event: ExecutorEvent) => void;
  /** Ends all tasks, and then the executor. */
  readonly shutdown: (reason: string, graceMs: number, code: number) => void;
}

/** Between asking and ending a task, unless somebody says otherwise. */
const KILL_GRACE_MS = 3000;
/** Of the time for shutting down, what is kept for the last updates to leave. */
const SHUTDOWN_MARGIN_MS = 1000;
/** How long an executor that ends waits for its last updates to be acknowledged. */
const LAST_ACKNOWLEDGEMENTS_MS = 1000;

interface RunningTask {
  readonly info: TaskInfo;
  handle: TaskHandle | null;
  killed: boolean;
  tooLong: boolean;
  timer: NodeJS.Timeout | null;
}

export function createExecutor(options: ExecutorOptions): Executor {
  const { environment, send, log } = options;
  const { frameworkId, executorId } = environment;
  const updates = createUpdates(executorId);
  const tasks = new Map<string, RunningTask>();
  let tellsKilling = false;
  let alone = false;
  let ending: number | null = null;
  let over = false;
  let awayTimer: NodeJS.Timeout | null = null;

  const leave = (code: number): void => {
    if (over) return;
    over = true;
    if (awayTimer !== null) clearTimeout(awayTimer);
    options.done(code);
  };

  /** Leaves when it is time to: all tasks have ended and the agent knows. */
  const leaveIfDone = (): void => {
    if (ending === null || tasks.size > 0) return;
    const code = ending;
    if (updates.pending.size === 0) leave(code);
    else setTimeout(leave, LAST_ACKNOWLEDGEMENTS_MS, code).unref();
  };

  const tell = (taskId: TaskInfo['taskId'], report: TaskReport): void => {
    const status = updates.make(taskId, report, options.now());
    send({ type: 'EXECUTOR_UPDATE', status });
  };

  const ended = (task: RunningTask, report: TaskReport): void => {
    const { taskId } = task.info;
    if (tasks.get(taskId) !== task) return;
    tasks.delete(taskId);
    if (task.timer !== null) clearTimeout(task.timer);
    const state = task.tooLong ? 'TASK_FAILED' : task.killed ? 'TASK_KILLED' : report.state;
    const reason = task.tooLong ? 'REASON_MAX_COMPLETION_TIME_REACHED' : task.killed ? undefined : report.reason;
    const message = report.message === undefined ? {} : { message: report.message };
    const data = report.data === undefined ? {} : { data: report.data };
    tell(taskId, { state, ...(reason === undefined ? {} : { reason }), ...message, ...data });
    if (alone) ending ??= 0;
    leaveIfDone();
  };

  const kill = (task: RunningTask, graceMs: number): void => {
    if (!task.killed) {
      task.killed = true;
      if (tellsKilling) tell(task.info.taskId, { state: 'TASK_KILLING' });
    }
    task.handle?.kill(graceMs);
  };

  const launch = (info: TaskInfo): void => {
    if (tasks.has(info.taskId)) {
      log(`task ${info.taskId} is here already; the second launch is ignored`);
      return;
    }
    updates.launched(info);
    const task: RunningTask = { info, handle: null, killed: false, tooLong: false, timer: null };
    tasks.set(info.taskId, task);
    alone = info.executor === undefined && info.command !== undefined;
    task.handle = options.startTask(info, alone, {
      running: () => tell(info.taskId, { state: 'TASK_RUNNING' }),
      ended: (report) => ended(task, report),
    });
    if (info.maxCompletionTimeMs !== undefined) {
      task.timer = setTimeout(tooLong, Math.min(info.maxCompletionTimeMs, 2 ** 31 - 1), task);
    }
  };

  const tooLong = (task: RunningTask): void => {
    if (task.killed) return;
    task.tooLong = true;
    task.handle?.kill(0);
  };

  const killTask = (event: MessageOf<'EXECUTOR_KILL'>): void => {
    const task = tasks.get(event.taskId);
    if (task === undefined) {
      log(`task ${event.taskId} is not here and cannot be killed`);
      return;
    }
    const policy = event.killPolicy ?? task.info.killPolicy;
    kill(task, policy?.gracePeriodMs ?? KILL_GRACE_MS);
  };

  const shutdown = (reason: string, graceMs: number, code: number): void => {
    if (ending === null) log(`the executor ends: ${reason}`);
    ending ??= code;
    for (const task of [...tasks.values()]) {
      const own = task.info.killPolicy?.gracePeriodMs ?? KILL_GRACE_MS;
      kill(task, Math.max(0, Math.min(own, graceMs - SHUTDOWN_MARGIN_MS)));
    }
    leaveIfDone();
  };

  const subscribed = (event: MessageOf<'EXECUTOR_SUBSCRIBED'>): void => {
    tellsKilling = (event.frameworkInfo.capabilities ?? []).some(({ type }) => type === 'TASK_KILLING_STATE');
  };

  const acknowledged = (event: MessageOf<'ACKNOWLEDGED'>): void => {
    updates.acknowledged(event.taskId, event.uuid);
    leaveIfDone();
  };

  return {
    shutdown,
    linkUp: () => {
      if (awayTimer !== null) clearTimeout(awayTimer);
      awayTimer = null;
      const unacknowledgedTasks = [...updates.tasks.values()];
      const unacknowledgedUpdates = [...updates.pending.values()].map((status) => ({ status }));
      send({ type: 'EXECUTOR_SUBSCRIBE', frameworkId, executorId, unacknowledgedTasks, unacknowledgedUpdates });
    },
    linkDown: (reason) => {
      if (awayTimer !== null || over) return;
      if (ending !== null && tasks.size === 0) {
        leave(ending);
        return;
      }
      const waitMs = environment.checkpoint ? environment.recoveryTimeoutMs : 0;
      log(`no link to the agent: ${reason}`);
      awayTimer = setTimeout(() => shutdown('the agent does not come back', 0, 1), waitMs);
    },
    event: (event) => {
      switch (event.type) {
        case 'EXECUTOR_SUBSCRIBED':
          return subscribed(event);
        case 'LAUNCH':
          return launch(event.task);
        case 'LAUNCH_GROUP':
          return event.taskGroup.tasks.forEach(launch);
        case 'EXECUTOR_KILL':
          return killTask(event);
        case 'ACKNOWLEDGED':
          return acknowledged(event);
        case 'EXECUTOR_SHUTDOWN':
          return shutdown('the agent asks for it', environment.shutdownGracePeriodMs, 0);
        case 'EXECUTOR_ERROR':
          return shutdown(`the agent has ended the subscription: ${event.message}`, 0, 1);
        case 'FRAMEWORK_MESSAGE':
          return log('a message of the framework is ignored: this executor takes none');
      }
    },
  };
}

