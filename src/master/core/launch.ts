/**
 * LAUNCH and LAUNCH_GROUP. This is the hot path: frameworks launch thousands of tasks that differ in little more than
 * their id, so resources and executors that equal the ones before are replaced by those, of which what is sent is made
 * already.
 */
import type { OperationMessage } from '../../protocol/offer.js';
import type { ExecutorInfo, TaskInfo } from '../../protocol/task.js';
import { resourcesFromMessages, resourcesToMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import type { Acceptance } from './acceptance.js';
import { groupRefusal, launchRefusal } from './authorization.js';
import { taskAdded } from './changes.js';
import type { MasterEffect } from './events.js';
import { addExecutor, executorOf } from './executors.js';
import { toAgent } from './send.js';
import type { Agent, Executor, Framework, MasterState } from './state.js';
import { refuseTask } from './statuses.js';
import { addTask } from './tasks.js';
import {
  completeTask,
  completeTaskGroup,
  equalMessages,
  type TaskGroupContext,
  validateTask,
  validateTaskGroup,
} from './validation/index.js';

/** LAUNCH: each task stands for itself; those that are refused end in TASK_ERROR. */
export function launch(
  state: MasterState,
  acceptance: Acceptance,
  tasks: readonly TaskInfo[],
  effects: MasterEffect[],
): void {
  const { framework } = acceptance;
  const context = contextOf(acceptance);
  for (const given of tasks) {
    const forbidden = launchRefusal(state, framework, given);
    if (forbidden !== null) {
      const { taskId, agentId } = given;
      const detail = { taskId, agentId, state: 'TASK_ERROR', reason: 'REASON_TASK_UNAUTHORIZED' } as const;
      refuseTask(state, framework, { ...detail, message: forbidden }, effects);
      continue;
    }
    const task = completed(framework, acceptance.agent, given);
    const refusal = validateTask(task, context, availableIn(acceptance));
    if (refusal === null) {
      launchOne(state, acceptance, task, given, effects);
      continue;
    }
    const { taskId, agentId } = task;
    const reason = 'REASON_TASK_INVALID';
    refuseTask(state, framework, { taskId, agentId, state: 'TASK_ERROR', reason, message: refusal }, effects);
  }
}

function launchOne(
  state: MasterState,
  acceptance: Acceptance,
  task: TaskInfo,
  given: TaskInfo,
  effects: MasterEffect[],
): void {
  const { framework, agent, role } = acceptance;
  const resources = resourcesOf(framework, task);
  let consumed = resources;
  let executor: Executor | undefined;
  let isNew = false;
  if (task.executor !== undefined) {
    executor = executorOf(agent, framework.id, task.executor.executorId);
    isNew = executor === undefined;
    executor ??= startExecutor(state, acceptance, task.executor, given.executor ?? task.executor);
    if (isNew) consumed = executor.resources.plus(resources);
  }
  const executorId = executor?.info.executorId ?? null;
  const place = { framework, agent, executorId, role, resources, user: userOf(framework, task) };
  taskAdded(state, addTask(state, task, place, 'TASK_STAGING'));
  consume(acceptance, consumed);
  framework.counters.operations.LAUNCH++;
  toAgent(agent, runTask(acceptance, task, executor, resources, isNew || task.executor === undefined), effects);
}

function runTask(
  { framework, agent, role }: Acceptance,
  task: TaskInfo,
  executor: Executor | undefined,
  resources: Resources,
  launchExecutor: boolean,
): {
  type: 'RUN_TASK';
  frameworkInfo: Framework['info'];
  task: TaskInfo;
  launchExecutor: boolean;
  resourceVersion?: string;
} {
  const allocated = resourcesToMessages(resources, role);
  return {
    type: 'RUN_TASK',
    frameworkInfo: framework.info,
    task:
      executor === undefined
        ? { ...task, resources: allocated }
        : { ...task, resources: allocated, executor: allocatedExecutor(executor) },
    launchExecutor,
    ...(agent.resourceVersion === undefined ? {} : { resourceVersion: agent.resourceVersion }),
  };
}

/** LAUNCH_GROUP: all tasks or none. */
export function launchGroup(
  state: MasterState,
  acceptance: Acceptance,
  operation: OperationMessage,
  effects: MasterEffect[],
): void {
  const { framework, agent, role } = acceptance;
  if (operation.launchGroup === undefined) return;
  const executorInfo = { ...operation.launchGroup.executor };
  executorInfo.frameworkId ??= framework.id;
  const tasks = completeTaskGroup(operation.launchGroup.taskGroup.tasks, executorInfo);
  const forbidden = groupRefusal(state, framework, tasks);
  const refusal = forbidden ?? validateTaskGroup(tasks, executorInfo, contextOf(acceptance), acceptance.remaining);
  if (refusal !== null) {
    const reason = forbidden === null ? 'REASON_TASK_GROUP_INVALID' : 'REASON_TASK_GROUP_UNAUTHORIZED';
    for (const { taskId, agentId } of tasks) {
      refuseTask(state, framework, { taskId, agentId, state: 'TASK_ERROR', reason, message: refusal }, effects);
    }
    return;
  }
  const known = executorOf(agent, framework.id, executorInfo.executorId);
  const executor = known ?? startExecutor(state, acceptance, executorInfo, operation.launchGroup.executor);
  let consumed = known === undefined ? executor.resources : Resources.EMPTY;
  const allocated = tasks.map((task) => {
    const resources = resourcesOf(framework, task);
    consumed = consumed.plus(resources);
    const { executorId } = executorInfo;
    const place = { framework, agent, executorId, role, resources, user: userOf(framework, task) };
    taskAdded(state, addTask(state, task, place, 'TASK_STAGING'));
    return { ...task, executor: allocatedExecutor(executor), resources: resourcesToMessages(resources, role) };
  });
  consume(acceptance, consumed);
  framework.counters.operations.LAUNCH_GROUP++;
  const message = {
    type: 'RUN_TASK_GROUP',
    frameworkInfo: framework.info,
    executor: allocatedExecutor(executor),
    taskGroup: { tasks: allocated },
    launchExecutor: known === undefined,
    ...(agent.resourceVersion === undefined ? {} : { resourceVersion: agent.resourceVersion }),
  } as const;
  toAgent(agent, message, effects);
}

/** What a task may use: what is left, and any number of copies of the pool's shared volumes. */
function availableIn({ remaining, shared }: Acceptance): Resources {
  return shared.isEmpty ? remaining : remaining.nonShared().plus(shared);
}

/** Takes resources from the pool; copies of shared volumes beyond those offered are added to the allocation. */
function consume(acceptance: Acceptance, consumed: Resources): void {
  if (!acceptance.shared.isEmpty) {
    const additional = consumed.sharedOnly().minus(acceptance.remaining.sharedOnly());
    if (!additional.isEmpty) acceptance.conversions.push({ consumed: Resources.EMPTY, converted: additional });
  }
  acceptance.remaining = acceptance.remaining.minus(consumed);
}

function startExecutor(
  state: MasterState,
  { framework, agent, role }: Acceptance,
  info: ExecutorInfo,
  given: ExecutorInfo,
): Executor {
  const resources = resourcesFromMessages(info.resources);
  return addExecutor(state, { info: ownData(info), given: ownData(given), framework, agent, role, resources });
}

/** With a copy of its data: as that came it is a part of a whole frame. */
function ownData(info: ExecutorInfo): ExecutorInfo {
  return info.data === undefined ? info : { ...info, data: info.data.slice() };
}

/** Executors as agents get them: their resources say to which role they are allocated. */
const allocatedExecutors = new WeakMap<Executor, ExecutorInfo>();

function allocatedExecutor(executor: Executor): ExecutorInfo {
  let made = allocatedExecutors.get(executor);
  if (made === undefined) {
    const { info, role } = executor;
    // In the framework's own order: what the agent tells of it later must be the same as what the framework says.
    const resources = info.resources?.map((resource) => ({ ...resource, allocationInfo: { role } }));
    made = resources === undefined ? info : { ...info, resources };
    allocatedExecutors.set(executor, made);
  }
  return made;
}

function userOf(framework: Framework, task: TaskInfo): string | undefined {
  return (task.command ?? task.executor?.command)?.user ?? framework.info.user;
}

function contextOf({ framework, agent, role }: Acceptance): TaskGroupContext {
  return {
    frameworkId: framework.id,
    allocationRole: role,
    agentId: agent.id,
    taskResourceLimits: agent.capabilities.has('TASK_RESOURCE_LIMITS'),
    executor: (id) => executorOf(agent, framework.id, id)?.info,
    hasTask: (id) => framework.tasks.has(id),
    hasUnreachableTask: (id) => framework.unreachableTasks.has(id),
    containersUnder: (id) =>
      [...framework.tasks.values(), ...framework.unreachableTasks.values()]
        .filter((task) => task.executorId === id && task.agentId === agent.id)
        .map((task) => task.extras.container),
  };
}

/** The task with what the framework may leave out; an executor that runs already is taken as it is known. */
function completed(framework: Framework, agent: Agent, given: TaskInfo): TaskInfo {
  const { executor } = given;
  const known = executor === undefined ? undefined : executorOf(agent, framework.id, executor.executorId);
  const isKnown = known !== undefined && equalMessages(known.given, executor);
  return completeTask(isKnown ? { ...given, executor: known.info } : given, framework.id);
}

/** The resources of a task: the value of the task before if it is the same, for which a list to send is there. */
function resourcesOf(framework: Framework, task: TaskInfo): Resources {
  const resources = resourcesFromMessages(task.resources);
  if (framework.lastResources?.equals(resources) === true) return framework.lastResources;
  return (framework.lastResources = resources);
}
