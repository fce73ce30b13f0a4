/**
 * The operator API of the master: calls, responses and events of Mesos' v1 master.proto, message by message. In v1 a
 * call, response or event is an object with its `type` and, under the same name in small letters, its body; the numbers
 * are those of the type and of the body's field.
 */
import type { Type } from 'typebox';
import { resource, resourceList } from './common.js';
import { frameworkInfo, masterInfo } from './framework.js';
import { clusterStatus, fileInfo, getAgents, getExecutors, getFrameworks, getState } from './operator-shapes.js';
import { getTasks } from './operator-shapes.js';
import { machines, maintenanceSchedule, operationRecord, operatorAgent, operatorFramework } from './operator-shapes.js';
import { quotaConfig, quotaRequest, quotaStatus, role, weightInfos } from './operator-shapes.js';
import { agentId, bytes, durationMs, flag, frameworkId, integer, list, number, object } from './schema.js';
import { optional, text } from './schema.js';
import { task, taskState, taskStatus } from './task.js';

/** A kind of call, response or event. */
export interface OperatorForm<Body extends Type.TSchema | null = Type.TSchema | null> {
  /** Number of the type. */
  readonly number: number;
  /** Number of the body's field; 0 if there is none. */
  readonly field: number;
  readonly body: Body;
}

function bare(typeNumber: number): OperatorForm<null> {
  return { number: typeNumber, field: 0, body: null };
}

function form<T extends Type.TSchema>(typeNumber: number, field: number, body: T): OperatorForm<T> {
  return { number: typeNumber, field, body };
}

/** A duration of google.protobuf. */
const duration = object(
  { seconds: optional(integer('Seconds.')), nanos: optional(integer('Nanoseconds beyond.')) },
  'A span of time.',
);

const onAgent = { agentId };
const ofMachines = object({ machines: optional(machines) }, 'Machines.');

/** Calls of operators. */
export const OPERATOR_CALLS = {
  GET_HEALTH: bare(1),
  GET_FLAGS: bare(2),
  GET_VERSION: bare(3),
  GET_METRICS: form(4, 2, object({ timeoutMs: optional(durationMs('Longest wait.', 'timeout')) }, 'All figures.')),
  GET_LOGGING_LEVEL: bare(5),
  SET_LOGGING_LEVEL: form(
    6,
    3,
    object({ level: integer('0 to 3.'), durationMs: durationMs('How long.', 'duration') }, 'Says more for a while.'),
  ),
  LIST_FILES: form(7, 4, object({ path: text('Virtual path.') }, 'What is in a directory.')),
  READ_FILE: form(
    8,
    5,
    object(
      { path: text('Virtual path.'), offset: integer('First byte.'), length: optional(integer('Most bytes.')) },
      'A part of a file.',
    ),
  ),
  GET_STATE: bare(9),
  GET_AGENTS: bare(10),
  GET_FRAMEWORKS: bare(11),
  GET_EXECUTORS: bare(12),
  GET_OPERATIONS: bare(33),
  GET_TASKS: bare(13),
  GET_ROLES: bare(14),
  GET_WEIGHTS: bare(15),
  UPDATE_WEIGHTS: form(16, 6, object({ weightInfos: optional(weightInfos) }, 'New weights.')),
  GET_MASTER: bare(17),
  SUBSCRIBE: bare(18),
  RESERVE_RESOURCES: form(
    19,
    7,
    object({ ...onAgent, source: optional(resourceList), resources: optional(resourceList) }, 'Reserves.'),
  ),
  UNRESERVE_RESOURCES: form(20, 8, object({ ...onAgent, resources: optional(resourceList) }, 'Ends reservations.')),
  CREATE_VOLUMES: form(21, 9, object({ ...onAgent, volumes: optional(resourceList) }, 'Makes volumes.')),
  DESTROY_VOLUMES: form(22, 10, object({ ...onAgent, volumes: optional(resourceList) }, 'Deletes volumes.')),
  GROW_VOLUME: form(34, 18, object({ agentId: optional(agentId), volume: resource, addition: resource }, 'Adds disk.')),
  SHRINK_VOLUME: form(
    35,
    19,
    object(
      { agentId: optional(agentId), volume: resource, subtract: number('In MB.', { wrap: 'value' }) },
      'Takes disk away.',
    ),
  ),
  GET_MAINTENANCE_STATUS: bare(23),
  GET_MAINTENANCE_SCHEDULE: bare(24),
  UPDATE_MAINTENANCE_SCHEDULE: form(25, 11, object({ schedule: maintenanceSchedule }, 'A new schedule.')),
  START_MAINTENANCE: form(26, 12, ofMachines),
  STOP_MAINTENANCE: form(27, 13, ofMachines),
  DRAIN_AGENT: form(
    37,
    21,
    object(
      {
        ...onAgent,
        maxGracePeriod: optional(duration),
        markGone: optional(flag('The agent is gone then.', { default: false })),
      },
      'Ends all tasks of an agent.',
    ),
  ),
  DEACTIVATE_AGENT: form(38, 22, object(onAgent, 'No offers of an agent.')),
  REACTIVATE_AGENT: form(39, 23, object(onAgent, 'Offers of an agent again.')),
  GET_QUOTA: bare(28),
  UPDATE_QUOTA: form(
    36,
    20,
    object(
      { force: optional(flag('Do not look at what there is.')), quotaConfigs: optional(list(quotaConfig, 'Quotas.')) },
      'New quotas.',
    ),
  ),
  SET_QUOTA: form(29, 14, object({ quotaRequest }, 'A new quota, in the old form.')),
  REMOVE_QUOTA: form(30, 15, object({ role: text('Role.') }, 'No quota any more.')),
  TEARDOWN: form(31, 16, object({ frameworkId }, 'Removes a framework.')),
  MARK_AGENT_GONE: form(32, 17, object(onAgent, 'An agent never comes back.')),
} as const satisfies Record<string, OperatorForm>;
export type OperatorCallType = keyof typeof OPERATOR_CALLS;

