/**
 * Statuses that the master makes itself: source SOURCE_MASTER, no uuid, hence not to be acknowledged, never repeated.
 */
import type { AgentId, ExecutorId, TaskId } from '../../protocol/schema.js';
import type { Reason, TaskState, TaskStatus } from '../../protocol/task.js';
import { countReason } from './counters.js';
import type { MasterEffect } from './events.js';
import { toFramework } from './send.js';
import type { Framework, KeptStatus, MasterState, Task } from './state.js';

export interface StatusDetail {
  readonly taskId: TaskId;
  readonly state: TaskState;
  readonly reason: Reason;
  readonly message: string;
  readonly agentId?: AgentId | undefined;
  readonly executorId?: ExecutorId | null;
  readonly unreachableTimeMs?: number | undefined;
  /** Where health, check and container of the task were told last. */
  readonly latest?: KeptStatus | undefined;
}

/** A status of the master at this moment. */
export function masterStatus(state: MasterState, detail: StatusDetail): TaskStatus {
  const { taskId, message, reason, agentId, executorId, unreachableTimeMs, latest } = detail;
  return {
    taskId,
    state: detail.state,
    message,
    source: 'SOURCE_MASTER',
    reason,
    ...(agentId === undefined ? {} : { agentId }),
    ...(executorId == null ? {} : { executorId }),
    timestamp: state.nowMs / 1000,
    ...(latest?.healthy === undefined ? {} : { healthy: latest.healthy }),
    ...(latest?.checkStatus === undefined ? {} : { checkStatus: latest.checkStatus }),
    ...(latest?.containerStatus === undefined ? {} : { containerStatus: latest.containerStatus }),
    ...(unreachableTimeMs === undefined ? {} : { unreachableTimeMs }),
  };
}

/** The state that stands for a loss: what partition-aware frameworks are told, TASK_LOST for others. */
export function lossState(framework: Framework, refined: TaskState): TaskState {
  return framework.capabilities.has('PARTITION_AWARE') ? refined : 'TASK_LOST';
}

/** Tells a framework that a task which never came into being has ended, and counts it. */
export function refuseTask(
  state: MasterState,
  framework: Framework,
  detail: StatusDetail,
  effects: MasterEffect[],
): void {
  countEnd(state, framework, detail.state);
  countReason(state.counters, detail.state, 'SOURCE_MASTER', detail.reason);
  toFramework(framework, { type: 'UPDATE', status: masterStatus(state, detail) }, effects);
}

export function countEnd(state: MasterState, framework: Framework, ended: TaskState): void {
  state.counters.ended[ended]++;
  framework.counters.ended[ended]++;
}

/** The state of a task as its framework may know it: that of the status which is being delivered, if one is. */
export function shownState(task: Task): TaskState {
  return task.updateState ?? task.state;
}
