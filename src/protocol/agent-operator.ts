/**
 * The operator API of agents: calls and responses of Mesos' v1 agent.proto, in the manner of operator.ts. Of calls that
 * no agent carries out yet only what they must have is here.
 */
import type { Type } from 'typebox';
import { resource } from './common.js';
import { containerStatus } from './container.js';
import { agentInfo, frameworkInfo } from './framework.js';
import { drainConfig, operationRecord } from './operator-shapes.js';
import { OPERATOR_CALLS, OPERATOR_RESPONSES, type OperatorForm } from './operator.js';
import { containerId, executorId, flag, frameworkId, integer, list, number, object, optional } from './schema.js';
import { resourceProviderId, text, timeMs } from './schema.js';
import { executorInfo, task } from './task.js';

function bare(typeNumber: number): OperatorForm<null> {
  return { number: typeNumber, field: 0, body: null };
}

function form<T extends Type.TSchema>(typeNumber: number, field: number, body: T): OperatorForm<T> {
  return { number: typeNumber, field, body };
}

/** A container, perhaps within another. */
export const nestedId = object(
  { value: text('Id.'), parent: optional(object({ value: text('Id.') }, 'A container.')) },
  'A container.',
);

const ofContainer = object({ containerId: nestedId }, 'Names a container.');
const providerInfo = object({ type: text('Type.'), name: text('Name.') }, 'A resource provider.');
const ofProvider = object({ info: providerInfo }, 'Configures a resource provider.');

const { GET_HEALTH, GET_FLAGS, GET_VERSION, GET_METRICS, GET_LOGGING_LEVEL } = OPERATOR_CALLS;
const { SET_LOGGING_LEVEL, LIST_FILES, READ_FILE, GET_STATE } = OPERATOR_CALLS;

/** Calls that agents carry out. */
const SERVED = {
  GET_HEALTH,
  GET_FLAGS,
  GET_VERSION,
  GET_METRICS,
  GET_LOGGING_LEVEL,
  SET_LOGGING_LEVEL,
  LIST_FILES,
  READ_FILE,
  GET_STATE,
  GET_CONTAINERS: form(
    10,
    20,
    object(
      { showNested: optional(flag('Nested ones, too.')), showStandalone: optional(flag('Others, too.')) },
      'Which containers.',
    ),
  ),
  GET_FRAMEWORKS: bare(11),
  GET_EXECUTORS: bare(12),
  GET_OPERATIONS: bare(31),
  GET_TASKS: bare(13),
  GET_AGENT: bare(20),
  GET_RESOURCE_PROVIDERS: bare(26),
} as const satisfies Record<string, OperatorForm>;

/** Calls about containers, images and resource providers. */
const NOT_SERVED = {
  LAUNCH_NESTED_CONTAINER: form(14, 6, ofContainer),
  WAIT_NESTED_CONTAINER: form(15, 7, ofContainer),
  KILL_NESTED_CONTAINER: form(16, 8, ofContainer),
  REMOVE_NESTED_CONTAINER: form(21, 12, ofContainer),
  LAUNCH_NESTED_CONTAINER_SESSION: form(17, 9, ofContainer),
  ATTACH_CONTAINER_INPUT: form(18, 10, object({ containerId: optional(nestedId) }, 'Input of a container.')),
  ATTACH_CONTAINER_OUTPUT: form(19, 11, ofContainer),
  LAUNCH_CONTAINER: form(22, 13, ofContainer),
  WAIT_CONTAINER: form(23, 14, ofContainer),
  KILL_CONTAINER: form(24, 15, ofContainer),
  REMOVE_CONTAINER: form(25, 16, ofContainer),
  ADD_RESOURCE_PROVIDER_CONFIG: form(27, 17, ofProvider),
  UPDATE_RESOURCE_PROVIDER_CONFIG: form(28, 18, ofProvider),
  REMOVE_RESOURCE_PROVIDER_CONFIG: form(29, 19, providerInfo),
  MARK_RESOURCE_PROVIDER_GONE: form(32, 22, object({ resourceProviderId }, 'A resource provider.')),
  PRUNE_IMAGES: form(30, 21, object({}, 'Deletes images that nobody uses.')),
} as const satisfies Record<string, OperatorForm>;

/** Calls of operators to agents. */
export const AGENT_OPERATOR_CALLS = { ...SERVED, ...NOT_SERVED };
export type AgentOperatorCallType = keyof typeof AGENT_OPERATOR_CALLS;

/** Calls that agents know and cannot carry out. */
export const NOT_SERVED_CALLS: ReadonlySet<string> = new Set(Object.keys(NOT_SERVED));

