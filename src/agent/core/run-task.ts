/**
 * Tasks arrive: checked, given to their executor or queued until it subscribes. What cannot be run is answered with a
 * status, TASK_DROPPED (TASK_LOST for frameworks that do not know it). Facts: `run`, `_run`, `__run` of Mesos' agent;
 * where Mesos waits (garbage collection, authorization, container updates) nothing is waited for here, so no task is
 * pending before it is queued.
 */
import type { Resource } from '../../protocol/common.js';
import type { FrameworkInfo } from '../../protocol/framework.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { FrameworkId } from '../../protocol/schema.js';
import type { ExecutorInfo, Reason, TaskInfo } from '../../protocol/task.js';
import { executorInfoOf } from './command-executor.js';
import type { Effects } from './events.js';
import { deliver } from './executors.js';
import { ensureFramework } from './frameworks.js';
import { idRefusal } from './ids.js';
import { launchExecutor } from './launch.js';
import { knowsCheckpointed } from './operations.js';
import { removeFrameworkIfIdle } from './removal.js';
import { dropMessage, log, sendExited } from './send.js';
import { shutdownExecutor } from './shutdown.js';
import { type AgentState, droppedState, type Executor, type Framework, type Task } from './state.js';
import type { TaskGroup, TaskGroupMessage } from './state.js';
import { updateByAgent } from './task-status.js';

/** A launch on its way through the checks. */
interface Launch {
  readonly framework: Framework;
  readonly executorInfo: ExecutorInfo;
  readonly tasks: readonly TaskInfo[];
  /** Null for a task of its own. */
  readonly group: TaskGroupMessage | null;
  readonly resourceVersion: string | undefined;
  /** Whether the master counts on a new executor; undefined: it does not say. */
  readonly launchExecutor: boolean | undefined;
}

export function runTask(state: AgentState, atMs: number, message: MessageOf<'RUN_TASK'>, effects: Effects): void {
  const { frameworkInfo } = message;
  const task = withAllocation(message.task, frameworkInfo);
  run(state, atMs, message, [task], null, effects, (id) => executorInfoOf(id, task));
}

export function runTaskGroup(
  state: AgentState,
  atMs: number,
  message: MessageOf<'RUN_TASK_GROUP'>,
  effects: Effects,
): void {
  const { frameworkInfo, executor, taskGroup } = message;
  const tasks = taskGroup.tasks.map((task) => withAllocation(task, frameworkInfo));
  if (tasks.length === 0) {
    dropMessage(state, effects, 'ignoring an empty task group');
    return;
  }
  run(state, atMs, message, tasks, { tasks }, effects, (frameworkId) => ({ ...executor, frameworkId }));
}

/** A task whose resources say to which role they are allocated; masters before Mesos 1.3 leave that out. */
function withAllocation(task: TaskInfo, frameworkInfo: FrameworkInfo): TaskInfo {
  const { resources } = task;
  if (resources === undefined || resources.every(({ allocationInfo }) => allocationInfo !== undefined)) return task;
  const role = frameworkInfo.role ?? frameworkInfo.roles?.[0] ?? '*';
  const allocate = (resource: Resource): Resource => ({ allocationInfo: { role }, ...resource });
  return { ...task, resources: resources.map(allocate) };
}

function run(
  state: AgentState,
  atMs: number,
  message: MessageOf<'RUN_TASK'> | MessageOf<'RUN_TASK_GROUP'>,
  tasks: readonly TaskInfo[],
  group: TaskGroupMessage | null,
  effects: Effects,
  executorInfo: (frameworkId: FrameworkId) => ExecutorInfo,
): void {
  const { frameworkInfo, resourceVersion, launchExecutor: launches } = message;
  const { id } = frameworkInfo;
  const refusal = messageRefusal(state, frameworkInfo, tasks);
  if (id === undefined || refusal !== null) {
    dropMessage(state, effects, `ignoring a launch: ${refusal ?? ''}`, { frameworkId: id, taskId: tasks[0]?.taskId });
    return;
  }
  const framework = ensureFramework(state, id, frameworkInfo);
  const launch: Launch = {
    framework,
    executorInfo: executorInfo(id),
    tasks,
    group,
    resourceVersion,
    launchExecutor: launches,
  };
  if (framework.terminating) {
    dropMessage(state, effects, 'ignoring a launch: the framework is terminating', { frameworkId: id });
    exitedIfCounted(state, launch, effects);
    return;
  }
  const [reason, text] = taskRefusal(state, launch) ?? executorRefusal(launch) ?? [];
  if (reason !== undefined && text !== undefined) drop(state, atMs, launch, reason, text, effects);
  else place(state, atMs, launch, effects);
}

/** Why a launch is not even answered. */
function messageRefusal(state: AgentState, info: FrameworkInfo, tasks: readonly TaskInfo[]): string | null {
  if (state.phase === 'RECOVERING' || state.phase === 'TERMINATING') return `the agent is ${state.phase}`;
  if (info.id === undefined || idRefusal(info.id) !== null) return 'the framework has no proper id';
  const framework = state.frameworks.get(info.id);
  const ids = new Set<string>();
  for (const { taskId, agentId } of tasks) {
    if (agentId !== state.info.id) return `it is for the old agent ${agentId}`;
    if (framework?.tasks.has(taskId) === true || ids.has(taskId)) return 'the task is here already';
    if (tasks.length > 1) ids.add(taskId);
  }
  return null;
}

