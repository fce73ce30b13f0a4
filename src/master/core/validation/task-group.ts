/** Task groups: tasks that start together under one executor. One bad task fails the whole group. */
import type { ContainerInfo } from '../../../protocol/container.js';
import type { ExecutorId } from '../../../protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../../protocol/task.js';
import { Resources } from '../../../resources/resources.js';
import { validateCommand } from './command.js';
import { hasOwnCgroups } from './container.js';
import { validateExecutor } from './executor.js';
import { printResources, printResourcesJson } from './print-resources.js';
import { equalMessages, printDouble, printMegabytes, type Refusal } from './refusal.js';
import { overlap, sumResources, toResources, validateRevocable, validateUniquePersistence } from './resources.js';
import { type TaskContext, validateTaskInfo } from './task.js';

/** What is looked up for a group. */
export interface TaskGroupContext extends TaskContext {
  /** The containers of the tasks that the framework has under this executor on the agent, unreachable ones too. */
  containersUnder(id: ExecutorId): Iterable<ContainerInfo | undefined>;
}

/** What executors of groups need at least. */
export const MIN_EXECUTOR = { cpus: 0.01, memMb: 32 } as const;

/** The tasks of a group with the group's executor filled in where they name none, as Mesos does before it validates. */
export function completeTaskGroup(tasks: readonly TaskInfo[], executor: ExecutorInfo): TaskInfo[] {
  return tasks.map((task) => (task.executor === undefined ? { ...task, executor } : task));
}

/** A LAUNCH_GROUP; its tasks must have passed `completeTaskGroup`. `available` is as for `validateTask`. */
export function validateTaskGroup(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  context: TaskGroupContext,
  available: Resources,
): Refusal {
  for (const task of tasks) {
    const refusal = validateTaskInfo(task, context) ?? validateGrouped(task);
    if (refusal !== null) return `Task '${task.taskId}' is invalid: ${refusal}`;
  }
  return (
    validateExecutor(executor, context) ??
    validateGroupExecutor(executor, tasks) ??
    validateMinimums(executor) ??
    validateTogether(tasks, executor, context.allocationRole) ??
    validateTotal(tasks, executor, context, available) ??
    validateExecutorCommand(executor) ??
    validateCgroups(tasks, executor, context)
  );
}

/** What a task may not have because it is one of a group. */
function validateGrouped({ executor, container, healthCheck, limits }: TaskInfo): Refusal {
  if (executor === undefined) return "'TaskInfo.executor' must be set";
  if (container !== undefined) {
    const isRemote = healthCheck?.type === 'HTTP' || healthCheck?.type === 'TCP';
    if (isRemote && (container.networkInfos?.length ?? 0) > 0) {
      return "HTTP and TCP health checks are not supported for nested containers not joining parent's network";
    }
    if (container.type === 'DOCKER') return 'Docker ContainerInfo is not supported on the task';
  }
  if (limits === undefined || Object.keys(limits).length === 0) return null;
  if (hasOwnCgroups(container)) return null;
  const when = "when the 'share_cgroups' field is set to 'false'.";
  return `Resource limits may only be set for tasks within a task group ${when}`;
}

function validateGroupExecutor(executor: ExecutorInfo, tasks: readonly TaskInfo[]): Refusal {
  if (executor.type === undefined) return "'ExecutorInfo.type' must be set";
  if (executor.type === 'UNKNOWN') return 'Unknown executor type';
  if (executor.container?.type === 'DOCKER') return 'Docker ContainerInfo is not supported on the executor';
  for (const task of tasks) {
    if (task.executor === undefined || equalMessages(task.executor, executor)) continue;
    return `The \`ExecutorInfo\` of task '${task.taskId}' is different from executor '${executor.executorId}'`;
  }
  return null;
}

