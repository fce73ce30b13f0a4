/**
 * A model of an executor: a pure core that speaks the executor's side of the protocol and pretends to run tasks, each
 * as its plan says. It repeats what the agent has not acknowledged when it comes back to it, as executors must.
 */
import type { DriverEffect, DriverEvent, LinkId } from '../base/core.js';
import { nameSalt } from '../base/mix32.js';
import type { ExecutorCall, ExecutorEvent } from '../protocol/messages.js';
import type { ExecutorId, FrameworkId, TaskId } from '../protocol/schema.js';
import type { Reason, TaskInfo, TaskState, TaskStatus } from '../protocol/task.js';
import { isTerminal } from '../protocol/task.js';
import { planOf, type TaskPlan } from './task-plan.js';
import { makeUuid } from './uuid.js';

export type ExecutorModelEvent =
  | DriverEvent<ExecutorEvent>
  /** The link to the agent that `Connect` asked for; null: nobody is there. */
  | { readonly type: 'Connected'; readonly at: number; readonly link: LinkId | null }
  /** Somebody tells a task what to do, in place of its plan. */
  | { readonly type: 'TaskTold'; readonly at: number; readonly taskId: TaskId; readonly state: TaskState }
  | { readonly type: 'HangTold'; readonly at: number };

export type ExecutorModelEffect =
  | DriverEffect<ExecutorCall>
  | { readonly type: 'Connect' }
  /** The process ends with this wait status. */
  | { readonly type: 'Exit'; readonly status: number };

export interface ExecutorModelConfig {
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  /** Unlike all others. */
  readonly containerId: string;
  /** Lives on when its agent is gone, and looks for it. */
  readonly checkpoint: boolean;
  /** Ends when its only task has ended, as the executor of a single command does. */
  readonly single: boolean;
  /** How long it may be without its agent. */
  readonly patienceMs?: number;
}

interface ModelTask {
  readonly info: TaskInfo;
  readonly plan: TaskPlan;
  state: TaskState;
}

export interface ExecutorModelState {
  readonly config: ExecutorModelConfig;
  link: LinkId | null;
  subscribed: boolean;
  lostAtMs: number | null;
  /** Says and does nothing any more. */
  hung: boolean;
  exited: boolean;
  readonly tasks: Map<TaskId, ModelTask>;
  /** Statuses that the agent has not acknowledged, oldest first. */
  unacknowledged: TaskStatus[];
  readonly unacknowledgedTasks: Map<TaskId, TaskInfo>;
  updates: number;
}

const RECONNECT_MS = 1000;
const DEFAULT_PATIENCE_MS = 900_000;
const SLOW_KILL_MS = 2000;

export function createExecutorModel(config: ExecutorModelConfig): ExecutorModelState {
  return {
    config,
    link: null,
    subscribed: false,
    lostAtMs: null,
    hung: false,
    exited: false,
    tasks: new Map(),
    unacknowledged: [],
    unacknowledgedTasks: new Map(),
    updates: 0,
  };
}

type Effects = ExecutorModelEffect[];

export function reduceExecutorModel(state: ExecutorModelState, event: ExecutorModelEvent, effects: Effects): void {
  if (state.hung || state.exited) return;
  switch (event.type) {
    case 'Connected':
      connected(state, event.at, event.link, effects);
      break;
    case 'LinkClosed':
      if (event.link === state.link) lost(state, event.at, effects);
      break;
    case 'MessageReceived':
      if (event.link === state.link) received(state, event.at, event.message, effects);
      break;
    case 'TimerFired':
      fired(state, event.at, event.timer, effects);
      break;
    case 'TaskTold':
      if (state.tasks.has(event.taskId)) endTask(state, event.at, event.taskId, event.state, effects);
      break;
    case 'HangTold':
      state.hung = true;
      break;
    case 'LinkOpened':
      break;
  }
}

function connected(state: ExecutorModelState, at: number, link: LinkId | null, effects: Effects): void {
  if (link === null) {
    lost(state, at, effects);
    return;
  }
  const { frameworkId, executorId } = state.config;
  state.link = link;
  state.lostAtMs = null;
  effects.push({
    type: 'Send',
    link,
    message: {
      type: 'EXECUTOR_SUBSCRIBE',
      frameworkId,
      executorId,
      unacknowledgedTasks: [...state.unacknowledgedTasks.values()],
      unacknowledgedUpdates: state.unacknowledged.map((status) => ({ status })),
    },
  });
}

function lost(state: ExecutorModelState, at: number, effects: Effects): void {
  const { checkpoint, patienceMs = DEFAULT_PATIENCE_MS } = state.config;
  state.link = null;
  state.subscribed = false;
  state.lostAtMs ??= at;
  if (!checkpoint || at - state.lostAtMs > patienceMs) exit(state, 0, effects);
  else effects.push({ type: 'SetTimer', timer: 'reconnect', atMs: at + RECONNECT_MS });
}

