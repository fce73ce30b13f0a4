/**
 * What an agent shows: the answer to Mesos' `/state`, under Mesos' names (`slave_id`, times in seconds). Pure functions
 * of the state. Facts: `Http::state`, `ExecutorWriter`, `FrameworkWriter` of Mesos' agent.
 */
import { agentInfo, type FrameworkInfo } from '../../protocol/framework.js';
import { commandInfo, labels as labelsSchema, type Resource } from '../../protocol/common.js';
import { containerInfo, containerStatus, discoveryInfo, healthCheck } from '../../protocol/container.js';
import type { TaskStatus } from '../../protocol/task.js';
import { type Json, toV1Json } from '../../protocol/v1-json.js';
import { resourcesFromMessages } from '../../resources/message-form.js';
import { reservedByRole, resourceModel } from '../../resources/print-model.js';
import { printRanges } from '../../resources/print-text.js';
import { Resources } from '../../resources/resources.js';
import { MeteError } from '../../base/errors.js';
import type { AgentState, Executor, Framework, Task } from './state.js';

export type JsonObject = Record<string, Json>;

/** All the agent knows, as `/state` of Mesos' agent. Build facts, flags and log paths are the caller's to add. */
export function viewState(state: AgentState): JsonObject {
  const { config, info, totalResources: total } = state;
  const used = usedResources(state);
  return {
    version: config.version,
    start_time: config.startMs / 1000,
    id: info.id ?? '',
    pid: `slave(1)@${config.endpoint}`,
    hostname: info.hostname,
    capabilities: [...config.capabilities],
    ...(info.domain === undefined ? {} : { domain: toV1Json(agentInfo.properties.domain, info.domain) }),
    resources: resourceModel(total),
    reserved_resources: mapRoles(total, resourceModel),
    unreserved_resources: resourceModel(total.unreserved()),
    reserved_resources_full: mapRoles(total, fullResources),
    unreserved_resources_full: fullResources(total.unreserved()),
    reserved_resources_allocated: mapRoles(used, resourceModel),
    unreserved_resources_allocated: resourceModel(used.unreserved()),
    resource_providers: [],
    attributes: viewAttributes(state),
    ...(state.master === null ? {} : { master_hostname: state.master.slice(0, state.master.lastIndexOf(':')) }),
    frameworks: [...state.frameworks.values()].map(viewFramework),
    completed_frameworks: [...state.completedFrameworks.values()].map(viewFramework),
  };
}

/** What all executors and their unfinished tasks hold. */
export function usedResources(state: AgentState): Resources {
  let used = Resources.EMPTY;
  for (const framework of state.frameworks.values()) {
    for (const executor of framework.executors.values()) used = used.plus(executorResources(executor));
  }
  return used;
}

export function executorResources(executor: Executor): Resources {
  let held = valueOf(executor.info.resources);
  for (const tasks of [executor.queued, executor.launched]) {
    for (const task of tasks.values()) held = held.plus(valueOf(task.info.resources));
  }
  return held;
}

/** Resources that a master has accepted; what cannot be read after all counts as none. */
function valueOf(messages: readonly Resource[] | undefined): Resources {
  try {
    return resourcesFromMessages(messages);
  } catch (error) {
    if (error instanceof MeteError) return Resources.EMPTY;
    throw error;
  }
}

function fullResources(resources: Resources): Json {
  return resources.toJSON() as unknown as Json;
}

function mapRoles(resources: Resources, view: (of: Resources) => Json): JsonObject {
  return Object.fromEntries([...reservedByRole(resources)].map(([role, of]) => [role, view(of)]));
}

function viewAttributes(state: AgentState): JsonObject {
  const out: JsonObject = {};
  for (const { name, scalar, ranges, text } of state.info.attributes ?? []) {
    if (scalar !== undefined) out[name] = scalar;
    else if (ranges !== undefined) out[name] = printRanges(ranges.flatMap(({ begin, end }) => [begin, end]));
    else if (text !== undefined) out[name] = text;
  }
  return out;
}