const taskList = (description: string) => optional(list(task, description));
export const agentTasks = object(
  {
    pendingTasks: taskList('Tasks that wait for leave.'),
    queuedTasks: taskList('Tasks that wait for their executor.'),
    launchedTasks: taskList('Tasks that their executor has.'),
    terminatedTasks: taskList('Tasks whose end is not acknowledged.'),
    completedTasks: taskList('Tasks that have ended.'),
  },
  'Tasks.',
);
export type AgentTasks = Type.Static<typeof agentTasks>;

const executors = list(object({ executorInfo }, 'An executor.'), 'Executors.');
export const agentExecutors = object(
  { executors: optional(executors), completedExecutors: optional(executors) },
  'Executors.',
);
export type AgentExecutors = Type.Static<typeof agentExecutors>;

const frameworks = list(object({ frameworkInfo }, 'A framework.'), 'Frameworks.');
export const agentFrameworks = object(
  { frameworks: optional(frameworks), completedFrameworks: optional(frameworks) },
  'Frameworks.',
);
export type AgentFrameworks = Type.Static<typeof agentFrameworks>;

export const resourceStatistics = object(
  {
    timestamp: number('In seconds.'),
    cpusUserTimeSecs: optional(number('Processor time of processes that live.')),
    cpusSystemTimeSecs: optional(number('Processor time within the system.')),
    cpusLimit: optional(number('What is allowed.')),
    memRssBytes: optional(integer('Memory in use.')),
    memLimitBytes: optional(integer('What is allowed.')),
    processes: optional(integer('Processes that live.')),
  },
  'What a container uses.',
);
export type ResourceStatistics = Type.Static<typeof resourceStatistics>;

export const agentContainer = object(
  {
    frameworkId: optional(frameworkId),
    executorId: optional(executorId),
    executorName: optional(text('Name.')),
    containerId,
    containerStatus: optional(containerStatus),
    resourceStatistics: optional(resourceStatistics),
  },
  'A container of an executor.',
);
export type AgentContainer = Type.Static<typeof agentContainer>;

export const agentState = object(
  {
    getTasks: optional(agentTasks),
    getExecutors: optional(agentExecutors),
    getFrameworks: optional(agentFrameworks),
  },
  'Everything.',
);

const RESPONSES = OPERATOR_RESPONSES;

/** What calls are answered with. */
export const AGENT_OPERATOR_RESPONSES = {
  GET_HEALTH: RESPONSES.GET_HEALTH,
  GET_FLAGS: RESPONSES.GET_FLAGS,
  GET_VERSION: RESPONSES.GET_VERSION,
  GET_METRICS: RESPONSES.GET_METRICS,
  GET_LOGGING_LEVEL: RESPONSES.GET_LOGGING_LEVEL,
  LIST_FILES: RESPONSES.LIST_FILES,
  READ_FILE: RESPONSES.READ_FILE,
  GET_STATE: form(8, 9, agentState),
  GET_CONTAINERS: form(9, 10, object({ containers: optional(list(agentContainer, 'Containers.')) }, 'Containers.')),
  GET_FRAMEWORKS: form(10, 11, agentFrameworks),
  GET_EXECUTORS: form(11, 12, agentExecutors),
  GET_OPERATIONS: form(17, 18, object({ operations: list(operationRecord, 'Operations.') }, 'Operations.')),
  GET_TASKS: form(12, 13, agentTasks),
  GET_AGENT: form(
    14,
    15,
    object(
      {
        agentInfo: optional(agentInfo),
        drainConfig: optional(drainConfig),
        estimatedDrainStartMs: optional(timeMs('When.', 'estimated_drain_start_time')),
      },
      'The agent.',
    ),
  ),
  GET_RESOURCE_PROVIDERS: form(
    16,
    17,
    object(
      {
        resourceProviders: list(
          object({ resourceProviderInfo: providerInfo, totalResources: list(resource, 'All.') }, 'A provider.'),
          'Resource providers.',
        ),
      },
      'Resource providers.',
    ),
  ),
} as const satisfies Record<string, OperatorForm>;
export type AgentOperatorResponseType = keyof typeof AGENT_OPERATOR_RESPONSES;

type BodyOf<F> = F extends OperatorForm<infer B> ? (B extends Type.TSchema ? Type.Static<B> : undefined) : never;
export type AgentOperatorCallBody<T extends AgentOperatorCallType> = BodyOf<(typeof AGENT_OPERATOR_CALLS)[T]>;
export type AgentOperatorResponseBody<T extends AgentOperatorResponseType> = BodyOf<
  (typeof AGENT_OPERATOR_RESPONSES)[T]
>;

/** A call with its body, by type. UNKNOWN is a type that the API has and nobody serves. */
export type AgentOperatorRequest = Requests[AgentOperatorCallType] | { readonly type: 'UNKNOWN' };
type Requests = { [T in AgentOperatorCallType]: { readonly type: T; readonly body: AgentOperatorCallBody<T> } };
