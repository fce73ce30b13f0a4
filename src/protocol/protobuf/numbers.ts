/**
 * The numbers of the fields of Mesos' v1 messages, by the schemas that stand for them, and of the words of its
 * enumerations. The numbers are a fact of the published protocol: none is ever changed. What a schema does not have,
 * has no number here; a test holds tables and schemas against each other.
 */
import {
  address, attribute, commandInfo, diskInfo, domainInfo, environment, filters, label, range, reservation, resource,
  unavailability, url,
} from '../common.js';
import {
  checkInfo, checkStatusInfo, containerInfo, containerStatus, discoveryInfo, healthCheck, image, networkInfo, volume,
} from '../container.js';
import { agentInfo, frameworkInfo, masterInfo, offerConstraints } from '../framework.js';
import { allocationInfo, inverseOffer, offer, operation, OPERATION_STATES, operationStatus } from '../offer.js';
import { taskGroup } from '../offer.js';
import { executorInfo, killPolicy, reason, REASONS, source, task, TASK_STATES, taskInfo } from '../task.js';
import { taskState, taskStatus } from '../task.js';
import type { Numbers, SchemaNumbers } from './layout.js';

const MODES: Numbers = { RW: 1, RO: 2 };
const DISK_TYPES: Numbers = { UNKNOWN: 0, PATH: 1, MOUNT: 2, BLOCK: 3, RAW: 4 };
const PROTOCOLS: Numbers = { IPv4: 1, IPv6: 2 };
const CHECKS: Numbers = { UNKNOWN: 0, COMMAND: 1, HTTP: 2, TCP: 3 };
const VISIBILITIES: Numbers = { FRAMEWORK: 0, CLUSTER: 1, EXTERNAL: 2 };
const PORT_MAPPING: Numbers = { host_port: [1, 'uint32'], container_port: [2, 'uint32'], protocol: 3 };

const COMMON: readonly SchemaNumbers[] = [
  [label, { key: 1, value: 2 }],
  [range, { begin: [1, 'uint64'], end: [2, 'uint64'] }],
  [reservation, { principal: 1, labels: 2, role: 3, type: [4, { STATIC: 1, DYNAMIC: 2 }] }],
  [diskInfo, {
    persistence: [1, { id: 1, principal: 2 }],
    volume: [2, { container_path: 1, host_path: 2, mode: [3, MODES] }],
    source: [3, {
      type: [1, DISK_TYPES], path: [2, { root: 1 }], mount: [3, { root: 1 }], id: 4, metadata: 5, profile: 6, vendor: 7,
    }],
  }],
  [resource, {
    name: 1, type: [2, { SCALAR: 0, RANGES: 1, SET: 2 }], scalar: 3, ranges: 4, set: 5, role: 6, disk: 7,
    reservation: [8, { principal: 1, labels: 2 }], revocable: 9, shared: 10, allocation_info: [11, { role: 1 }],
    provider_id: 12, reservations: 13,
  }],
  [attribute, { name: 1, type: [2, { SCALAR: 0, RANGES: 1, SET: 2, TEXT: 3 }], scalar: 3, ranges: 4, text: 5 }],
  [address, { hostname: 1, ip: 2, port: [3, 'int32'] }],
  [url, { scheme: 1, address: 2, path: 3 }],
  [domainInfo, { fault_domain: [1, { region: [1, { name: 1 }], zone: [2, { name: 1 }] }] }],
  [unavailability, { start: 1, duration: 2 }],
  [filters, { refuse_seconds: 1 }],
  [environment, { variables: [1, { name: 1, value: 2, type: [3, { UNKNOWN: 0, VALUE: 1, SECRET: 2 }] }] }],
  [commandInfo, {
    uris: [1, { value: 1, executable: 2, extract: 3, cache: 4, output_file: 5 }],
    environment: 2, value: 3, user: 5, shell: 6, arguments: 7,
  }],
];