function viewFramework(framework: Framework): JsonObject {
  const { info } = framework;
  return {
    id: framework.id,
    name: info.name,
    user: info.user,
    failover_timeout: info.failoverTimeoutSeconds ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    ...viewRoles(info),
    executors: [...framework.executors.values()].map(viewExecutor),
    completed_executors: framework.completedExecutors.map(viewExecutor),
  };
}

function viewRoles(info: FrameworkInfo): JsonObject {
  const many = info.capabilities?.some(({ type }) => type === 'MULTI_ROLE') === true;
  return many ? { roles: info.roles ?? [] } : { role: info.role ?? '*' };
}

function viewExecutor(executor: Executor): JsonObject {
  const { info } = executor;
  const role = info.resources?.[0]?.allocationInfo?.role;
  return {
    id: executor.id,
    name: info.name ?? '',
    source: info.source ?? '',
    container: executor.containerId,
    directory: executor.directory,
    resources: resourceModel(executorResources(executor)),
    ...(role === undefined ? {} : { role }),
    ...(info.labels === undefined ? {} : { labels: labelList(info.labels) }),
    ...(info.type === undefined ? {} : { type: info.type }),
    tasks: [...executor.launched.values()].map(viewTask),
    queued_tasks: [...executor.queued.values()].map(viewQueuedTask),
    completed_tasks: [...executor.completed, ...executor.terminated.values()].map(viewTask),
  };
}

/** The executors that have a process, as `/containers` and `/monitor/statistics` of Mesos' agent name them. */
export function viewContainers(state: AgentState): (JsonObject & { readonly container_id: string })[] {
  return [...state.containers.values()]
    .filter(({ pid, state: phase }) => pid !== null && phase !== 'TERMINATED')
    .map((executor) => ({
      container_id: executor.containerId,
      executor_id: executor.id,
      executor_name: executor.info.name ?? '',
      framework_id: executor.framework.id,
      source: executor.info.source ?? '',
      status: toV1Json(containerStatus, executor.containerStatus),
    }));
}

function viewQueuedTask({ id, info, executor }: Task): JsonObject {
  return {
    id,
    name: info.name,
    slave_id: info.agentId,
    resources: resourceModel(valueOf(info.resources)),
    role: info.resources?.[0]?.allocationInfo?.role ?? '*',
    ...(info.command === undefined ? {} : { command: toV1Json(commandInfo, info.command) }),
    ...(executor.generated ? {} : { executor_id: executor.id }),
    ...(info.discovery === undefined ? {} : { discovery: toV1Json(discoveryInfo, info.discovery) }),
  };
}

function viewTask(task: Task): JsonObject {
  const { id, info, executor } = task;
  const user = info.command?.user ?? info.executor?.command?.user;
  return {
    id,
    name: info.name,
    framework_id: executor.framework.id,
    executor_id: executor.generated ? '' : executor.id,
    slave_id: info.agentId,
    state: task.state,
    resources: resourceModel(valueOf(info.resources)),
    ...(info.limits === undefined ? {} : { limits: { ...info.limits } }),
    role: info.resources?.[0]?.allocationInfo?.role ?? '*',
    statuses: task.statuses.map(viewStatus),
    ...(user === undefined ? {} : { user }),
    ...(info.labels === undefined ? {} : { labels: labelList(info.labels) }),
    ...(info.discovery === undefined ? {} : { discovery: toV1Json(discoveryInfo, info.discovery) }),
    ...(info.container === undefined ? {} : { container: toV1Json(containerInfo, info.container) }),
    ...(info.healthCheck === undefined ? {} : { health_check: toV1Json(healthCheck, info.healthCheck) }),
  };
}

function viewStatus(status: TaskStatus): JsonObject {
  const { labels, healthy } = status;
  const container = status.containerStatus;
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    ...(labels === undefined ? {} : { labels: labelList(labels) }),
    ...(container === undefined ? {} : { container_status: toV1Json(containerStatus, container) }),
    ...(healthy === undefined ? {} : { healthy }),
  };
}

/** Labels stand as a bare list here, unlike in the v1 API. */
function labelList(labels: NonNullable<TaskStatus['labels']>): Json {
  const tree = toV1Json(labelsSchema, labels);
  return typeof tree === 'object' && !Array.isArray(tree) ? (tree['labels'] ?? []) : tree;
}
