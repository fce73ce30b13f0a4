/** Tasks, executors and statuses: Mesos' v1 messages of the same names, and the tables of states and reasons. */
import type { Type } from 'typebox';
import { commandInfo, labels, resourceList } from './common.js';
import { agentId, bytes, containerId, executorId, flag, frameworkId, integer, list, map, number } from './schema.js';
import { durationMs, object, oneOf, optional, taskId, text, timeMs } from './schema.js';
import { checkInfo, checkStatusInfo, containerInfo, containerStatus, discoveryInfo, healthCheck } from './container.js';

/** States of tasks by their v1 numbers. */
export const TASK_STATES = {
  TASK_STARTING: 0,
  TASK_RUNNING: 1,
  TASK_FINISHED: 2,
  TASK_FAILED: 3,
  TASK_KILLED: 4,
  TASK_LOST: 5,
  TASK_STAGING: 6,
  TASK_ERROR: 7,
  TASK_KILLING: 8,
  TASK_DROPPED: 9,
  TASK_UNREACHABLE: 10,
  TASK_GONE: 11,
  TASK_GONE_BY_OPERATOR: 12,
  TASK_UNKNOWN: 13,
} as const;
export type TaskState = keyof typeof TASK_STATES;

/** States after which nothing follows (TASK_LOST and TASK_GONE_BY_OPERATOR in practice). */
const TERMINAL: ReadonlySet<TaskState> = new Set<TaskState>([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
]);

export function isTerminal(state: TaskState): boolean {
  return TERMINAL.has(state);
}

/** Reasons of status updates by their v1 numbers. */
export const REASONS = {
  REASON_COMMAND_EXECUTOR_FAILED: 0,
  REASON_EXECUTOR_TERMINATED: 1,
  REASON_EXECUTOR_UNREGISTERED: 2,
  REASON_FRAMEWORK_REMOVED: 3,
  REASON_GC_ERROR: 4,
  REASON_INVALID_FRAMEWORKID: 5,
  REASON_INVALID_OFFERS: 6,
  REASON_MASTER_DISCONNECTED: 7,
  REASON_CONTAINER_LIMITATION_MEMORY: 8,
  REASON_RECONCILIATION: 9,
  REASON_AGENT_DISCONNECTED: 10,
  REASON_AGENT_REMOVED: 11,
  REASON_AGENT_RESTARTED: 12,
  REASON_AGENT_UNKNOWN: 13,
  REASON_TASK_INVALID: 14,
  REASON_TASK_UNAUTHORIZED: 15,
  REASON_TASK_UNKNOWN: 16,
  REASON_CONTAINER_PREEMPTED: 17,
  REASON_RESOURCES_UNKNOWN: 18,
  REASON_CONTAINER_LIMITATION: 19,
  REASON_CONTAINER_LIMITATION_DISK: 20,
  REASON_CONTAINER_LAUNCH_FAILED: 21,
  REASON_CONTAINER_UPDATE_FAILED: 22,
  REASON_EXECUTOR_REGISTRATION_TIMEOUT: 23,
  REASON_EXECUTOR_REREGISTRATION_TIMEOUT: 24,
  REASON_TASK_GROUP_INVALID: 25,
  REASON_TASK_GROUP_UNAUTHORIZED: 26,
  REASON_IO_SWITCHBOARD_EXITED: 27,
  REASON_TASK_CHECK_STATUS_UPDATED: 28,
  REASON_TASK_HEALTH_CHECK_STATUS_UPDATED: 29,
  REASON_TASK_KILLED_DURING_LAUNCH: 30,
  REASON_AGENT_REMOVED_BY_OPERATOR: 31,
  REASON_AGENT_REREGISTERED: 32,
  REASON_MAX_COMPLETION_TIME_REACHED: 33,
  REASON_AGENT_DRAINING: 34,
} as const;
export type Reason = keyof typeof REASONS;

function words<T extends string>(table: Readonly<Record<T, number>>): T[] {
  return Object.keys(table) as T[];
}

export const taskState = oneOf(words(TASK_STATES), 'State of a task.');
export const reason = oneOf(words(REASONS), 'Why.');
export const source = oneOf(['SOURCE_MASTER', 'SOURCE_AGENT', 'SOURCE_EXECUTOR'], 'Who made the status.');
export type Source = Type.Static<typeof source>;

