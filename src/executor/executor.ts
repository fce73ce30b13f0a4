/**
 * The executor itself: takes what the agent says, runs tasks of both kinds, tells what becomes of them, and ends when
 * it is told to or when there is no agent any more. A task that was killed is reported as killed however it ended, as
 * in Mesos; one that was ended because of its maximum completion time, as failed.
 *
 * As Mesos' default executor (ExecutorInfo of type DEFAULT) it also holds groups together: when a task of a group ends
 * otherwise than well, the others are killed, each by its own kill policy; other groups go on. It ends with its last
 * task, as soon as the agent knows. Facts: `default_executor.cpp`; there the others get three seconds whatever their
 * kill policy says.
 */
import type { ExecutorCall, ExecutorEvent, MessageOf } from '../protocol/messages.js';
import type { TaskInfo } from '../protocol/task.js';
import type { TaskEvents, TaskHandle } from './task-handle.js';
import { createUpdates, type TaskReport, type Updates } from './updates.js';
import type { ExecutorEnvironment } from './environment.js';
import type { ProbePlace } from './probe.js';
import { type CheckStatus, noCheckStatus, watchTask } from './task-watch.js';

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
/** The same of the default executor: as long as an agent may need to come back. */
const DEFAULT_LAST_ACKNOWLEDGEMENTS_MS = 60_000;

/** The longest time a timer of Node takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** Tasks that stand and fall together. */
interface Group {
  readonly tasks: RunningTask[];
  /** One has ended otherwise than well. */
  broken: boolean;
}

interface RunningTask {
  readonly info: TaskInfo;
  /** Null if it ends alone. */
  readonly group: Group | null;
  handle: TaskHandle | null;
  killed: boolean;
  tooLong: boolean;
  timer: NodeJS.Timeout | null;
  /** Ends its checks. */
  unwatch: (() => void) | null;
  healthy: boolean | undefined;
  checkStatus: CheckStatus | undefined;
  /** Its health check had it ended. */
  unhealthy: boolean;
}

export function createExecutor(options: ExecutorOptions): Executor {
  return new TaskExecutor(options);
}

class TaskExecutor implements Executor {
  private readonly options: ExecutorOptions;
  private readonly updates: Updates;
  private readonly tasks = new Map<string, RunningTask>();
  /** Whether the framework wants to hear TASK_KILLING. */
  private tellsKilling = false;
  /** Whether the executor was made for one command. */
  private alone = false;
  /** Whether it is the default executor of Mesos. */
  private isDefault = false;
  /** The exit code, once the executor is to end. */
  private ending: number | null = null;
  private over = false;
  private isLinked = false;
  /** Somebody has told the executor to end. */
  private isAsked = false;
  private awayTimer: NodeJS.Timeout | null = null;
  /** Runs while all but the last acknowledgements is done. */
  private lastTimer: NodeJS.Timeout | null = null;

  constructor(options: ExecutorOptions) {
    this.options = options;
    this.updates = createUpdates(options.environment.executorId);
  }

  readonly linkUp = (): void => {
    this.isLinked = true;
    this.stopWaiting();
    const { frameworkId, executorId } = this.options.environment;
    const unacknowledgedTasks = [...this.updates.tasks.values()];
    const unacknowledgedUpdates = [...this.updates.pending.values()].map((status) => ({ status }));
    const type = 'EXECUTOR_SUBSCRIBE';
    this.options.send({ type, frameworkId, executorId, unacknowledgedTasks, unacknowledgedUpdates });
    if (this.updates.pending.size > 0) this.leaveIfDone();
  };

  readonly linkDown = (reason: string): void => {
    this.isLinked = false;
    if (this.awayTimer !== null || this.over) return;
    if (this.ending !== null && this.tasks.size === 0 && !this.waitsForAgent()) {
      this.leave(this.ending);
      return;
    }
    const { checkpoint, recoveryTimeoutMs } = this.options.environment;
    this.options.log(`no link to the agent: ${reason}`);
    const giveUp = (): void => this.shutdown('the agent does not come back', 0, 1);
    this.awayTimer = setTimeout(giveUp, checkpoint ? recoveryTimeoutMs : 0);
  };

