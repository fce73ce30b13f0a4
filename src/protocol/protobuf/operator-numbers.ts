/**
 * The numbers in the bodies of the operator API, by type, and of the schemas of operator-shapes.ts. Those of types and
 * bodies are in operator.ts, beside the schemas.
 */
import {
  clusterStatus, drainConfig, drainInfo, fileInfo, getAgents, getExecutors, getFrameworks, getState, getTasks,
  machineId, maintenanceSchedule, maintenanceWindow, operationRecord, operatorAgent, operatorExecutor,
  operatorFramework, quotaConfig, quotaRequest, quotaStatus, role, weightInfo,
} from '../operator-shapes.js';
import type { OperatorCallType, OperatorEventType, OperatorResponseType } from '../operator.js';
import type { Numbers, SchemaNumbers } from './layout.js';

const AGENT_CAPABILITIES: Numbers = {
  UNKNOWN: 0, MULTI_ROLE: 1, HIERARCHICAL_ROLE: 2, RESERVATION_REFINEMENT: 3, RESOURCE_PROVIDER: 4, RESIZE_VOLUME: 5,
  AGENT_OPERATION_FEEDBACK: 6, AGENT_DRAINING: 7, TASK_RESOURCE_LIMITS: 8,
};
const MACHINE_STATUS: Numbers = { status: [1, { UNKNOWN: 1, ACCEPT: 2, DECLINE: 3 }], framework_id: 2, timestamp: 3 };

export const OPERATOR_SCHEMA_NUMBERS: readonly SchemaNumbers[] = [
  [machineId, { hostname: 1, ip: 2 }],
  [maintenanceWindow, { machine_ids: 1, unavailability: 2 }],
  [maintenanceSchedule, { windows: 1 }],
  [clusterStatus, { draining_machines: [1, { id: 1, statuses: [2, MACHINE_STATUS] }], down_machines: 2 }],
  [weightInfo, { weight: 1, role: 2 }],
  [quotaConfig, { role: 1, guarantees: 2, limits: 3 }],
  [quotaRequest, { force: 1, role: 2, guarantee: 3 }],
  [quotaStatus, { infos: [1, { role: 1, principal: 2, guarantee: 3 }], configs: 2 }],
  [fileInfo, { path: 1, nlink: [2, 'int32'], size: [3, 'uint64'], mtime: 4, mode: [5, 'uint32'], uid: 6, gid: 7 }],
  [role, { name: 1, weight: 2, frameworks: 3, resources: 4 }],
  [drainConfig, { max_grace_period: 1, mark_gone: 2 }],
  [drainInfo, { state: [1, { UNKNOWN: 0, DRAINING: 1, DRAINED: 2 }], config: 2 }],
  [operatorAgent, {
    agent_info: 1, active: 2, version: 3, pid: 4, registered_time: 5, reregistered_time: 6, total_resources: 7,
    allocated_resources: 8, offered_resources: 9, capabilities: [10, { type: [1, AGENT_CAPABILITIES, 'open'] }],
    deactivated: 12, drain_info: 13, estimated_drain_start_time: 14,
  }],
  [operatorFramework, {
    framework_info: 1, active: 2, connected: 3, registered_time: 4, reregistered_time: 5, unregistered_time: 6,
    offers: 7, inverse_offers: 8, allocated_resources: 9, offered_resources: 10, recovered: 11, offer_constraints: 12,
  }],
  [operatorExecutor, { executor_info: 1, agent_id: 2 }],
  [operationRecord, {
    framework_id: 1, agent_id: 2, info: 3, latest_status: 4, statuses: 5, uuid: 6,
  }],
  [getTasks, { tasks: 2, completed_tasks: 3, unreachable_tasks: 5 }],
  [getExecutors, { executors: 1 }],
  [getFrameworks, { frameworks: 1, completed_frameworks: 2 }],
  [getAgents, { agents: 1, recovered_agents: 2 }],
  [getState, { get_tasks: 1, get_executors: 2, get_frameworks: 3, get_agents: 4 }],
];

const ON_AGENT: Numbers = { agent_id: 1 };

export const OPERATOR_CALL_NUMBERS: Readonly<Partial<Record<OperatorCallType, Numbers>>> = {
  GET_METRICS: { timeout: 1 },
  SET_LOGGING_LEVEL: { level: [1, 'uint32'], duration: 2 },
  LIST_FILES: { path: 1 },
  READ_FILE: { path: 1, offset: [2, 'uint64'], length: [3, 'uint64'] },
  UPDATE_WEIGHTS: { weight_infos: 1 },
  RESERVE_RESOURCES: { agent_id: 1, resources: 2, source: 3 },
  UNRESERVE_RESOURCES: { agent_id: 1, resources: 2 },
  CREATE_VOLUMES: { agent_id: 1, volumes: 2 },
  DESTROY_VOLUMES: { agent_id: 1, volumes: 2 },
  GROW_VOLUME: { agent_id: 1, volume: 2, addition: 3 },
  SHRINK_VOLUME: { agent_id: 1, volume: 2, subtract: 3 },
  UPDATE_MAINTENANCE_SCHEDULE: { schedule: 1 },
  START_MAINTENANCE: { machines: 1 },
  STOP_MAINTENANCE: { machines: 1 },
  DRAIN_AGENT: { agent_id: 1, max_grace_period: [2, { seconds: [1, 'int64'], nanos: [2, 'int32'] }], mark_gone: 3 },
  DEACTIVATE_AGENT: ON_AGENT,
  REACTIVATE_AGENT: ON_AGENT,
  UPDATE_QUOTA: { force: 1, quota_configs: 2 },
  SET_QUOTA: { quota_request: 1 },
  REMOVE_QUOTA: { role: 1 },
  TEARDOWN: { framework_id: 1 },
  MARK_AGENT_GONE: ON_AGENT,
};

export const OPERATOR_RESPONSE_NUMBERS: Readonly<Partial<Record<OperatorResponseType, Numbers>>> = {
  GET_HEALTH: { healthy: 1 },
  GET_FLAGS: { flags: [1, { name: 1, value: 2 }] },
  GET_VERSION: { version_info: [1, { version: 1, build_date: 2, build_time: 3, build_user: 4 }] },
  GET_METRICS: { metrics: [1, { name: 1, value: 2 }] },
  GET_LOGGING_LEVEL: { level: [1, 'uint32'] },
  LIST_FILES: { file_infos: 1 },
  READ_FILE: { size: [1, 'uint64'], data: 2 },
  GET_OPERATIONS: { operations: 1 },
  GET_ROLES: { roles: 1 },
  GET_WEIGHTS: { weight_infos: 1 },
  GET_MASTER: { master_info: 1, start_time: 2, elected_time: 3 },
  GET_MAINTENANCE_STATUS: { status: 1 },
  GET_MAINTENANCE_SCHEDULE: { schedule: 1 },
  GET_QUOTA: { status: 1 },
};

export const OPERATOR_EVENT_NUMBERS: Readonly<Partial<Record<OperatorEventType, Numbers>>> = {
  SUBSCRIBED: { get_state: 1, heartbeat_interval_seconds: 2 },
  TASK_ADDED: { task: 1 },
  TASK_UPDATED: { framework_id: 1, status: 2, state: 3 },
  AGENT_ADDED: { agent: 1 },
  AGENT_REMOVED: { agent_id: 1 },
  FRAMEWORK_ADDED: { framework: 1 },
  FRAMEWORK_UPDATED: { framework: 1 },
  FRAMEWORK_REMOVED: { framework_info: 1 },
};
