/**
 * The life of an executor: REGISTERING while its process starts, RUNNING once it has subscribed, TERMINATING when it
 * was asked to end or did not come in time, TERMINATED when its process is gone; then it stays until the updates of its
 * tasks are acknowledged. Facts: `subscribe`, `___run`, `_shutdownExecutor`, `executorTerminated`,
 * `registerExecutorTimeout`, `shutdownExecutorTimeout` of Mesos' agent.
 */
import type { LinkId } from '../../base/core.js';
import type { MessageOf } from '../../protocol/messages.js';
import { checkpointExecutor, checkpointProcess, checkpointTask } from './checkpoint.js';
import { takeDue } from './deadlines.js';
import { durationText } from './durations.js';
import type { AgentEvent, Effects } from './events.js';
import { noteRecovered } from './recovery.js';
import { detach, forgetLinks, removeExecutor, removeFrameworkIfIdle } from './removal.js';
import { armDeadlines, dropMessage, log, sendExited, sendKill, sendToExecutor } from './send.js';
import { shutdownExecutor } from './shutdown.js';
import { type AgentState, droppedState, endsWithAgent, type Executor, hasUnfinishedTasks, type Task } from './state.js';
import { dequeue, executorUpdate, updateByAgent } from './task-status.js';

/** An executor is ready, or comes back over a new link. */
export function subscribe(
  state: AgentState,
  atMs: number,
  link: LinkId,
  message: MessageOf<'EXECUTOR_SUBSCRIBE'>,
  effects: Effects,
): void {
  const framework = state.frameworks.get(message.frameworkId);
  const executor = framework?.executors.get(message.executorId);
  const { frameworkId, executorId } = message;
  if (framework === undefined || executor === undefined) {
    const text = `${framework === undefined ? 'Framework' : 'Executor'} cannot be found`;
    dropMessage(state, effects, 'refusing an executor', { frameworkId, executorId, text });
    effects.push({ type: 'Send', link, message: { type: 'EXECUTOR_ERROR', message: text } });
    effects.push({ type: 'CloseLink', link, reason: text });
    return;
  }
  const ending = executor.state === 'TERMINATING' || executor.state === 'TERMINATED';
  if (ending || framework.terminating || endsWithAgent(state, framework)) {
    log(effects, 'warn', 'shutting down an executor that subscribes too late', { frameworkId, executorId });
    effects.push({ type: 'Send', link, message: { type: 'EXECUTOR_SHUTDOWN' } });
    if (executor.state === 'TERMINATING') attach(state, executor, link, effects);
    else effects.push({ type: 'CloseLink', link, reason: 'the executor is to end' });
    return;
  }
  attach(state, executor, link, effects);
  executor.state = 'RUNNING';
  noteRecovered(state, atMs, executor, effects);
  const { info: executorInfo, containerId } = executor;
  if (executor.everSentTask || executor.queued.size > 0) {
    const who = { executorInfo, frameworkInfo: framework.info, agentInfo: state.info, containerId };
    sendToExecutor(executor, { type: 'EXECUTOR_SUBSCRIBED', ...who }, effects);
  }
  for (const { status } of message.unacknowledgedUpdates ?? []) {
    executorUpdate(state, atMs, executor, link, status, effects);
  }
  dropUndelivered(state, atMs, executor, message, effects);
  if (!executor.everSentTask && executor.queued.size === 0) {
    log(effects, 'warn', 'shutting down an executor: its tasks were killed before delivery', { executorId });
    shutdownExecutor(state, atMs, executor, effects);
    return;
  }
  deliver(executor, effects);
  for (const task of executor.launched.values()) if (task.kill !== null) sendKill(task, effects);
}

function attach(state: AgentState, executor: Executor, link: LinkId, effects: Effects): void {
  if (executor.link === link) return;
  forgetLinks(state, executor);
  if (executor.link !== null) {
    effects.push({ type: 'CloseLink', link: executor.link, reason: 'the executor has subscribed on another link' });
  }
  executor.link = link;
  state.links.set(link, executor);
}

/** Tasks that were sent but that the executor has neither reported nor seen are lost. */
function dropUndelivered(
  state: AgentState,
  atMs: number,
  executor: Executor,
  message: MessageOf<'EXECUTOR_SUBSCRIBE'>,
  effects: Effects,
): void {
  if (executor.launched.size === 0) return;
  const seen = new Set(message.unacknowledgedTasks?.map((task) => task.taskId));
  const { framework } = executor;
  for (const task of [...executor.launched.values()]) {
    if (task.state !== 'TASK_STAGING' || seen.has(task.id)) continue;
    const text = 'Task launched during agent restart';
    const to = droppedState(framework);
    updateByAgent(state, atMs, framework, task.id, to, 'REASON_AGENT_RESTARTED', text, executor.id, effects);
  }
}

/** Gives an executor what is queued for it; what finds no link waits for the next subscription. */
export function deliver(executor: Executor, effects: Effects): void {
  if (executor.state !== 'RUNNING' || executor.link === null || executor.queued.size === 0) return;
  for (const task of executor.queued.values()) {
    if (task.group !== null) continue;
    sendToExecutor(executor, { type: 'LAUNCH', task: task.info }, effects);
    noteDelivery(task, effects);
  }
  for (const group of executor.queuedGroups) {
    sendToExecutor(executor, { type: 'LAUNCH_GROUP', taskGroup: group.message }, effects);
    for (const task of group.tasks) if (task.stage === 'QUEUED') noteDelivery(task, effects);
  }
}