function received(state: ExecutorModelState, at: number, message: ExecutorEvent, effects: Effects): void {
  switch (message.type) {
    case 'EXECUTOR_SUBSCRIBED':
      state.subscribed = true;
      break;
    case 'LAUNCH':
      launch(state, at, message.task, effects);
      break;
    case 'LAUNCH_GROUP':
      for (const task of message.taskGroup.tasks) launch(state, at, task, effects);
      break;
    case 'EXECUTOR_KILL':
      kill(state, at, message.taskId, effects);
      break;
    case 'ACKNOWLEDGED':
      state.unacknowledged = state.unacknowledged.filter((status) => !sameBytes(status.uuid, message.uuid));
      state.unacknowledgedTasks.delete(message.taskId);
      leaveIfDone(state, at, effects);
      break;
    case 'EXECUTOR_SHUTDOWN':
      shutDown(state, at, effects);
      break;
    case 'EXECUTOR_ERROR':
      exit(state, 256, effects);
      break;
    case 'FRAMEWORK_MESSAGE':
      if (state.link !== null) {
        effects.push({ type: 'Send', link: state.link, message: { type: 'EXECUTOR_SEND', data: message.data } });
      }
      break;
  }
}

function launch(state: ExecutorModelState, at: number, info: TaskInfo, effects: Effects): void {
  const plan = planOf(info);
  const task: ModelTask = { info, plan, state: 'TASK_STAGING' };
  state.tasks.set(info.taskId, task);
  state.unacknowledgedTasks.set(info.taskId, info);
  update(state, at, task, 'TASK_RUNNING', effects);
  if (plan.end !== 'stay') {
    effects.push({ type: 'SetTimer', timer: `end ${info.taskId}`, atMs: at + plan.forMs });
  }
}

function kill(state: ExecutorModelState, at: number, taskId: TaskId, effects: Effects): void {
  const task = state.tasks.get(taskId);
  if (task === undefined || task.plan.kill === 'deaf') return;
  if (task.plan.kill === 'obey') endTask(state, at, taskId, 'TASK_KILLED', effects);
  else effects.push({ type: 'SetTimer', timer: `kill ${taskId}`, atMs: at + SLOW_KILL_MS });
}

function fired(state: ExecutorModelState, at: number, timer: string, effects: Effects): void {
  if (timer === 'reconnect') {
    effects.push({ type: 'Connect' });
    return;
  }
  if (timer === 'exit') {
    exit(state, 0, effects);
    return;
  }
  const [what, id = ''] = timer.split(' ');
  const task = state.tasks.get(id as TaskId);
  if (task === undefined) return;
  if (what === 'kill') endTask(state, at, task.info.taskId, 'TASK_KILLED', effects);
  else if (task.plan.end === 'crash') exit(state, 139, effects);
  else endTask(state, at, task.info.taskId, task.plan.end === 'fail' ? 'TASK_FAILED' : 'TASK_FINISHED', effects);
}

function endTask(state: ExecutorModelState, at: number, taskId: TaskId, end: TaskState, effects: Effects): void {
  const task = state.tasks.get(taskId)!;
  update(state, at, task, end, effects);
  if (!isTerminal(end)) return;
  state.tasks.delete(taskId);
  effects.push({ type: 'ClearTimer', timer: `end ${taskId}` }, { type: 'ClearTimer', timer: `kill ${taskId}` });
}

function update(
  state: ExecutorModelState,
  at: number,
  task: ModelTask,
  taskState: TaskState,
  effects: Effects,
  reason?: Reason,
): void {
  task.state = taskState;
  const { executorId, containerId } = state.config;
  const status: TaskStatus = {
    taskId: task.info.taskId,
    state: taskState,
    source: 'SOURCE_EXECUTOR',
    executorId,
    timestamp: at / 1000,
    uuid: makeUuid(nameSalt(containerId), state.updates++),
    ...(reason === undefined ? {} : { reason }),
  };
  state.unacknowledged.push(status);
  if (state.link !== null && state.subscribed) {
    effects.push({ type: 'Send', link: state.link, message: { type: 'EXECUTOR_UPDATE', status } });
  }
}

/** All tasks end; the process follows when the agent has had a moment to hear it. */
function shutDown(state: ExecutorModelState, at: number, effects: Effects): void {
  for (const task of [...state.tasks.values()]) {
    if (task.plan.kill !== 'deaf') endTask(state, at, task.info.taskId, 'TASK_KILLED', effects);
  }
  if (state.tasks.size === 0) effects.push({ type: 'SetTimer', timer: 'exit', atMs: at + 100 });
}

function leaveIfDone(state: ExecutorModelState, at: number, effects: Effects): void {
  if (!state.config.single || state.tasks.size > 0 || state.unacknowledged.length > 0) return;
  effects.push({ type: 'SetTimer', timer: 'exit', atMs: at + 100 });
}

function exit(state: ExecutorModelState, status: number, effects: Effects): void {
  state.exited = true;
  effects.push({ type: 'Exit', status });
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, i) => byte === b[i]);
}