const CONTAINERS: readonly SchemaNumbers[] = [
  [image, {
    type: [1, { APPC: 1, DOCKER: 2 }], appc: [2, { name: 1, id: 2, labels: 3 }], docker: [3, { name: 1 }], cached: 4,
  }],
  [volume, { container_path: 1, host_path: 2, mode: [3, MODES], image: 4 }],
  [networkInfo, {
    groups: 3, labels: 4, ip_addresses: [5, { protocol: [1, PROTOCOLS], ip_address: 2 }], name: 6,
    port_mappings: [7, PORT_MAPPING],
  }],
  [containerInfo, {
    type: [1, { DOCKER: 1, MESOS: 2 }],
    volumes: 2,
    docker: [3, {
      image: 1, network: [2, { HOST: 1, BRIDGE: 2, NONE: 3, USER: 4 }], port_mappings: [3, PORT_MAPPING],
      privileged: 4, parameters: [5, { key: 1, value: 2 }], force_pull_image: 6,
    }],
    hostname: 4,
    mesos: [5, { image: 1 }],
    network_infos: 7,
    linux_info: [8, { share_pid_namespace: 4, share_cgroups: 8 }],
  }],
  [containerStatus, { network_infos: 1, executor_pid: [3, 'uint32'], container_id: 4 }],
  [healthCheck, {
    http: [1, { port: [1, 'uint32'], path: 2, scheme: 3, statuses: [4, 'uint32'], protocol: [5, PROTOCOLS] }],
    delay_seconds: 2, interval_seconds: 3, timeout_seconds: 4, consecutive_failures: [5, 'uint32'],
    grace_period_seconds: 6, command: 7, type: [8, CHECKS],
    tcp: [9, { port: [1, 'uint32'], protocol: [2, PROTOCOLS] }],
  }],
  [checkInfo, {
    type: [1, CHECKS], command: [2, { command: 1 }], http: [3, { port: [1, 'uint32'], path: 2 }],
    delay_seconds: 4, interval_seconds: 5, timeout_seconds: 6, tcp: [7, { port: [1, 'uint32'] }],
  }],
  [checkStatusInfo, {
    type: [1, CHECKS], command: [2, { exit_code: [1, 'int32'] }], http: [3, { status_code: [1, 'uint32'] }],
    tcp: [4, { succeeded: 1 }],
  }],
  [discoveryInfo, {
    visibility: [1, VISIBILITIES], name: 2, environment: 3, location: 4, version: 5,
    ports: [6, { number: [1, 'uint32'], name: 2, protocol: 3, visibility: [4, VISIBILITIES], labels: 5 }],
    labels: 7,
  }],
];

const FRAMEWORK_CAPABILITIES: Numbers = {
  UNKNOWN: 0, REVOCABLE_RESOURCES: 1, TASK_KILLING_STATE: 2, GPU_RESOURCES: 3, SHARED_RESOURCES: 4, PARTITION_AWARE: 5,
  MULTI_ROLE: 6, RESERVATION_REFINEMENT: 7, REGION_AWARE: 8,
};
const MASTER_CAPABILITIES: Numbers = { UNKNOWN: 0, AGENT_UPDATE: 1, AGENT_DRAINING: 2, QUOTA_V2: 3 };

const SELECTOR: Numbers = {
  pseudoattribute_type: [1, { UNKNOWN: 0, HOSTNAME: 1, REGION: 2, ZONE: 3 }], attribute_name: 2,
};
const PREDICATE: Numbers = {
  exists: [1, {}], not_exists: [2, {}], text_equals: [3, { value: 1 }], text_not_equals: [4, { value: 1 }],
  text_matches: [5, { regex: 1 }], text_not_matches: [6, { regex: 1 }],
};

const INFOS: readonly SchemaNumbers[] = [
  [frameworkInfo, {
    user: 1, name: 2, id: 3, failover_timeout: 4, checkpoint: 5, role: 6, hostname: 7, principal: 8, webui_url: 9,
    capabilities: [10, { type: [1, FRAMEWORK_CAPABILITIES, 'open'] }], labels: 11, roles: 12,
    offer_filters: [13, { min_allocatable_resources: [1, { quantities: 1 }] }],
  }],
  [offerConstraints, {
    role_constraints: [1, {
      groups: [1, { attribute_constraints: [1, { selector: [1, SELECTOR], predicate: [2, PREDICATE] }] }],
    }],
  }],
  [masterInfo, {
    id: 1, ip: [2, 'uint32'], port: [3, 'uint32'], pid: 4, hostname: 5, version: 6, address: 7, domain: 8,
    capabilities: [9, { type: [1, MASTER_CAPABILITIES, 'open'] }],
  }],
  [agentInfo, { hostname: 1, resources: 3, attributes: 5, id: 6, port: [8, 'int32'], domain: 10 }],
];

