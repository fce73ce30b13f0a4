/** The numbers in the bodies of the operator API of agents, and of the schemas of agent-operator.ts. */
import {
  agentContainer, agentExecutors, agentFrameworks, type AgentOperatorCallType, type AgentOperatorResponseType,
  agentState, agentTasks, nestedId, resourceStatistics,
} from '../agent-operator.js';
import type { Numbers, SchemaNumbers } from './layout.js';
import { OPERATOR_CALL_NUMBERS, OPERATOR_RESPONSE_NUMBERS } from './operator-numbers.js';

const EXECUTOR: Numbers = { executor_info: 1 };
const FRAMEWORK: Numbers = { framework_info: 1 };
const PROVIDER: Numbers = { type: 3, name: 4 };

export const AGENT_OPERATOR_SCHEMA_NUMBERS: readonly SchemaNumbers[] = [
  [nestedId, { value: 1, parent: [2, { value: 1 }] }],
  [agentTasks, { pending_tasks: 1, queued_tasks: 2, launched_tasks: 3, terminated_tasks: 4, completed_tasks: 5 }],
  [agentExecutors, { executors: [1, EXECUTOR], completed_executors: [2, EXECUTOR] }],
  [agentFrameworks, { frameworks: [1, FRAMEWORK], completed_frameworks: [2, FRAMEWORK] }],
  [resourceStatistics, {
    timestamp: 1, cpus_user_time_secs: 2, cpus_system_time_secs: 3, cpus_limit: 4, mem_rss_bytes: [5, 'uint64'],
    mem_limit_bytes: [6, 'uint64'], processes: [30, 'uint32'],
  }],
  [agentContainer, {
    framework_id: 1, executor_id: 2, executor_name: 3, container_id: 4, container_status: 5, resource_statistics: 6,
  }],
  [agentState, { get_tasks: 1, get_executors: 2, get_frameworks: 3 }],
];

const OF_CONTAINER: Numbers = { container_id: 1 };

export const AGENT_OPERATOR_CALL_NUMBERS: Readonly<Partial<Record<AgentOperatorCallType, Numbers>>> = {
  GET_METRICS: OPERATOR_CALL_NUMBERS.GET_METRICS!,
  SET_LOGGING_LEVEL: OPERATOR_CALL_NUMBERS.SET_LOGGING_LEVEL!,
  LIST_FILES: OPERATOR_CALL_NUMBERS.LIST_FILES!,
  READ_FILE: OPERATOR_CALL_NUMBERS.READ_FILE!,
  GET_CONTAINERS: { show_nested: 1, show_standalone: 2 },
  LAUNCH_NESTED_CONTAINER: OF_CONTAINER,
  WAIT_NESTED_CONTAINER: OF_CONTAINER,
  KILL_NESTED_CONTAINER: OF_CONTAINER,
  REMOVE_NESTED_CONTAINER: OF_CONTAINER,
  LAUNCH_NESTED_CONTAINER_SESSION: OF_CONTAINER,
  ATTACH_CONTAINER_INPUT: { container_id: 2 },
  ATTACH_CONTAINER_OUTPUT: OF_CONTAINER,
  LAUNCH_CONTAINER: OF_CONTAINER,
  WAIT_CONTAINER: OF_CONTAINER,
  KILL_CONTAINER: OF_CONTAINER,
  REMOVE_CONTAINER: OF_CONTAINER,
  ADD_RESOURCE_PROVIDER_CONFIG: { info: [1, PROVIDER] },
  UPDATE_RESOURCE_PROVIDER_CONFIG: { info: [1, PROVIDER] },
  REMOVE_RESOURCE_PROVIDER_CONFIG: { type: 1, name: 2 },
  MARK_RESOURCE_PROVIDER_GONE: { resource_provider_id: 1 },
  PRUNE_IMAGES: {},
};

export const AGENT_OPERATOR_RESPONSE_NUMBERS: Readonly<Partial<Record<AgentOperatorResponseType, Numbers>>> = {
  GET_HEALTH: OPERATOR_RESPONSE_NUMBERS.GET_HEALTH!,
  GET_FLAGS: OPERATOR_RESPONSE_NUMBERS.GET_FLAGS!,
  GET_VERSION: OPERATOR_RESPONSE_NUMBERS.GET_VERSION!,
  GET_METRICS: OPERATOR_RESPONSE_NUMBERS.GET_METRICS!,
  GET_LOGGING_LEVEL: OPERATOR_RESPONSE_NUMBERS.GET_LOGGING_LEVEL!,
  LIST_FILES: OPERATOR_RESPONSE_NUMBERS.LIST_FILES!,
  READ_FILE: OPERATOR_RESPONSE_NUMBERS.READ_FILE!,
  GET_CONTAINERS: { containers: 1 },
  GET_OPERATIONS: { operations: 1 },
  GET_AGENT: { agent_info: 1, drain_config: 2, estimated_drain_start_time: 3 },
  GET_RESOURCE_PROVIDERS: {
    resource_providers: [1, { resource_provider_info: [1, PROVIDER], total_resources: 2 }],
  },
};