function noteDelivery(task: Task, effects: Effects): void {
  const { executor, info } = task;
  dequeue(task);
  task.stage = 'LAUNCHED';
  task.group = null;
  executor.launched.set(task.id, task);
  if (info.data !== undefined) {
    const { data: _data, ...rest } = info;
    task.info = rest;
  }
  checkpointTask(task, effects);
  if (executor.everSentTask) return;
  executor.everSentTask = true;
  checkpointExecutor(executor, effects);
}

export function deadlinesTimerFired(state: AgentState, atMs: number, effects: Effects): void {
  state.deadlinesTimerMs = null;
  for (let due = takeDue(state.deadlines, atMs); due !== null; due = takeDue(state.deadlines, atMs)) {
    const { executor, kind } = due;
    if (state.containers.get(executor.containerId) !== executor) continue;
    const { containerId } = executor;
    if (kind === 'SHUTDOWN' && executor.state === 'TERMINATING') {
      log(effects, 'warn', 'destroying an executor that did not end in time', { containerId });
      effects.push({ type: 'DestroyExecutor', containerId });
    }
    if (kind === 'REGISTRATION' && executor.state === 'REGISTERING' && !executor.framework.terminating) {
      const within = durationText(state.config.executorRegistrationTimeoutMs);
      const message = `Executor did not register within ${within}`;
      log(effects, 'warn', message, { executorId: executor.id, containerId });
      executor.state = 'TERMINATING';
      executor.pendingTermination = { reason: 'REASON_EXECUTOR_REGISTRATION_TIMEOUT', message };
      effects.push({ type: 'DestroyExecutor', containerId });
    }
  }
  armDeadlines(state, effects);
}

export function executorStarted(
  state: AgentState,
  event: Extract<AgentEvent, { type: 'ExecutorStarted' }>,
  effects: Effects,
): void {
  const { containerId, pid, startTicks = 0 } = event;
  const executor = state.containers.get(containerId);
  if (executor === undefined || executor.state === 'TERMINATED') {
    effects.push({ type: 'DestroyExecutor', containerId });
    return;
  }
  executor.pid = pid;
  executor.containerStatus = { ...executor.containerStatus, executorPid: pid };
  checkpointProcess(executor, pid, startTicks, effects);
  if (executor.state === 'TERMINATING') effects.push({ type: 'DestroyExecutor', containerId });
}

export function executorFailedToStart(
  state: AgentState,
  event: Extract<AgentEvent, { type: 'ExecutorFailedToStart' }>,
  effects: Effects,
): void {
  const executor = state.containers.get(event.containerId);
  state.counters.containerLaunchErrors++;
  log(effects, 'error', 'an executor failed to start', { containerId: event.containerId, message: event.message });
  if (executor === undefined || executor.state === 'TERMINATED') return;
  const message = `Failed to launch container: ${event.message}`;
  // Not if it was given up: the reason for that is known already.
  executor.pendingTermination ??= { reason: 'REASON_CONTAINER_LAUNCH_FAILED', message };
  executorTerminated(state, event.at, executor, -1, {}, effects);
}

export function executorExited(
  state: AgentState,
  event: Extract<AgentEvent, { type: 'ExecutorExited' }>,
  effects: Effects,
): void {
  const executor = state.containers.get(event.containerId);
  if (executor === undefined || executor.state === 'TERMINATED') {
    log(effects, 'warn', 'an executor ended that is not known', { containerId: event.containerId });
    return;
  }
  executorTerminated(state, event.at, executor, event.status, event, effects);
}

type Told = Pick<Extract<AgentEvent, { type: 'ExecutorExited' }>, 'reason' | 'message'>;

/** The process is gone: its tasks end, the master is told, the executor is removed as soon as nothing waits for it. */
function executorTerminated(
  state: AgentState,
  atMs: number,
  executor: Executor,
  status: number,
  told: Told,
  effects: Effects,
): void {
  const { framework, containerId, pendingTermination } = executor;
  log(effects, 'info', 'an executor has ended', { executorId: executor.id, containerId, status });
  state.counters.executorsTerminated++;
  executor.state = 'TERMINATED';
  detach(state, executor, effects);
  if (framework.terminating) {
    for (const task of executor.launched.values()) {
      task.stage = 'TERMINATED';
      executor.terminated.set(task.id, task);
    }
    executor.launched.clear();
  } else {
    const reason = told.reason ?? pendingTermination?.reason ?? 'REASON_EXECUTOR_TERMINATED';
    const to = pendingTermination?.state ?? 'TASK_FAILED';
    const messages = [pendingTermination?.message, told.message].filter((text) => text !== undefined);
    const message = messages.length === 0 ? 'Executor terminated' : messages.join('; ');
    for (const { id } of [...executor.launched.values(), ...executor.queued.values()]) {
      updateByAgent(state, atMs, framework, id, to, reason, message, executor.id, effects);
    }
  }
  if (!executor.generated) sendExited(state, framework.id, executor.id, status, effects);
  if (endsWithAgent(state, framework) || framework.terminating || !hasUnfinishedTasks(executor)) {
    removeExecutor(state, executor, effects);
  }
  removeFrameworkIfIdle(state, framework, effects);
  noteRecovered(state, atMs, executor, effects);
}

/** The link of an executor is gone; what is queued waits until it subscribes again, or until its process ends. */
export function executorLinkClosed(state: AgentState, link: LinkId, effects: Effects): void {
  const executor = state.links.get(link);
  if (executor === undefined) return;
  if (executor.link !== link) return;
  executor.link = null;
  executor.formerLink = link;
  if (executor.state === 'RUNNING') log(effects, 'warn', 'link of an executor closed', { executorId: executor.id });
}
