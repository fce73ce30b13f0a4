/**
 * Tasks of LAUNCH operations. The checks run in Mesos' order and the first failure is the answer: id, agent, times,
 * checks, resources, command, container, limits (`validateTaskInfo`, which task groups share), then the executor and
 * what task and executor need together, then what only groups may have.
 */
import type { CommandInfo } from '../../../protocol/common.js';
import type { AgentId, FrameworkId, TaskId } from '../../../protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../../protocol/task.js';
import type { Resources } from '../../../resources/resources.js';
import { validateCheck, validateHealthCheck } from './check.js';
import { validateCommand } from './command.js';
import { hasOwnCgroups, validateContainer } from './container.js';
import { type ExecutorContext, validateExecutor } from './executor.js';
import { validateId } from './ids.js';
import { printResourceList, printResources, printResourcesJson } from './print-resources.js';
import type { Refusal } from './refusal.js';
import { overlap, sumResources, toResources, validateRevocable, validateSingleRole } from './resources.js';
import { validateUniquePersistence, validateUsedResources } from './resources.js';

/** What is looked up for tasks of one framework on one agent. */
export interface TaskContext extends ExecutorContext {
  readonly agentId: AgentId;
  /** Whether the agent has the capability TASK_RESOURCE_LIMITS. */
  readonly taskResourceLimits: boolean;
  /** Whether the framework has a task of this id that has not ended. */
  hasTask(id: TaskId): boolean;
  /** Whether the framework has a task of this id on an agent that is not reachable. */
  hasUnreachableTask(id: TaskId): boolean;
}

/**
 * A task with `executor.frameworkId` filled in, and a health check with the type that its fields tell; what is complete
 * is given back as it is. Mesos does this before it validates.
 */
export function completeTask(task: TaskInfo, frameworkId: FrameworkId): TaskInfo {
  let whole = task;
  const { executor, healthCheck } = task;
  if (executor !== undefined && executor.frameworkId === undefined) {
    whole = { ...whole, executor: { ...executor, frameworkId } };
  }
  if (healthCheck !== undefined && healthCheck.type === undefined) {
    const type = healthCheckType(healthCheck.command, healthCheck.http);
    if (type !== undefined) whole = { ...whole, healthCheck: { ...healthCheck, type } };
  }
  return whole;
}

function healthCheckType(command: CommandInfo | undefined, http: unknown): 'COMMAND' | 'HTTP' | undefined {
  if ((command === undefined) === (http === undefined)) return undefined;
  return command === undefined ? 'HTTP' : 'COMMAND';
}

/**
 * One task of a LAUNCH. `available` is what is left of the accepted offers, unallocated. The task must have passed
 * `completeTask`.
 */
export function validateTask(task: TaskInfo, context: TaskContext, available: Resources): Refusal {
  const refusal = validateTaskInfo(task, context) ?? validateTaskExecutor(task, context, available);
  if (refusal !== null) return refusal;
  if (!hasOwnCgroups(task.container)) return null;
  return "Only tasks in a task group may have 'share_cgroups' set to 'false'";
}

/** All but the executor. */
export function validateTaskInfo(task: TaskInfo, context: TaskContext): Refusal {
  return (
    validateId(task.taskId) ??
    validateUniqueId(task.taskId, context) ??
    validateAgent(task.agentId, context.agentId) ??
    validateTimes(task) ??
    validateChecks(task) ??
    validateTaskResources(task, context.allocationRole) ??
    validateProcess(task) ??
    (task.limits === undefined ? null : validateLimits(task, task.limits, context.taskResourceLimits))
  );
}

function validateUniqueId(id: TaskId, context: TaskContext): Refusal {
  if (context.hasTask(id)) return `Task has duplicate ID: ${id}`;
  return context.hasUnreachableTask(id) ? `Task reuses the ID of an unreachable task: ${id}` : null;
}

function validateAgent(given: AgentId, expected: AgentId): Refusal {
  return given === expected ? null : `Task uses invalid agent ${given} while agent ${expected} is expected`;
}

function validateTimes({ killPolicy, maxCompletionTimeMs }: TaskInfo): Refusal {
  if (killPolicy?.gracePeriodMs !== undefined && killPolicy.gracePeriodMs < 0) {
    return "Task's 'kill_policy.grace_period' must be non-negative";
  }
  if (maxCompletionTimeMs === undefined || maxCompletionTimeMs >= 0) return null;
  return "Task's `max_completion_time` must be non-negative";
}

function validateChecks({ check, healthCheck }: TaskInfo): Refusal {
  if (check !== undefined) {
    const refusal = validateCheck(check);
    if (refusal !== null) return `Task uses invalid check: ${refusal}`;
  }
  if (healthCheck === undefined) return null;
  const refusal = validateHealthCheck(healthCheck);
  return refusal === null ? null : `Task uses invalid health check: ${refusal}`;
}

function validateTaskResources({ resources }: TaskInfo, allocationRole: string): Refusal {
  if (resources === undefined || resources.length === 0) return 'Task uses no resources';
  const refusal = validateUsedResources(resources);
  if (refusal !== null) return `Task uses invalid resources: ${refusal}`;
  const value = toResources(resources);
  if (typeof value === 'string') return `Task uses invalid resources: ${value}`;
  const persistence = validateUniquePersistence(value);
  if (persistence !== null) return `Task uses duplicate persistence ID: ${persistence}`;
  const role = validateSingleRole(resources, allocationRole);
  if (role !== null) return `Invalid task resources: ${role}`;
  const revocable = validateRevocable(value);
  return revocable === null ? null : `Task mixes revocable and non-revocable resources: ${revocable}`;
}