const TASKS: readonly SchemaNumbers[] = [
  [taskState, TASK_STATES],
  [reason, REASONS],
  [source, { SOURCE_MASTER: 0, SOURCE_AGENT: 1, SOURCE_EXECUTOR: 2 }],
  [killPolicy, { grace_period: 1 }],
  [executorInfo, {
    executor_id: 1, data: 4, resources: 5, command: 7, framework_id: 8, name: 9, source: 10, container: 11,
    discovery: 12, shutdown_grace_period: 13, labels: 14, type: [15, { UNKNOWN: 0, DEFAULT: 1, CUSTOM: 2 }],
  }],
  [taskInfo, {
    name: 1, task_id: 2, agent_id: 3, resources: 4, executor: 5, data: 6, command: 7, health_check: 8, container: 9,
    labels: 10, discovery: 11, kill_policy: 12, check: 13, max_completion_time: 14, limits: 15,
  }],
  [taskGroup, { tasks: 1 }],
  [taskStatus, {
    task_id: 1, state: 2, data: 3, message: 4, agent_id: 5, timestamp: 6, executor_id: 7, healthy: 8, source: 9,
    reason: 10, uuid: 11, labels: 12, container_status: 13, unreachable_time: 14, check_status: 15,
  }],
  [task, {
    name: 1, task_id: 2, framework_id: 3, executor_id: 4, agent_id: 5, state: 6, resources: 7, statuses: 8,
    status_update_state: 9, status_update_uuid: 10, labels: 11, discovery: 12, container: 13, user: 14,
    health_check: 15, kill_policy: 16, limits: 17,
  }],
];

const OPERATION_TYPES: Numbers = {
  UNKNOWN: 0, LAUNCH: 1, RESERVE: 2, UNRESERVE: 3, CREATE: 4, DESTROY: 5, LAUNCH_GROUP: 6, GROW_VOLUME: 11,
  SHRINK_VOLUME: 12, CREATE_DISK: 13, DESTROY_DISK: 14,
};

const OFFERS: readonly SchemaNumbers[] = [
  [allocationInfo, { role: 1 }],
  [offer, {
    id: 1, framework_id: 2, agent_id: 3, hostname: 4, resources: 5, executor_ids: 6, attributes: 7, url: 8,
    unavailability: 9, allocation_info: 10, domain: 11,
  }],
  [inverseOffer, { id: 1, url: 2, framework_id: 3, agent_id: 4, unavailability: 5 }],
  [operationStatus, {
    operation_id: 1, state: [2, OPERATION_STATES], message: 3, converted_resources: 4, uuid: 5, agent_id: 6,
    resource_provider_id: 7,
  }],
  [operation, {
    type: [1, OPERATION_TYPES, 'open'],
    launch: [2, { task_infos: 1 }],
    reserve: [3, { resources: 1, source: 2 }],
    unreserve: [4, { resources: 1 }],
    create: [5, { volumes: 1 }],
    destroy: [6, { volumes: 1 }],
    launch_group: [7, { executor: 1, task_group: 2 }],
    id: 12,
    grow_volume: [13, { volume: 1, addition: 2 }],
    shrink_volume: [14, { volume: 1, subtract: 2 }],
    create_disk: [15, { source: 1, target_type: [2, { MOUNT: 2, BLOCK: 3 }], target_profile: 3 }],
    destroy_disk: [16, { source: 1 }],
  }],
];

/** The tables of the schemas that have names; those of the operator APIs are in operator-numbers.ts. */
export const SCHEMA_NUMBERS: readonly SchemaNumbers[] = [
  ...COMMON, ...CONTAINERS, ...INFOS, ...TASKS, ...OFFERS,
];
