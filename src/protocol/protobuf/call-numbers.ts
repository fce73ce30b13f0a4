/** The numbers of the types of calls and events of the scheduler and executor APIs, of their bodies, and in these. */
import type { Numbers } from './layout.js';

export interface FormNumbers {
  /** Of the type. */
  readonly type: number;
  /** Of the field of the body; 0 if there is none. */
  readonly field: number;
  readonly body: Numbers;
}

function numbers(type: number, field: number, body: Numbers): FormNumbers {
  return { type, field, body };
}

/** A type without a body. */
function bare(type: number): FormNumbers {
  return { type, field: 0, body: {} };
}

/** By our types. */
type Table = Readonly<Record<string, FormNumbers>>;

const SUBSCRIPTION: Numbers = { framework_info: 1, suppressed_roles: 2, offer_constraints: 3 };

const SCHEDULER_CALLS: Table = {
  SUBSCRIBE: numbers(1, 3, SUBSCRIPTION),
  TEARDOWN: bare(2),
  ACCEPT: numbers(3, 4, { offer_ids: 1, operations: 2, filters: 3 }),
  DECLINE: numbers(4, 5, { offer_ids: 1, filters: 2 }),
  REVIVE: numbers(5, 15, { roles: 1 }),
  KILL: numbers(6, 6, { task_id: 1, agent_id: 2, kill_policy: 3 }),
  SHUTDOWN: numbers(7, 7, { executor_id: 1, agent_id: 2 }),
  ACKNOWLEDGE: numbers(8, 8, { agent_id: 1, task_id: 2, uuid: 3 }),
  RECONCILE: numbers(9, 9, { tasks: [1, { task_id: 1, agent_id: 2 }] }),
  MESSAGE: numbers(10, 10, { agent_id: 1, executor_id: 2, data: 3 }),
  REQUEST: numbers(11, 11, { requests: [1, { agent_id: 1, resources: 2 }] }),
  SUPPRESS: numbers(12, 16, { roles: 1 }),
  ACCEPT_INVERSE_OFFERS: numbers(13, 13, { inverse_offer_ids: 1, filters: 2 }),
  DECLINE_INVERSE_OFFERS: numbers(14, 14, { inverse_offer_ids: 1, filters: 2 }),
  ACKNOWLEDGE_OPERATION_STATUS: numbers(15, 17, { agent_id: 1, resource_provider_id: 2, uuid: 3, operation_id: 4 }),
  RECONCILE_OPERATIONS: numbers(16, 18, {
    operations: [1, { operation_id: 1, agent_id: 2, resource_provider_id: 3 }],
  }),
  UPDATE_FRAMEWORK: numbers(17, 19, SUBSCRIPTION),
};

const SCHEDULER_EVENTS: Table = {
  SUBSCRIBED: numbers(1, 2, { framework_id: 1, heartbeat_interval_seconds: 2, master_info: 3 }),
  OFFERS: numbers(2, 3, { offers: 1 }),
  RESCIND: numbers(3, 4, { offer_id: 1 }),
  UPDATE: numbers(4, 5, { status: 1 }),
  EXECUTOR_MESSAGE: numbers(5, 6, { agent_id: 1, executor_id: 2, data: 3 }),
  FAILURE: numbers(6, 7, { agent_id: 1, executor_id: 2, status: [3, 'int32'] }),
  ERROR: numbers(7, 8, { message: 1 }),
  HEARTBEAT: bare(8),
  INVERSE_OFFERS: numbers(9, 9, { inverse_offers: 1 }),
  RESCIND_INVERSE_OFFER: numbers(10, 10, { inverse_offer_id: 1 }),
  UPDATE_OPERATION_STATUS: numbers(11, 11, { status: 1 }),
};

const EXECUTOR_CALLS: Table = {
  EXECUTOR_SUBSCRIBE: numbers(1, 4, { unacknowledged_tasks: 1, unacknowledged_updates: [2, { status: 1 }] }),
  EXECUTOR_UPDATE: numbers(2, 5, { status: 1 }),
  EXECUTOR_SEND: numbers(3, 6, { data: 2 }),
  EXECUTOR_HEARTBEAT: bare(4),
};

const EXECUTOR_EVENTS: Table = {
  EXECUTOR_SUBSCRIBED: numbers(1, 2, { executor_info: 1, framework_info: 2, agent_info: 3, container_id: 4 }),
  LAUNCH: numbers(2, 4, { task: 1 }),
  EXECUTOR_KILL: numbers(3, 5, { task_id: 1, kill_policy: 2 }),
  ACKNOWLEDGED: numbers(4, 3, { task_id: 1, uuid: 2 }),
  FRAMEWORK_MESSAGE: numbers(5, 6, { data: 1 }),
  EXECUTOR_ERROR: numbers(6, 7, { message: 1 }),
  EXECUTOR_SHUTDOWN: bare(7),
  LAUNCH_GROUP: numbers(8, 8, { task_group: 1 }),
};

export const CALL_NUMBERS = { scheduler: SCHEDULER_CALLS, executor: EXECUTOR_CALLS } as const;
export const EVENT_NUMBERS = { scheduler: SCHEDULER_EVENTS, executor: EXECUTOR_EVENTS } as const;
