/**
 * Taking up a former run of the agent. Its frameworks, executors, tasks and updates are there from the start
 * (`takeUp`); its executors have a while to come back over new links, or are reported as ended. When each has done one
 * or the other the agent looks for its master; those that do neither in time are destroyed, and their tasks are gone.
 * Facts: `recover`, `_recover`, `reregisterExecutorTimeout`, `Framework::recoverExecutor` of Mesos' agent, which waits
 * for the whole time whether or not anybody is missing.
 */
import { resourcesFromMessages, resourcesToMessages } from '../../resources/message-form.js';
import { runPath, taskPath } from './checkpoint.js';
import { drain } from './drain.js';
import { durationText } from './durations.js';
import type { Effects } from './events.js';
import { isPartitionAware } from './frameworks.js';
import { takeUpOperation } from './operation-statuses.js';
import { applyCheckpointed } from './operations.js';
import type { RecoveredAgent, RecoveredExecutor, RecoveredFramework, RecoveredTask } from './recovered.js';
import { disconnect } from './registration.js';
import { exitIfDone } from './removal.js';
import { log } from './send.js';
import { shutdownExecutor } from './shutdown.js';
import type { AgentState, ContainerStatus, Executor, Framework, Task } from './state.js';
import { droppedState, TIMERS } from './state.js';
import { restoreStream } from './status-updates.js';
import { noteStatus } from './task-status.js';
import { isTerminal } from '../../protocol/task.js';

/**
 * Puts into a new state what a former run has left. Without the id of that run only its reservations and volumes are
 * taken over. Throws MeteError NOT_AVAILABLE if those are not in the agent's resources.
 */
export function takeUp(state: AgentState, recovered: RecoveredAgent): void {
  const checkpointed = resourcesFromMessages(recovered.resources);
  state.totalResources = applyCheckpointed(state.config.resources, checkpointed);
  state.checkpointedResources = checkpointed;
  state.checkpointedMessages = resourcesToMessages(checkpointed);
  if (state.info.id === undefined || state.info.id !== recovered.agentInfo?.id) return;
  state.drainConfig = recovered.drainConfig;
  for (const framework of recovered.frameworks) takeUpFramework(state, framework);
  for (const operation of recovered.operations) takeUpOperation(state, operation);
}

function takeUpFramework(state: AgentState, { info, executors }: RecoveredFramework): void {
  const framework: Framework = {
    id: info.id,
    info,
    partitionAware: isPartitionAware(info),
    terminating: false,
    stored: true,
    executors: new Map(),
    tasks: new Map(),
    completedExecutors: [],
  };
  state.frameworks.set(framework.id, framework);
  for (const executor of executors) takeUpExecutor(state, framework, executor);
}

function takeUpExecutor(state: AgentState, framework: Framework, recovered: RecoveredExecutor): void {
  const { containerId, info, directory, user, generated, forked } = recovered;
  const pid = forked?.pid ?? null;
  const status = containerStatusOf(state.config.endpoint, containerId);
  const executor: Executor = {
    id: info.executorId,
    framework,
    info,
    containerId,
    directory,
    user,
    generated,
    path: runPath(containerId),
    state: 'REGISTERING',
    link: null,
    formerLink: null,
    pid,
    containerStatus: pid === null ? status : { ...status, executorPid: pid },
    pendingTermination: null,
    everSentTask: recovered.sentTask,
    queued: new Map(),
    queuedGroups: new Set(),
    launched: new Map(),
    terminated: new Map(),
    completed: [],
  };
  framework.executors.set(executor.id, executor);
  state.containers.set(containerId, executor);
  state.recovering.add(containerId);
  for (const task of recovered.tasks) takeUpTask(state, executor, task);
}

