/**
 * What the master counts, under Mesos' names of metrics (without `master/`). Gauges are not here: views compute them.
 */
import { OPERATION_TYPES } from '../../protocol/offer.js';
import { SCHEDULER_CALLS, SCHEDULER_EVENTS } from '../../protocol/scheduler.js';
import { type Reason, REASONS, type Source, TASK_STATES, type TaskState } from '../../protocol/task.js';
import { noSums, type Sums } from './sums.js';

export const COUNTER_NAMES = [
  'dropped_messages',
  'messages_register_framework',
  'messages_reregister_framework',
  'messages_unregister_framework',
  'messages_deactivate_framework',
  'messages_kill_task',
  'messages_status_update_acknowledgement',
  'messages_resource_request',
  'messages_launch_tasks',
  'messages_decline_offers',
  'messages_revive_offers',
  'messages_suppress_offers',
  'messages_reconcile_tasks',
  'messages_reconcile_operations',
  'messages_operation_status_update',
  'messages_operation_status_update_acknowledgement',
  'messages_framework_to_executor',
  'messages_executor_to_framework',
  'messages_register_slave',
  'messages_reregister_slave',
  'messages_unregister_slave',
  'messages_status_update',
  'messages_exited_executor',
  'messages_update_slave',
  'valid_framework_to_executor_messages',
  'invalid_framework_to_executor_messages',
  'valid_executor_to_framework_messages',
  'invalid_executor_to_framework_messages',
  'valid_status_updates',
  'invalid_status_updates',
  'valid_status_update_acknowledgements',
  'invalid_status_update_acknowledgements',
  'valid_operation_status_updates',
  'invalid_operation_status_updates',
  'valid_operation_status_update_acknowledgements',
  'invalid_operation_status_update_acknowledgements',
  'recovery_slave_removals',
  'slave_registrations',
  'slave_reregistrations',
  'slave_removals',
  'slave_removals/reason_unhealthy',
  'slave_removals/reason_unregistered',
  'slave_removals/reason_registered',
  'slave_unreachable_scheduled',
  'slave_unreachable_completed',
  'slave_unreachable_canceled',
] as const;
export type CounterName = (typeof COUNTER_NAMES)[number];

export const ENDED_STATES = [
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
] as const satisfies readonly TaskState[];

export interface Counters {
  readonly plain: Record<CounterName, number>;
  /** Tasks that ended, by their last state. */
  readonly ended: Record<TaskState, number>;
  /** Ends of tasks by state, source and reason: see `reasonKey`. */
  readonly byReason: Map<number, number>;
  /** Operations of frameworks that were applied, and those that were refused, by type. */
  readonly operationsFinished: Record<OperationType, number>;
  readonly operationsRefused: Record<OperationType, number>;
  /** What tasks that have not ended, and executors, hold on agents. */
  readonly used: Sums;
}

export type OperationType = (typeof OPERATION_TYPES)[number];
type CallType = keyof typeof SCHEDULER_CALLS;
type EventType = keyof typeof SCHEDULER_EVENTS;

/** What is counted for each framework. */
export interface FrameworkCounters {
  readonly calls: Record<CallType, number>;
  readonly events: Record<EventType, number>;
  readonly operations: Record<OperationType, number>;
  readonly ended: Record<TaskState, number>;
  /** Tasks that it has, by their state. */
  readonly live: Record<TaskState, number>;
  offersSent: number;
  offersAccepted: number;
  offersDeclined: number;
  offersRescinded: number;
}

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

function keys<K extends string>(table: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(table) as K[];
}

export function noCounters(): Counters {
  return {
    plain: zeros(COUNTER_NAMES),
    ended: zeros(keys(TASK_STATES)),
    byReason: new Map(),
    operationsFinished: zeros(OPERATION_TYPES),
    operationsRefused: zeros(OPERATION_TYPES),
    used: noSums(),
  };
}

export function noFrameworkCounters(): FrameworkCounters {
  return {
    calls: zeros(keys(SCHEDULER_CALLS)),
    events: zeros(keys(SCHEDULER_EVENTS)),
    operations: zeros(OPERATION_TYPES),
    ended: zeros(keys(TASK_STATES)),
    live: zeros(keys(TASK_STATES)),
    offersSent: 0,
    offersAccepted: 0,
    offersDeclined: 0,
    offersRescinded: 0,
  };
}

const SOURCES: readonly Source[] = ['SOURCE_MASTER', 'SOURCE_AGENT', 'SOURCE_EXECUTOR'];
const STATES = keys(TASK_STATES);
const REASON_NAMES = keys(REASONS);
const REASON_ROOM = 256;

/** Counts the end of a task by state, source and reason. */
export function countReason(counters: Counters, state: TaskState, from: Source, why: Reason): void {
  const key = (TASK_STATES[state] * SOURCES.length + SOURCES.indexOf(from)) * REASON_ROOM + REASONS[why];
  counters.byReason.set(key, (counters.byReason.get(key) ?? 0) + 1);
}

/** The counts of `countReason` with the names of metrics: `task_<state>/source_<source>/reason_<reason>`. */
export function reasonEntries(counters: Counters): [name: string, count: number][] {
  return [...counters.byReason].map(([key, count]) => {
    const reasonNumber = key % REASON_ROOM;
    const rest = (key - reasonNumber) / REASON_ROOM;
    const from = SOURCES[rest % SOURCES.length]!;
    const stateNumber = (rest - (rest % SOURCES.length)) / SOURCES.length;
    const state = STATES.find((name) => TASK_STATES[name] === stateNumber)!;
    const why = REASON_NAMES.find((name) => REASONS[name] === reasonNumber)!;
    return [`${state.toLowerCase()}/${from.toLowerCase()}/${why.toLowerCase()}`, count];
  });
}