export const killPolicy = object(
  { gracePeriodMs: optional(durationMs('Between asking a task to end and ending it.', 'grace_period')) },
  'How a task is killed.',
);
export type KillPolicy = Type.Static<typeof killPolicy>;

export const executorInfo = object(
  {
    type: optional(oneOf(['UNKNOWN', 'DEFAULT', 'CUSTOM'], 'Whose program it is; CUSTOM needs a command.')),
    executorId,
    frameworkId: optional(frameworkId),
    command: optional(commandInfo),
    container: optional(containerInfo),
    resources: optional(resourceList),
    name: optional(text('For people.')),
    source: optional(text('Deprecated; labels are meant for this.')),
    data: optional(bytes('Handed to the executor.')),
    discovery: optional(discoveryInfo),
    shutdownGracePeriodMs: optional(durationMs('Between asking it to end and ending it.', 'shutdown_grace_period')),
    labels: optional(labels),
  },
  'A program that runs tasks.',
);
export type ExecutorInfo = Type.Static<typeof executorInfo>;

const limits = map(
  number('Amount, or Infinity.', { wrap: 'value', infinite: true }),
  'Limits above the request: cpus, mem.',
);

export const taskInfo = object(
  {
    name: text('For people.'),
    taskId,
    agentId,
    resources: optional(resourceList),
    executor: optional(executorInfo),
    command: optional(commandInfo),
    container: optional(containerInfo),
    data: optional(bytes('Handed to the executor with the task.')),
    healthCheck: optional(healthCheck),
    check: optional(checkInfo),
    killPolicy: optional(killPolicy),
    labels: optional(labels),
    discovery: optional(discoveryInfo),
    limits: optional(limits),
    maxCompletionTimeMs: optional(durationMs('The task is killed after this time.', 'max_completion_time')),
  },
  'A task to run.',
);
export type TaskInfo = Type.Static<typeof taskInfo>;

export const taskStatus = object(
  {
    taskId,
    state: taskState,
    message: optional(text('For people.')),
    source: optional(source),
    reason: optional(reason),
    data: optional(bytes('Handed to the framework.')),
    agentId: optional(agentId),
    executorId: optional(executorId),
    timestamp: optional(number('Seconds since 1970.')),
    uuid: optional(bytes('16 bytes; set if the status must be acknowledged.')),
    healthy: optional(flag('What the health check says.')),
    checkStatus: optional(checkStatusInfo),
    labels: optional(labels),
    containerStatus: optional(containerStatus),
    unreachableTimeMs: optional(timeMs('Since when the agent is not reachable.', 'unreachable_time')),
  },
  'What is known of a task at one moment.',
);
export type TaskStatus = Type.Static<typeof taskStatus>;

export const task = object(
  {
    name: text('For people.'),
    taskId,
    frameworkId,
    executorId: optional(executorId),
    agentId,
    state: taskState,
    resources: optional(resourceList),
    statuses: optional(list(taskStatus, 'Statuses so far, the last of each state.')),
    statusUpdateState: optional(taskState),
    statusUpdateUuid: optional(bytes('Of the status that is being delivered.')),
    labels: optional(labels),
    discovery: optional(discoveryInfo),
    container: optional(containerInfo),
    healthCheck: optional(healthCheck),
    killPolicy: optional(killPolicy),
    user: optional(text('As whom it runs.')),
    limits: optional(limits),
  },
  'A task as agents report it when they register again.',
);
export type TaskMessage = Type.Static<typeof task>;

export const statusUpdate = object(
  {
    frameworkId,
    executorId: optional(executorId),
    agentId: optional(agentId),
    status: taskStatus,
    timestamp: number('Seconds since 1970.'),
    uuid: optional(bytes('16 bytes; the status must be acknowledged with it.')),
    latestState: optional(taskState),
  },
  'A status on its way to a framework.',
);
export type StatusUpdate = Type.Static<typeof statusUpdate>;

export const executorRunInfo = object(
  {
    executorInfo,
    frameworkId,
    containerId: optional(containerId),
    pid: optional(integer('Process id on the agent.')),
  },
  'A running executor.',
);