  readonly event = (event: ExecutorEvent): void => {
    const { environment, log } = this.options;
    switch (event.type) {
      case 'EXECUTOR_SUBSCRIBED':
        this.isDefault = event.executorInfo.type === 'DEFAULT';
        this.tellsKilling = (event.frameworkInfo.capabilities ?? []).some(({ type }) => type === 'TASK_KILLING_STATE');
        return;
      case 'LAUNCH':
        if (this.isDefault) return this.shutdown('LAUNCH is not for the default executor', KILL_GRACE_MS, 0);
        return this.launch([event.task], null);
      case 'LAUNCH_GROUP':
        return this.launch(event.taskGroup.tasks, this.isDefault ? { tasks: [], broken: false } : null);
      case 'EXECUTOR_KILL':
        return this.killTask(event);
      case 'ACKNOWLEDGED':
        this.updates.acknowledged(event.taskId, event.uuid);
        return this.leaveIfDone();
      case 'EXECUTOR_SHUTDOWN':
        return this.shutdown('the agent asks for it', environment.shutdownGracePeriodMs, 0);
      case 'EXECUTOR_ERROR':
        return this.shutdown(`the agent has ended the subscription: ${event.message}`, 0, 1);
      case 'FRAMEWORK_MESSAGE':
        return log('a message of the framework is ignored: this executor takes none');
    }
  };

  readonly shutdown = (reason: string, graceMs: number, code: number): void => {
    if (this.ending === null) this.options.log(`the executor ends: ${reason}`);
    this.isAsked = true;
    this.ending ??= code;
    for (const task of [...this.tasks.values()]) {
      this.kill(task, Math.max(0, Math.min(graceOf(task), graceMs - SHUTDOWN_MARGIN_MS)));
    }
    this.leaveIfDone();
  };

  /** Starts tasks together: all are known, and told to be starting if they are a group, before the first one starts. */
  private launch(infos: readonly TaskInfo[], group: Group | null): void {
    if (group !== null && this.ending !== null) {
      this.options.log('a task group is ignored: the executor ends');
      return;
    }
    this.stopLeaving();
    const tasks = infos.map((info) => this.enter(info, group)).filter((task) => task !== null);
    if (group !== null) for (const { info } of tasks) this.tell(info.taskId, { state: 'TASK_STARTING' });
    for (const task of tasks) this.start(task);
  }

  private enter(info: TaskInfo, group: Group | null): RunningTask | null {
    if (this.tasks.has(info.taskId)) {
      this.options.log(`task ${info.taskId} is here already; the second launch is ignored`);
      return null;
    }
    this.updates.launched(info);
    const flags = { killed: false, tooLong: false, unhealthy: false };
    const checks = { unwatch: null, healthy: undefined, checkStatus: noCheckStatus(info) };
    const task: RunningTask = { info, group, handle: null, timer: null, ...flags, ...checks };
    this.tasks.set(info.taskId, task);
    group?.tasks.push(task);
    return task;
  }

  private start(task: RunningTask): void {
    const { info } = task;
    this.alone = info.executor === undefined && info.command !== undefined;
    if (info.maxCompletionTimeMs !== undefined) {
      task.timer = setTimeout(endTooLong, Math.min(info.maxCompletionTimeMs, LONGEST_MS), task);
    }
    task.handle = this.options.startTask(info, this.alone, {
      running: (place) => {
        if (place === undefined) this.tell(info.taskId, { state: 'TASK_RUNNING' });
        else this.running(task, place);
      },
      ended: (report) => this.ended(task, report),
    });
    // It was killed before there was anything to kill.
    if (task.killed) task.handle.kill(graceOf(task));
  }

  private running(task: RunningTask, place: ProbePlace): void {
    const { info } = task;
    this.tellChecked(task, {});
    if (info.healthCheck === undefined && info.check === undefined) return;
    task.unwatch = watchTask({
      info,
      place,
      onHealth: (healthy, kill, message) => {
        task.healthy = healthy;
        const reason = 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED';
        this.tellChecked(task, { reason, ...(message === '' ? {} : { message }) });
        if (!kill || task.killed) return;
        task.unhealthy = true;
        this.kill(task, graceOf(task));
      },
      onCheck: (status) => {
        task.checkStatus = status;
        this.tellChecked(task, { reason: 'REASON_TASK_CHECK_STATUS_UPDATED' });
      },
    });
  }