function takeUpTask(state: AgentState, executor: Executor, recovered: RecoveredTask): void {
  const { info, updates, firstUpdate, acknowledged } = recovered;
  const last = updates.at(-1)?.status.state ?? 'TASK_STAGING';
  const ended = isTerminal(last);
  const task: Task = {
    id: info.taskId,
    executor,
    info,
    group: null,
    stage: ended ? 'TERMINATED' : 'LAUNCHED',
    state: last,
    statuses: [],
    forwarded: null,
    kill: null,
  };
  for (const { status } of updates) noteStatus(task, status);
  (ended ? executor.terminated : executor.launched).set(task.id, task);
  executor.framework.tasks.set(task.id, task);
  if (updates.length === 0) return;
  restoreStream(state.streams, {
    frameworkId: executor.framework.id,
    taskId: task.id,
    pending: updates.slice(acknowledged),
    acknowledged: updates.slice(0, acknowledged).map((update) => update.uuid!),
    path: taskPath(runPath(executor.containerId), task.id),
    stored: firstUpdate + updates.length,
  });
}

/** What statuses say of a container; `endpoint` is where the agent is reached. */
export function containerStatusOf(endpoint: string, containerId: Executor['containerId']): ContainerStatus {
  const ipAddress = endpoint.slice(0, endpoint.lastIndexOf(':'));
  return { containerId, networkInfos: [{ ipAddresses: [{ ipAddress }] }] };
}

export function recoveryBegan(state: AgentState, atMs: number, effects: Effects): void {
  if (state.phase !== 'RECOVERING') return;
  const { recover, executorReregistrationTimeoutMs } = state.config;
  const executors = state.recovering.size;
  if (executors > 0) log(effects, 'info', 'recovering', { agentId: state.info.id, executors, recover });
  if (recover === 'cleanup') {
    cleanUp(state, atMs, effects);
    return;
  }
  if (executors > 0) {
    effects.push({ type: 'SetTimer', timer: TIMERS.recovery, atMs: atMs + executorReregistrationTimeoutMs });
  }
}

/** Ends the executors of the former run, and then the agent. */
function cleanUp(state: AgentState, atMs: number, effects: Effects): void {
  const executors = [...state.recovering].map((containerId) => state.containers.get(containerId)!);
  state.recovering.clear();
  state.phase = 'TERMINATING';
  state.exitReason = 'the executors of the former run are ended (--recover=cleanup)';
  for (const executor of executors) {
    if (executor.state === 'REGISTERING') shutdownExecutor(state, atMs, executor, effects);
  }
  exitIfDone(state, effects);
}

/** An executor has come back, or has ended: the agent may go on if it was the last. */
export function noteRecovered(state: AgentState, atMs: number, executor: Executor, effects: Effects): void {
  if (!state.recovering.delete(executor.containerId) || state.recovering.size > 0) return;
  finish(state, atMs, effects);
}

export function recoveryTimerFired(state: AgentState, atMs: number, effects: Effects): void {
  if (state.recovering.size === 0) return;
  const within = durationText(state.config.executorReregistrationTimeoutMs);
  const message = `Executor did not reregister within ${within}`;
  for (const containerId of state.recovering) {
    const executor = state.containers.get(containerId);
    if (executor?.state !== 'REGISTERING') continue;
    log(effects, 'warn', message, { executorId: executor.id, containerId });
    executor.state = 'TERMINATING';
    const reason = 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT';
    const to = executor.framework.partitionAware ? 'TASK_GONE' : droppedState(executor.framework);
    executor.pendingTermination = { state: to, reason, message };
    effects.push({ type: 'DestroyExecutor', containerId });
  }
  state.recovering.clear();
  finish(state, atMs, effects);
}

function finish(state: AgentState, atMs: number, effects: Effects): void {
  if (state.phase !== 'RECOVERING') return;
  log(effects, 'info', 'finished recovery', { agentId: state.info.id });
  effects.push({ type: 'ClearTimer', timer: TIMERS.recovery });
  if (state.drainConfig !== null) drain(state, atMs, state.drainConfig, effects);
  disconnect(state, atMs, effects);
}
