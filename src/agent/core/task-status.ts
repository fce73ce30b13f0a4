/**
 * What becomes of a status: it is completed, changes the task, is stored in the task's stream, acknowledged to the
 * executor that sent it, and forwarded to the master. Facts: `statusUpdate`, `_statusUpdate`, `forward`,
 * `statusUpdateAcknowledgement` of Mesos' agent.
 */
import type { LinkId } from '../../base/core.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { DrainConfig } from '../../protocol/operator-shapes.js';
import type { ExecutorId, FrameworkId, TaskId } from '../../protocol/schema.js';
import { isTerminal, type Reason, type StatusUpdate, type TaskState, type TaskStatus } from '../../protocol/task.js';
import { makeUuid, sameBytes } from './dice.js';
import { checkpointAcknowledgement, checkpointTask, forgetTask } from './checkpoint.js';
import type { Effects } from './events.js';
import { forwardNext, storeAndForward } from './forwarding.js';
import { completeTask, removeExecutor, removeFrameworkIfIdle } from './removal.js';
import { dropMessage, log } from './send.js';
import { shutdownExecutor } from './shutdown.js';
import { agentIdOf, type AgentState, type Executor, type Framework, hasUnfinishedTasks, type Task } from './state.js';
import { acknowledgeUpdate, checkUpdate, findStream, type UpdateCheck } from './status-updates.js';

/** Updates for tasks that nobody knows are taken up to this number for each framework. */
const MAX_UNKNOWN_TASKS = 1_000;

/** A status that the agent itself makes. */
export function makeStatus(
  state: AgentState,
  atMs: number,
  frameworkId: FrameworkId,
  taskId: TaskId,
  taskState: TaskState,
  reason: Reason,
  message: string,
  executorId?: ExecutorId,
): StatusUpdate {
  const agentId = agentIdOf(state);
  const uuid = makeUuid(state.dice);
  const timestamp = atMs / 1000;
  const ofExecutor = executorId === undefined ? {} : { executorId };
  const source = 'SOURCE_AGENT';
  const common = { agentId, timestamp, uuid, ...ofExecutor };
  return { frameworkId, ...common, status: { taskId, state: taskState, message, source, reason, ...common } };
}

/** Makes a status and has it take effect. */
export function updateByAgent(
  state: AgentState,
  atMs: number,
  framework: Framework,
  taskId: TaskId,
  taskState: TaskState,
  reason: Reason,
  message: string,
  executorId: ExecutorId | undefined,
  effects: Effects,
): void {
  const update = makeStatus(state, atMs, framework.id, taskId, taskState, reason, message, executorId);
  handleUpdate(state, atMs, framework, update, null, effects);
}

/** An executor tells the status of a task. */
export function executorUpdate(
  state: AgentState,
  atMs: number,
  executor: Executor,
  link: LinkId,
  received: TaskStatus,
  effects: Effects,
): void {
  const { framework } = executor;
  if (received.uuid !== undefined && received.uuid.length !== 16) {
    invalidUpdate(state, effects, 'a uuid is not 16 bytes', received);
    return;
  }
  if (received.agentId !== undefined && received.agentId !== state.info.id) {
    invalidUpdate(state, effects, 'it is for another agent', received);
    return;
  }
  const agentId = agentIdOf(state);
  const timestamp = received.timestamp ?? atMs / 1000;
  const uuid = received.uuid ?? makeUuid(state.dice);
  const status: TaskStatus = {
    ...received,
    source: 'SOURCE_EXECUTOR',
    agentId,
    executorId: executor.id,
    timestamp,
    uuid,
    containerStatus: containerStatus(executor, received),
  };
  const update = { frameworkId: framework.id, executorId: executor.id, agentId, status, timestamp, uuid };
  handleUpdate(state, atMs, framework, update, link, effects);
}

function containerStatus(executor: Executor, received: TaskStatus): NonNullable<TaskStatus['containerStatus']> {
  const told = received.containerStatus;
  return told === undefined ? executor.containerStatus : { ...executor.containerStatus, ...told };
}

function invalidUpdate(state: AgentState, effects: Effects, why: string, status: TaskStatus): void {
  state.counters.invalidStatusUpdates++;
  log(effects, 'warn', `ignoring a status update: ${why}`, { taskId: status.taskId, state: status.state });
}

/** `link` is that of the executor that sent it; null for the agent's own. */
function handleUpdate(
  state: AgentState,
  atMs: number,
  framework: Framework,
  given: StatusUpdate,
  link: LinkId | null,
  effects: Effects,
): void {
  const update = state.drainConfig === null ? given : updateWhileDraining(state.drainConfig, framework, given);
  const { status } = update;
  if (framework.terminating) {
    invalidUpdate(state, effects, 'its framework is terminating', status);
    // Mesos says nothing here. An executor that hears that its last words have arrived need not wait before it ends.
    acknowledgeExecutor(update, link, effects);
    return;
  }
  const task = framework.tasks.get(status.taskId);
  let check = checkUpdate(state.streams, update);
  if (check === 'NEW' && task === undefined && link !== null) check = checkUnknown(state, framework, update);
  if (check !== 'NEW') {
    if (check === 'FULL') invalidUpdate(state, effects, 'too many wait for an acknowledgement', status);
    else acknowledgeExecutor(update, link, effects);
    return;
  }
  if (task !== undefined) {
    if (link !== null && status.state === 'TASK_STAGING') {
      invalidUpdate(state, effects, 'TASK_STAGING is not allowed; shutting down the executor', status);
      if (task.executor.state === 'RUNNING') shutdownExecutor(state, atMs, task.executor, effects);
      return;
    }
    state.counters.validStatusUpdates++;
    const wasQueued = task.stage === 'QUEUED';
    const refusal = moveTask(state, task, status);
    if (refusal !== null) {
      log(effects, 'warn', `status update changes nothing: ${refusal}`, { taskId: task.id, state: status.state });
      acknowledgeExecutor(update, link, effects);
      return;
    }
    if (wasQueued) checkpointTask(task, effects);
  } else {
    state.counters.validStatusUpdates++;
  }
  storeAndForward(state, atMs, update, task, effects);
  acknowledgeExecutor(update, link, effects);
}