  /** That a task runs, with what its checks have found. */
  private tellChecked({ info, healthy, checkStatus }: RunningTask, more: Partial<TaskReport>): void {
    const found = {
      ...(healthy === undefined ? {} : { healthy }),
      ...(checkStatus === undefined ? {} : { checkStatus }),
    };
    this.tell(info.taskId, { state: 'TASK_RUNNING', ...found, ...more });
  }

  private ended(task: RunningTask, report: TaskReport): void {
    const { taskId } = task.info;
    if (this.tasks.get(taskId) !== task) return;
    this.tasks.delete(taskId);
    task.unwatch?.();
    if (task.timer !== null) clearTimeout(task.timer);
    const judged = judge(task, report);
    this.tell(taskId, judged);
    if (task.group !== null && judged.state !== 'TASK_FINISHED') this.breakUp(task.group);
    if (this.alone) this.ending ??= 0;
    this.leaveIfDone();
  }

  /** Kills what is left of a group, once. */
  private breakUp(group: Group): void {
    if (group.broken) return;
    group.broken = true;
    for (const task of group.tasks) {
      const isHere = this.tasks.get(task.info.taskId) === task;
      if (isHere && !task.killed) this.kill(task, graceOf(task));
    }
  }

  private tell(taskId: TaskInfo['taskId'], report: TaskReport): void {
    const status = this.updates.make(taskId, report, this.options.now());
    this.options.send({ type: 'EXECUTOR_UPDATE', status });
  }

  private killTask(event: MessageOf<'EXECUTOR_KILL'>): void {
    const task = this.tasks.get(event.taskId);
    if (task === undefined) {
      this.options.log(`task ${event.taskId} is not here and cannot be killed`);
      return;
    }
    this.kill(task, event.killPolicy?.gracePeriodMs ?? graceOf(task));
  }

  private kill(task: RunningTask, graceMs: number): void {
    if (!task.killed) {
      task.killed = true;
      task.unwatch?.();
      if (this.tellsKilling) this.tell(task.info.taskId, { state: 'TASK_KILLING' });
    }
    task.handle?.kill(graceMs);
  }

  /** Leaves when it is time to: all tasks have ended and the agent knows. */
  private leaveIfDone(): void {
    // The default executor ends by itself, unless another group comes before it has left.
    const code = this.ending ?? (this.isDefault ? 0 : null);
    if (code === null || this.tasks.size > 0) return;
    if (this.updates.pending.size === 0) {
      this.leave(code);
      return;
    }
    const patienceMs = this.ending === null ? DEFAULT_LAST_ACKNOWLEDGEMENTS_MS : LAST_ACKNOWLEDGEMENTS_MS;
    this.stopLeaving();
    this.lastTimer = setTimeout(() => {
      if (!this.waitsForAgent()) this.leave(code);
    }, patienceMs);
  }

  /** Whether an agent that is away has still to hear how tasks ended; an executor told to end does not wait. */
  private waitsForAgent(): boolean {
    const { checkpoint } = this.options.environment;
    return checkpoint && !this.isAsked && !this.isLinked && this.updates.pending.size > 0;
  }

  private leave(code: number): void {
    if (this.over) return;
    this.over = true;
    this.stopWaiting();
    this.stopLeaving();
    this.options.done(code);
  }

  private stopLeaving(): void {
    if (this.lastTimer !== null) clearTimeout(this.lastTimer);
    this.lastTimer = null;
  }

  private stopWaiting(): void {
    if (this.awayTimer !== null) clearTimeout(this.awayTimer);
    this.awayTimer = null;
  }
}

function graceOf({ info }: RunningTask): number {
  return info.killPolicy?.gracePeriodMs ?? KILL_GRACE_MS;
}

function endTooLong(task: RunningTask): void {
  if (task.killed) return;
  task.tooLong = true;
  task.handle?.kill(0);
}

/** The report as it is told: why a task was ended counts for more than how it ended. */
function judge(task: RunningTask, report: TaskReport): TaskReport {
  if (task.tooLong) return { ...report, state: 'TASK_FAILED', reason: 'REASON_MAX_COMPLETION_TIME_REACHED' };
  if (!task.killed) return report;
  const { reason: _reason, ...rest } = report;
  return { ...rest, state: 'TASK_KILLED', ...(task.unhealthy ? { healthy: false } : {}) };
}
