/**
 * Every message of our own links and its opcode. The table only grows: an opcode is never changed nor used again, so
 * that processes of two versions understand each other as far as both know a message.
 */
import type { Type } from 'typebox';
import { AGENT_CALLS, AGENT_EVENTS } from './agent.js';
import { AUTHENTICATION_CALLS, AUTHENTICATION_EVENTS } from './authentication.js';
import { EXECUTOR_CALLS, EXECUTOR_EVENTS } from './executor.js';
import { SCHEDULER_CALLS, SCHEDULER_EVENTS } from './scheduler.js';

export const MESSAGES = {
  ...SCHEDULER_CALLS,
  ...SCHEDULER_EVENTS,
  ...AGENT_CALLS,
  ...AGENT_EVENTS,
  ...EXECUTOR_CALLS,
  ...EXECUTOR_EVENTS,
  ...AUTHENTICATION_CALLS,
  ...AUTHENTICATION_EVENTS,
} as const;

export type MessageType = keyof typeof MESSAGES;

/** The union of the messages in a table of schemas. */
type MessagesOf<T> = { [K in keyof T]: T[K] extends Type.TSchema ? Type.Static<T[K]> : never }[keyof T];

/** One message by its type. */
export type MessageOf<K extends MessageType> = Type.Static<(typeof MESSAGES)[K]>;

export type SchedulerCall = MessagesOf<typeof SCHEDULER_CALLS>;
export type SchedulerEvent = MessagesOf<typeof SCHEDULER_EVENTS>;
export type AgentCall = MessagesOf<typeof AGENT_CALLS>;
export type AgentEvent = MessagesOf<typeof AGENT_EVENTS>;
export type ExecutorCall = MessagesOf<typeof EXECUTOR_CALLS>;
export type ExecutorEvent = MessagesOf<typeof EXECUTOR_EVENTS>;
export type AuthenticationMessage =
  | MessagesOf<typeof AUTHENTICATION_CALLS>
  | MessagesOf<typeof AUTHENTICATION_EVENTS>;
export type Message =
  | SchedulerCall
  | SchedulerEvent
  | AgentCall
  | AgentEvent
  | ExecutorCall
  | ExecutorEvent
  | AuthenticationMessage;

/**
 * From 1 framework to master, 50 back; from 100 agent to master, 150 back; from 200 executor to agent, 250 back; from
 * 300 who opens a link to who accepts it, 350 back.
 */
export const OPCODES = {
  SUBSCRIBE: 1,
  TEARDOWN: 2,
  ACCEPT: 3,
  DECLINE: 4,
  ACCEPT_INVERSE_OFFERS: 5,
  DECLINE_INVERSE_OFFERS: 6,
  REVIVE: 7,
  SUPPRESS: 8,
  KILL: 9,
  SHUTDOWN: 10,
  ACKNOWLEDGE: 11,
  RECONCILE: 12,
  MESSAGE: 13,
  REQUEST: 14,
  UPDATE_FRAMEWORK: 15,
  ACKNOWLEDGE_OPERATION_STATUS: 16,
  RECONCILE_OPERATIONS: 17,
  SUBSCRIBED: 50,
  OFFERS: 51,
  INVERSE_OFFERS: 52,
  RESCIND: 53,
  RESCIND_INVERSE_OFFER: 54,
  UPDATE: 55,
  EXECUTOR_MESSAGE: 56,
  FAILURE: 57,
  ERROR: 58,
  HEARTBEAT: 59,
  UPDATE_OPERATION_STATUS: 60,
  REGISTER_AGENT: 100,
  REREGISTER_AGENT: 101,
  UNREGISTER_AGENT: 102,
  UPDATE_AGENT: 103,
  STATUS_UPDATE: 104,
  EXITED_EXECUTOR: 105,
  EXECUTOR_TO_FRAMEWORK: 106,
  PONG: 107,
  OPERATION_STATUS_UPDATE: 108,
  AGENT_REGISTERED: 150,
  AGENT_REREGISTERED: 151,
  RUN_TASK: 152,
  RUN_TASK_GROUP: 153,
  KILL_TASK: 154,
  SHUTDOWN_EXECUTOR: 155,
  SHUTDOWN_FRAMEWORK: 156,
  FRAMEWORK_TO_EXECUTOR: 157,
  UPDATE_FRAMEWORK_INFO: 158,
  CHECKPOINT_RESOURCES: 159,
  APPLY_OPERATION: 160,
  STATUS_UPDATE_ACKNOWLEDGEMENT: 161,
  SHUTDOWN_AGENT: 162,
  PING: 163,
  DRAIN: 164,
  OPERATION_STATUS_ACKNOWLEDGEMENT: 165,
  EXECUTOR_SUBSCRIBE: 200,
  EXECUTOR_UPDATE: 201,
  EXECUTOR_SEND: 202,
  EXECUTOR_HEARTBEAT: 203,
  EXECUTOR_SUBSCRIBED: 250,
  LAUNCH: 251,
  LAUNCH_GROUP: 252,
  EXECUTOR_KILL: 253,
  ACKNOWLEDGED: 254,
  FRAMEWORK_MESSAGE: 255,
  EXECUTOR_SHUTDOWN: 256,
  EXECUTOR_ERROR: 257,
  AUTHENTICATE: 300,
  AUTHENTICATION_PROOF: 301,
  AUTHENTICATION_CHALLENGE: 350,
  AUTHENTICATED: 351,
  AUTHENTICATION_FAILED: 352,
} as const satisfies Record<MessageType, number>;