function validateMinimums({ executorId, resources = [] }: ExecutorInfo): Refusal {
  const amount = (wanted: string): number | undefined => {
    const found = resources.filter(({ name }) => name === wanted);
    return found.length === 0 ? undefined : found.reduce((sum, { scalar }) => sum + (scalar ?? 0), 0);
  };
  const cpus = amount('cpus');
  if (cpus === undefined || cpus < MIN_EXECUTOR.cpus) {
    const given = cpus === undefined ? 'None' : printDouble(cpus);
    return `Executor '${executorId}' uses less CPUs (${given}) than the minimum required (${MIN_EXECUTOR.cpus})`;
  }
  const mem = amount('mem');
  if (mem === undefined || mem < MIN_EXECUTOR.memMb) {
    const given = mem === undefined ? 'None' : printMegabytes(mem);
    return `Executor '${executorId}' uses less memory (${given}) than the minimum required (${MIN_EXECUTOR.memMb}MB)`;
  }
  return amount('disk') === undefined ? `Executor '${executorId}' uses no disk` : null;
}

function validateTogether(tasks: readonly TaskInfo[], executor: ExecutorInfo, allocationRole: string): Refusal {
  const parts = [...tasks, executor].map(({ resources }) => toResources(resources));
  const total = sumAll(parts);
  if (typeof total === 'string') return total;
  const persistence = validateUniquePersistence(total);
  if (persistence !== null) return `Task group and executor use duplicate persistence ID: ${persistence}`;
  const revocable = validateRevocable(total);
  if (revocable !== null) return `Task group and executor mix revocable and non-revocable resources: ${revocable}`;
  const values = parts.filter((part) => typeof part !== 'string');
  if (!overlap(values)) return null;
  const ofTasks = values.slice(0, -1).map((value) => printResources(value, allocationRole)).join(', ');
  const ofExecutor = printResourcesJson(values.at(-1)!, allocationRole);
  const where = `task resources [ ${ofTasks} ] and/or executor resources ${ofExecutor}`;
  return `There are overlapping resources in the task group's ${where}`;
}

function sumAll(parts: readonly (Resources | string)[]): Resources | string {
  let total = Resources.EMPTY;
  for (const part of parts) {
    const sum = typeof part === 'string' ? part : sumResources(total, part);
    if (typeof sum === 'string') return sum;
    total = sum;
  }
  return total;
}

function validateTotal(
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo,
  context: TaskGroupContext,
  available: Resources,
): Refusal {
  const parts = tasks.map(({ resources }) => toResources(resources));
  if (context.executor(executor.executorId) === undefined) parts.push(toResources(executor.resources));
  const total = sumAll(parts);
  if (typeof total === 'string') return total;
  const { allocationRole } = context;
  const elsewhere = [...tasks, executor].some(({ resources }) =>
    resources?.some((resource) => (resource.allocationInfo?.role ?? allocationRole) !== allocationRole),
  );
  if (!elsewhere && available.contains(total)) return null;
  const wanted = `Total resources ${printResources(total, allocationRole)} required by task group and its executor`;
  return `${wanted} are more than available ${printResources(available, allocationRole)}`;
}

function validateExecutorCommand({ executorId, command }: ExecutorInfo): Refusal {
  const refusal = command === undefined ? null : validateCommand(command);
  // The missing blank is missing in Mesos.
  return refusal === null ? null : `Executor '${executorId}'contains an invalid command: ${refusal}`;
}

function validateCgroups(tasks: readonly TaskInfo[], executor: ExecutorInfo, context: TaskGroupContext): Refusal {
  if (executor.container?.linuxInfo?.shareCgroups === true) {
    return "The 'share_cgroups' field cannot be set to 'true' on executor containers";
  }
  const first = tasks[0];
  if (first === undefined) return null;
  const own = hasOwnCgroups(first.container);
  const differs = (container: ContainerInfo | undefined): boolean => hasOwnCgroups(container) !== own;
  let mixed = tasks.some((task) => differs(task.container));
  if (!mixed && context.executor(executor.executorId) !== undefined) {
    for (const container of context.containersUnder(executor.executorId)) mixed ||= differs(container);
  }
  if (!mixed) return null;
  const where = 'for all tasks in each task group and under a single executor';
  return `If set, the value of 'share_cgroups' must be the same ${where}`;
}
