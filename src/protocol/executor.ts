/** Between executors and their agent: the calls and events of Mesos' executor API, flat as in scheduler.ts. */
import { agentInfo, frameworkInfo } from './framework.js';
import { bytes, containerId, executorId, frameworkId, list, object, optional, taskId, text } from './schema.js';
import { message } from './scheduler.js';
import { taskGroup } from './offer.js';
import { executorInfo, killPolicy, taskInfo, taskStatus } from './task.js';

const unacknowledgedUpdate = object({ status: taskStatus }, 'An update the agent has not acknowledged.');

/** Executor to agent. */
export const EXECUTOR_CALLS = {
  EXECUTOR_SUBSCRIBE: message('EXECUTOR_SUBSCRIBE', 'An executor is ready (SUBSCRIBE in v1), or comes back.', {
    frameworkId,
    executorId,
    unacknowledgedTasks: optional(list(taskInfo, 'Tasks the agent has not acknowledged.')),
    unacknowledgedUpdates: optional(list(unacknowledgedUpdate, 'Updates the agent has not acknowledged.')),
  }),
  EXECUTOR_UPDATE: message('EXECUTOR_UPDATE', 'A status of one of its tasks (UPDATE in v1).', { status: taskStatus }),
  EXECUTOR_SEND: message('EXECUTOR_SEND', 'Bytes for its framework (MESSAGE in v1).', { data: bytes('Bytes.') }),
  EXECUTOR_HEARTBEAT: message('EXECUTOR_HEARTBEAT', 'The executor is there (HEARTBEAT in v1).', {}),
} as const;

/** Agent to executor. */
export const EXECUTOR_EVENTS = {
  EXECUTOR_SUBSCRIBED: message('EXECUTOR_SUBSCRIBED', 'The agent knows the executor (SUBSCRIBED in v1).', {
    executorInfo,
    frameworkInfo,
    agentInfo,
    containerId: optional(containerId),
  }),
  LAUNCH: message('LAUNCH', 'Start a task.', { task: taskInfo }),
  LAUNCH_GROUP: message('LAUNCH_GROUP', 'Start tasks together.', { taskGroup }),
  EXECUTOR_KILL: message('EXECUTOR_KILL', 'Kill a task (KILL in v1).', { taskId, killPolicy: optional(killPolicy) }),
  ACKNOWLEDGED: message('ACKNOWLEDGED', 'The agent has stored an update.', { taskId, uuid: bytes('Of the status.') }),
  FRAMEWORK_MESSAGE: message('FRAMEWORK_MESSAGE', 'Bytes from the framework (MESSAGE in v1).', {
    data: bytes('Bytes.'),
  }),
  EXECUTOR_SHUTDOWN: message('EXECUTOR_SHUTDOWN', 'End, within the grace period (SHUTDOWN in v1).', {}),
  EXECUTOR_ERROR: message('EXECUTOR_ERROR', 'The agent has ended the subscription (ERROR in v1).', {
    message: text('Why.'),
  }),
} as const;