type Refusal = readonly [reason: Reason, text: string];

function taskRefusal(state: AgentState, launch: Launch): Refusal | null {
  if (state.drainConfig !== null) {
    return ['REASON_AGENT_DRAINING', 'Task was received while agent was already draining'];
  }
  const { tasks, executorInfo, resourceVersion } = launch;
  const badId = idRefusal(executorInfo.executorId) ?? firstRefusal(tasks);
  if (badId !== null) return ['REASON_TASK_INVALID', badId];
  if (resourceVersion !== undefined && resourceVersion !== state.resourceVersion) {
    return ['REASON_INVALID_OFFERS', 'Task assumes outdated resource state'];
  }
  const unknown = 'are unknown to the agent';
  if (!tasks.every((task) => knowsCheckpointed(state, task.resources))) {
    const text = `The checkpointed resources being used by the task or task group ${unknown}`;
    return ['REASON_RESOURCES_UNKNOWN', text];
  }
  if (!knowsCheckpointed(state, executorInfo.resources)) {
    return ['REASON_RESOURCES_UNKNOWN', `The checkpointed resources being used by the executor ${unknown}`];
  }
  return null;
}

function firstRefusal(tasks: readonly TaskInfo[]): string | null {
  for (const { taskId } of tasks) {
    const refusal = idRefusal(taskId);
    if (refusal !== null) return refusal;
  }
  return null;
}

function executorRefusal({ framework, executorInfo, tasks, group, launchExecutor: launches }: Launch): Refusal | null {
  if (launches === undefined) return null;
  const executor = framework.executors.get(executorInfo.executorId);
  if (group === null && tasks[0]?.command !== undefined) {
    if (executor === undefined) return null;
    return ['REASON_TASK_INVALID', 'Cannot reuse an already existing executor for a command task'];
  }
  if (launches && executor !== undefined) {
    return ['REASON_EXECUTOR_TERMINATED', 'Master wants to launch executor, but one already exists'];
  }
  if (launches || executor !== undefined) return null;
  return ['REASON_EXECUTOR_TERMINATED', 'No executor is expected to launch and there is none running'];
}

/** Answers each task of a launch that is refused, and sets right what the master thinks of the executor. */
function drop(
  state: AgentState,
  atMs: number,
  launch: Launch,
  reason: Reason,
  text: string,
  effects: Effects,
): void {
  const { framework, executorInfo, tasks, launchExecutor: launches, group } = launch;
  const { executorId } = executorInfo;
  log(effects, 'warn', `dropping a launch: ${text}`, { frameworkId: framework.id, taskId: tasks[0]?.taskId });
  for (const { taskId } of tasks) {
    updateByAgent(state, atMs, framework, taskId, droppedState(framework), reason, text, executorId, effects);
  }
  const executor = framework.executors.get(executorId);
  const command = group === null && tasks[0]?.command !== undefined;
  if (launches !== true || (command && executor !== undefined)) return;
  if (executor === undefined || executor.state === 'TERMINATED') exitedIfCounted(state, launch, effects);
  else if (reason === 'REASON_EXECUTOR_TERMINATED' && executor.state !== 'TERMINATING') {
    shutdownExecutor(state, atMs, executor, effects);
  }
}

function exitedIfCounted(state: AgentState, launch: Launch, effects: Effects): void {
  const { framework, executorInfo, launchExecutor: launches } = launch;
  if (launches === true) sendExited(state, framework.id, executorInfo.executorId, -1, effects);
  removeFrameworkIfIdle(state, framework, effects);
}

/** Gives tasks to their executor, which is started if it is not there. */
function place(state: AgentState, atMs: number, launch: Launch, effects: Effects): void {
  const { framework, executorInfo, tasks, group } = launch;
  const known = framework.executors.get(executorInfo.executorId);
  if (known?.state === 'TERMINATING' || known?.state === 'TERMINATED') {
    const text = `Executor ${known.state.toLowerCase()}`;
    for (const { taskId } of tasks) {
      const to = droppedState(framework);
      updateByAgent(state, atMs, framework, taskId, to, 'REASON_EXECUTOR_TERMINATED', text, undefined, effects);
    }
    return;
  }
  const generated = group === null && tasks[0]?.executor === undefined;
  const executor = known ?? launchExecutor(state, atMs, framework, executorInfo, tasks, generated, effects);
  const queued = tasks.map((info) => enqueue(executor, info));
  if (group !== null) {
    const together: TaskGroup = { message: group, tasks: queued };
    for (const task of queued) task.group = together;
    executor.queuedGroups.add(together);
  }
  deliver(executor, effects);
}

function enqueue(executor: Executor, info: TaskInfo): Task {
  const task: Task = {
    id: info.taskId,
    executor,
    info,
    group: null,
    stage: 'QUEUED',
    state: 'TASK_STAGING',
    statuses: [],
    forwarded: null,
    kill: null,
  };
  executor.queued.set(task.id, task);
  executor.framework.tasks.set(task.id, task);
  return task;
}