type BodyOf<F> = F extends OperatorForm<infer B> ? (B extends Type.TSchema ? Type.Static<B> : undefined) : never;
export type OperatorCallBody<T extends OperatorCallType> = BodyOf<(typeof OPERATOR_CALLS)[T]>;

/** What calls are answered with. */
export const OPERATOR_RESPONSES = {
  GET_HEALTH: form(1, 2, object({ healthy: flag('It is.') }, 'Health.')),
  GET_FLAGS: form(
    2,
    3,
    object(
      { flags: list(object({ name: text('Name.'), value: optional(text('Value.')) }, 'A flag.'), 'Flags.') },
      'Flags.',
    ),
  ),
  GET_VERSION: form(
    3,
    4,
    object(
      {
        versionInfo: object(
          {
            version: text('Version.'),
            buildDate: optional(text('When it was built.')),
            buildTime: optional(number('The same in seconds.')),
            buildUser: optional(text('By whom.')),
          },
          'A version.',
        ),
      },
      'Version.',
    ),
  ),
  GET_METRICS: form(
    4,
    5,
    object(
      { metrics: list(object({ name: text('Name.'), value: optional(number('Value.')) }, 'A figure.'), 'Figures.') },
      'All figures.',
    ),
  ),
  GET_LOGGING_LEVEL: form(5, 6, object({ level: integer('0 to 3.') }, 'How much is said.')),
  LIST_FILES: form(6, 7, object({ fileInfos: list(fileInfo, 'Files.') }, 'What is in a directory.')),
  READ_FILE: form(7, 8, object({ size: integer('Bytes of the file.'), data: bytes('The part.') }, 'A part of a file.')),
  GET_STATE: form(8, 9, getState),
  GET_AGENTS: form(9, 10, getAgents),
  GET_FRAMEWORKS: form(10, 11, getFrameworks),
  GET_EXECUTORS: form(11, 12, getExecutors),
  GET_OPERATIONS: form(19, 20, object({ operations: list(operationRecord, 'Operations.') }, 'Operations under way.')),
  GET_TASKS: form(12, 13, getTasks),
  GET_ROLES: form(13, 14, object({ roles: list(role, 'Roles.') }, 'Roles.')),
  GET_WEIGHTS: form(14, 15, object({ weightInfos }, 'Weights.')),
  GET_MASTER: form(
    15,
    16,
    object(
      {
        masterInfo: optional(masterInfo),
        startTime: optional(number('In seconds.')),
        electedTime: optional(number('In seconds.')),
      },
      'The master.',
    ),
  ),
  GET_MAINTENANCE_STATUS: form(16, 17, object({ status: clusterStatus }, 'Machines in maintenance.')),
  GET_MAINTENANCE_SCHEDULE: form(17, 18, object({ schedule: maintenanceSchedule }, 'The schedule.')),
  GET_QUOTA: form(18, 19, object({ status: quotaStatus }, 'Quotas.')),
} as const satisfies Record<string, OperatorForm>;
export type OperatorResponseType = keyof typeof OPERATOR_RESPONSES;
export type OperatorResponseBody<T extends OperatorResponseType> = BodyOf<(typeof OPERATOR_RESPONSES)[T]>;

/** What those who watch are told. */
export const OPERATOR_EVENTS = {
  SUBSCRIBED: form(
    1,
    2,
    object({ getState: optional(getState), heartbeatIntervalSeconds: optional(number('Seconds.')) }, 'How it is now.'),
  ),
  TASK_ADDED: form(2, 3, object({ task }, 'A task.')),
  TASK_UPDATED: form(3, 4, object({ frameworkId, status: taskStatus, state: taskState }, 'A task moved on.')),
  AGENT_ADDED: form(4, 5, object({ agent: operatorAgent }, 'An agent.')),
  AGENT_REMOVED: form(5, 6, object({ agentId }, 'An agent is gone.')),
  FRAMEWORK_ADDED: form(6, 7, object({ framework: operatorFramework }, 'A framework.')),
  FRAMEWORK_UPDATED: form(7, 8, object({ framework: operatorFramework }, 'A framework changed.')),
  FRAMEWORK_REMOVED: form(8, 9, object({ frameworkInfo }, 'A framework is gone.')),
  HEARTBEAT: bare(9),
} as const satisfies Record<string, OperatorForm>;
export type OperatorEventType = keyof typeof OPERATOR_EVENTS;
export type OperatorEventBody<T extends OperatorEventType> = BodyOf<(typeof OPERATOR_EVENTS)[T]>;

/** An event with its body, by type. */
export type OperatorEvent = {
  [T in Exclude<OperatorEventType, 'HEARTBEAT'>]: { readonly type: T; readonly body: OperatorEventBody<T> };
}[Exclude<OperatorEventType, 'HEARTBEAT'>];
