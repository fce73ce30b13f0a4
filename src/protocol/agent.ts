/**
 * Between agents and the master: what Mesos 1.11 sends as internal messages, under names in the form of the v1 ones.
 * docs/protocol.md lists the message of Mesos that each stands for.
 */
import { executorRunInfo, executorInfo, killPolicy, statusUpdate, task, taskInfo, taskState } from './task.js';
import { resourceList } from './common.js';
import { agentInfo, frameworkInfo } from './framework.js';
import { agentId, bytes, executorId, flag, frameworkId, integer, list, number, object } from './schema.js';
import { optional, taskId, text } from './schema.js';
import type { Type } from 'typebox';
import { operation, operationStatus, taskGroup } from './offer.js';
import { drainConfig } from './operator-shapes.js';
import { message } from './scheduler.js';

const capabilities = optional(list(text('Name.'), 'What the agent can do; unknown ones are ignored.'));
const resourceVersion = optional(text('Changes when the resources of the agent change by themselves.'));

/** An operation that asked for feedback, with the status of it that is not acknowledged. */
export const agentOperation = object(
  {
    frameworkId: optional(frameworkId),
    operationUuid: bytes('16 bytes, given by the master.'),
    info: operation,
    latestStatus: operationStatus,
  },
  'An operation on the resources of an agent.',
);
export type AgentOperation = Type.Static<typeof agentOperation>;

/** Agent to master. */
export const AGENT_CALLS = {
  REGISTER_AGENT: message('REGISTER_AGENT', 'A new agent.', {
    agentInfo,
    version: text('Version of the agent.'),
    capabilities,
    checkpointedResources: optional(resourceList),
    resourceVersion,
  }),
  REREGISTER_AGENT: message('REREGISTER_AGENT', 'A known agent comes back, with all it runs.', {
    agentInfo,
    version: text('Version of the agent.'),
    capabilities,
    checkpointedResources: optional(resourceList),
    executors: optional(list(executorRunInfo, 'Executors that run.')),
    tasks: optional(list(task, 'Tasks that run, or whose last status is not acknowledged.')),
    frameworks: optional(list(frameworkInfo, 'Frameworks of these.')),
    completedFrameworks: optional(list(frameworkInfo, 'Frameworks that ended here, bounded.')),
    operations: optional(list(agentOperation, 'Operations whose status is not acknowledged.')),
    resourceVersion,
    drainConfig: optional(drainConfig),
  }),
  UNREGISTER_AGENT: message('UNREGISTER_AGENT', 'The agent leaves for good.', { agentId }),
  UPDATE_AGENT: message('UPDATE_AGENT', "The agent's resources changed.", {
    agentId,
    totalResources: optional(resourceList),
    oversubscribedResources: optional(resourceList),
    resourceVersion,
  }),
  STATUS_UPDATE: message('STATUS_UPDATE', 'A status of a task, for its framework.', { update: statusUpdate }),
  EXITED_EXECUTOR: message('EXITED_EXECUTOR', 'An executor ended.', {
    agentId,
    frameworkId,
    executorId,
    status: integer('Wait status; -1 if it is not known.'),
  }),
  EXECUTOR_TO_FRAMEWORK: message('EXECUTOR_TO_FRAMEWORK', 'Bytes from an executor for its framework.', {
    agentId,
    frameworkId,
    executorId,
    data: bytes('Bytes.'),
  }),
  OPERATION_STATUS_UPDATE: message('OPERATION_STATUS_UPDATE', 'A status of an operation, for its framework.', {
    agentId,
    operation: agentOperation,
  }),
  PONG: message('PONG', 'The agent is there.', {}),
} as const;

/** Master to agent. */
export const AGENT_EVENTS = {
  AGENT_REGISTERED: message('AGENT_REGISTERED', 'The agent is admitted under this id.', {
    agentId,
    masterId: text('Id of the master.'),
    totalPingTimeoutSeconds: number('Without a PING for so long the agent looks for a master anew.'),
  }),
  AGENT_REREGISTERED: message('AGENT_REREGISTERED', 'The agent is known again.', {
    agentId,
    masterId: text('Id of the master.'),
    totalPingTimeoutSeconds: number('Without a PING for so long the agent looks for a master anew.'),
    reconciliations: optional(
      list(
        object(
          { frameworkId, tasks: list(object({ taskId }, 'A task.'), 'Tasks the agent did not report.') },
          'A framework.',
        ),
        'Tasks that the master believes there; the agent answers with a status for each it does not have.',
      ),
    ),
  }),
  RUN_TASK: message('RUN_TASK', 'Run a task.', {
    frameworkInfo,
    task: taskInfo,
    resourceVersion,
    launchExecutor: optional(flag('The master counts a new executor for it.')),
  }),
  RUN_TASK_GROUP: message('RUN_TASK_GROUP', 'Run tasks together.', {
    frameworkInfo,
    executor: executorInfo,
    taskGroup,
    resourceVersion,
    launchExecutor: optional(flag('The master counts a new executor for it.')),
  }),
  KILL_TASK: message('KILL_TASK', 'Kill a task.', { frameworkId, taskId, killPolicy: optional(killPolicy) }),
  SHUTDOWN_EXECUTOR: message('SHUTDOWN_EXECUTOR', 'End an executor.', { frameworkId, executorId }),
  SHUTDOWN_FRAMEWORK: message('SHUTDOWN_FRAMEWORK', 'End all executors of a framework.', { frameworkId }),
  FRAMEWORK_TO_EXECUTOR: message('FRAMEWORK_TO_EXECUTOR', 'Bytes from a framework for its executor.', {
    frameworkId,
    executorId,
    data: bytes('Bytes.'),
  }),
  UPDATE_FRAMEWORK_INFO: message('UPDATE_FRAMEWORK_INFO', 'A framework changed, or came back.', { frameworkInfo }),
  CHECKPOINT_RESOURCES: message('CHECKPOINT_RESOURCES', 'Dynamic reservations and volumes as they are now.', {
    resources: resourceList,
  }),
  APPLY_OPERATION: message('APPLY_OPERATION', 'An operation was applied to the resources of the agent.', {
    frameworkId: optional(frameworkId),
    operation,
    operationUuid: optional(bytes('Its status is wanted under this name; its effect is in CHECKPOINT_RESOURCES.')),
  }),
  STATUS_UPDATE_ACKNOWLEDGEMENT: message('STATUS_UPDATE_ACKNOWLEDGEMENT', 'A framework has a status.', {
    frameworkId,
    taskId,
    uuid: bytes('Of the status.'),
  }),
  OPERATION_STATUS_ACKNOWLEDGEMENT: message('OPERATION_STATUS_ACKNOWLEDGEMENT', 'A status of an operation is known.', {
    operationUuid: bytes('Of the operation.'),
    statusUuid: bytes('Of the status.'),
  }),
  SHUTDOWN_AGENT: message('SHUTDOWN_AGENT', 'End: kill everything and exit.', { message: text('Why.') }),
  PING: message('PING', 'Are you there?', { connected: flag('Whether the master holds the agent for connected.') }),
  DRAIN: message('DRAIN', 'End all tasks, within the grace that is given, and start none until that is done.', {
    config: drainConfig,
  }),
} as const;

export { taskState };