function validateProcess({ command, container }: TaskInfo): Refusal {
  if (command !== undefined) {
    const refusal = validateCommand(command);
    if (refusal !== null) return `Task's \`CommandInfo\` is invalid: ${refusal}`;
  }
  if (container === undefined) return null;
  const refusal = validateContainer(container);
  return refusal === null ? null : `Task's \`ContainerInfo\` is invalid: ${refusal}`;
}

function validateLimits({ resources }: TaskInfo, limits: Readonly<Record<string, number>>, able: boolean): Refusal {
  const names = Object.keys(limits);
  if (names.length === 0) return null;
  if (!able) return 'Agent is not capable of handling task resource limits';
  if (names.some((name) => name !== 'cpus' && name !== 'mem')) {
    return "Only cpus and mem may be included in a task's resource limits";
  }
  const requested = (wanted: string): number | undefined => {
    const amounts = (resources ?? []).filter(({ name }) => name === wanted).map(({ scalar }) => scalar ?? 0);
    return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0);
  };
  const { cpus, mem } = limits;
  if (cpus !== undefined) {
    const request = requested('cpus');
    if (request === undefined) return 'When a CPU limit is specified, a CPU request must also be specified';
    if (cpus < request) return 'The cpu limit must be greater than or equal to the cpu request';
  }
  if (mem === undefined) return null;
  const request = requested('mem');
  if (request === undefined) return 'When a memory limit is specified, a memory request must also be specified';
  return mem < request ? 'The memory limit must be greater than or equal to the memory request' : null;
}

function validateTaskExecutor(task: TaskInfo, context: TaskContext, available: Resources): Refusal {
  const { executor, command } = task;
  if ((executor === undefined) === (command === undefined)) {
    return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present';
  }
  if (executor !== undefined) {
    const refusal = validateExecutor(executor, context) ?? validateOwnExecutor(executor, context.allocationRole);
    if (refusal !== null) return refusal;
  }
  return validateTogether(task, executor, context) ?? validateTotal(task, executor, context, available);
}

/** What an executor of a single task must meet besides. */
function validateOwnExecutor(executor: ExecutorInfo, allocationRole: string): Refusal {
  const { type, command, container, resources } = executor;
  if (type !== undefined && type !== 'CUSTOM') return "'ExecutorInfo.type' must be 'CUSTOM'";
  if (command === undefined) return "'ExecutorInfo.command' must be set";
  if (resources?.some((resource) => resource.shared === true) ?? false) {
    return `Executor resources ${printResourceList(resources, allocationRole)} should not contain any shared resources`;
  }
  if (container?.linuxInfo?.shareCgroups !== true) return null;
  return "The 'share_cgroups' field cannot be set to 'true' on executor containers";
}

/** What must hold for the resources of a task and its executor together, whether the executor runs already or not. */
function validateTogether(task: TaskInfo, executor: ExecutorInfo | undefined, context: TaskContext): Refusal {
  if (executor?.resources === undefined || executor.resources.length === 0) return null;
  const ofTask = toResources(task.resources);
  const ofExecutor = toResources(executor.resources);
  if (typeof ofTask === 'string' || typeof ofExecutor === 'string') return null; // refused before
  const total = sumResources(ofTask, ofExecutor);
  if (typeof total === 'string') return `Task and its executor use invalid resources: ${total}`;
  if (overlap([ofTask, ofExecutor])) {
    const first = printResourcesJson(ofTask, context.allocationRole);
    const second = printResourcesJson(ofExecutor, context.allocationRole);
    return `There are overlapping resources in the task resources ${first} and executor resources ${second}`;
  }
  const persistence = validateUniquePersistence(total);
  if (persistence !== null) return `Task and its executor use duplicate persistence ID: ${persistence}`;
  const revocable = validateRevocable(total);
  return revocable === null ? null : `Task and its executor mix revocable and non-revocable resources: ${revocable}`;
}

function validateTotal(
  task: TaskInfo,
  executor: ExecutorInfo | undefined,
  context: TaskContext,
  available: Resources,
): Refusal {
  const isNew = executor !== undefined && context.executor(executor.executorId) === undefined;
  const total = totalOf(toResources(task.resources), isNew ? toResources(executor.resources) : null);
  if (total === null) return null; // refused before
  const role = task.resources?.[0]?.allocationInfo?.role ?? context.allocationRole;
  if (role === context.allocationRole && available.contains(total)) return null;
  const wanted = `Total resources ${printResources(total, role)} required by task and its executor`;
  return `${wanted} is more than available ${printResources(available, context.allocationRole)}`;
}

function totalOf(ofTask: Resources | string, ofExecutor: Resources | string | null): Resources | null {
  if (typeof ofTask === 'string' || typeof ofExecutor === 'string') return null;
  if (ofExecutor === null) return ofTask;
  const sum = sumResources(ofTask, ofExecutor);
  return typeof sum === 'string' ? null : sum;
}