/** An update as it is told while the agent drains: of a task that was killed it says why. */
function updateWhileDraining(config: DrainConfig, { partitionAware }: Framework, update: StatusUpdate): StatusUpdate {
  const { status } = update;
  if (status.state !== 'TASK_KILLING' && status.state !== 'TASK_KILLED') return update;
  const isGone = config.markGone === true && partitionAware && status.state === 'TASK_KILLED';
  const state = isGone ? 'TASK_GONE_BY_OPERATOR' : status.state;
  return { ...update, status: { ...status, state, reason: 'REASON_AGENT_DRAINING' } };
}

/** An executor's update of an unknown task: known if the task has ended with it; too many such tasks are refused. */
function checkUnknown(state: AgentState, framework: Framework, update: StatusUpdate): UpdateCheck {
  const { taskId } = update.status;
  const executor = update.executorId === undefined ? undefined : framework.executors.get(update.executorId);
  const ended = executor?.completed.find((task) => task.id === taskId);
  if (ended?.statuses.some((status) => sameBytes(status.uuid!, update.uuid!)) === true) return 'DUPLICATE';
  if (findStream(state.streams, framework.id, taskId) !== undefined) return 'NEW';
  const streams = state.streams.byFramework.get(framework.id)?.size ?? 0;
  return streams < framework.tasks.size + MAX_UNKNOWN_TASKS ? 'NEW' : 'FULL';
}

function acknowledgeExecutor(update: StatusUpdate, link: LinkId | null, effects: Effects): void {
  if (link === null) return;
  const { taskId } = update.status;
  effects.push({ type: 'Send', link, message: { type: 'ACKNOWLEDGED', taskId, uuid: update.uuid! } });
}

/** Brings a task to the state of a status. Returns why not, if it may not. */
function moveTask(state: AgentState, task: Task, status: TaskStatus): string | null {
  const terminal = isTerminal(status.state);
  if (task.stage === 'TERMINATED') return `the task is already terminated with state ${task.state}`;
  if (task.stage === 'QUEUED' && !terminal) return 'the task has not been given to the executor';
  task.state = status.state;
  noteStatus(task, status);
  if (!terminal) return null;
  const { executor } = task;
  if (task.stage === 'QUEUED') dequeue(task);
  executor.launched.delete(task.id);
  executor.terminated.set(task.id, task);
  task.stage = 'TERMINATED';
  countEnd(state, status.state);
  return null;
}

/** Takes a task, and its group if it was the last of it, from what waits for the executor. */
export function dequeue(task: Task): void {
  const { executor, group } = task;
  executor.queued.delete(task.id);
  if (group === null) return;
  if (!group.tasks.some((other) => other.stage === 'QUEUED' && other !== task)) executor.queuedGroups.delete(group);
}

/** The last status of each state in a row is kept, without data. */
export function noteStatus(task: Task, status: TaskStatus): void {
  const { statuses } = task;
  if (statuses.length > 0 && statuses[statuses.length - 1]!.state === status.state) statuses.pop();
  if (status.data === undefined) {
    statuses.push(status);
    return;
  }
  const { data: _data, ...rest } = status;
  statuses.push(rest);
}

function countEnd(state: AgentState, taskState: TaskState): void {
  const { counters } = state;
  switch (taskState) {
    case 'TASK_FINISHED':
      counters.tasksFinished++;
      break;
    case 'TASK_FAILED':
      counters.tasksFailed++;
      break;
    case 'TASK_KILLED':
      counters.tasksKilled++;
      break;
    case 'TASK_LOST':
      counters.tasksLost++;
      break;
    case 'TASK_GONE':
      counters.tasksGone++;
      break;
    default:
  }
}

/** The framework has an update: the next one goes, or the task is history. */
export function updateAcknowledged(
  state: AgentState,
  atMs: number,
  message: MessageOf<'STATUS_UPDATE_ACKNOWLEDGEMENT'>,
  effects: Effects,
): void {
  const { frameworkId, taskId, uuid } = message;
  if (state.phase !== 'RUNNING') {
    dropMessage(state, effects, 'ignoring an acknowledgement', { taskId, phase: state.phase });
    return;
  }
  const acknowledged = acknowledgeUpdate(state.streams, frameworkId, taskId, uuid);
  if (acknowledged === null) {
    dropMessage(state, effects, 'ignoring an acknowledgement: no such update waits for one', { frameworkId, taskId });
    return;
  }
  if (!acknowledged.ended) {
    checkpointAcknowledgement(acknowledged.stream, uuid, effects);
    forwardNext(state, atMs, acknowledged.stream, effects);
    return;
  }
  forgetTask(acknowledged.stream, effects);
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  const task = framework.tasks.get(taskId);
  if (task?.stage === 'TERMINATED') completeTask(state, framework, task);
  const executor = task?.executor;
  if (executor?.state === 'TERMINATED' && !hasUnfinishedTasks(executor)) removeExecutor(state, executor, effects);
  removeFrameworkIfIdle(state, framework, effects);
}
