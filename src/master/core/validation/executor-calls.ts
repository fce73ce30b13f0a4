/**
 * Calls of executors to their agent: what must be present in v1 JSON, and what must hold for the status in an UPDATE.
 * A refusal is answered with status 400.
 */
import type { TaskStatus } from '../../../protocol/task.js';
import { validateCheckStatus } from './check.js';
import { validateUuid } from './ids.js';
import type { Refusal } from './refusal.js';

/** A call in v1 JSON. */
type CallJson = Readonly<Record<string, unknown>>;

/** The object that each type of call must have; null: none. */
export const EXECUTOR_CALL_PRESENCE: Readonly<Record<string, string | null>> = {
  SUBSCRIBE: 'subscribe',
  UPDATE: 'update',
  MESSAGE: 'message',
  HEARTBEAT: null,
};

/** A call in v1 JSON. The status of an UPDATE is for `validateExecutorStatus`, once it is read. */
export function validateExecutorCall(call: CallJson): Refusal {
  const { type } = call;
  if (typeof type !== 'string') return "Expecting 'type' to be present";
  for (const field of ['executor_id', 'framework_id']) {
    if (call[field] === undefined) return `Expecting '${field}' to be present`;
  }
  const field = Object.hasOwn(EXECUTOR_CALL_PRESENCE, type) ? EXECUTOR_CALL_PRESENCE[type]! : null;
  return field !== null && call[field] === undefined ? `Expecting '${field}' to be present` : null;
}

/** The status that an executor of a framework sends. */
export function validateExecutorStatus(status: TaskStatus, executorId: string, frameworkId: string): Refusal {
  if (status.uuid === undefined) return "Expecting 'uuid' to be present";
  const uuid = validateUuid(status.uuid);
  if (uuid !== null) return uuid;
  if (status.executorId !== undefined && status.executorId !== executorId) {
    return `ExecutorID in Call: ${executorId} does not match ExecutorID in TaskStatus: ${status.executorId}`;
  }
  const sender = `from executor ${executorId} of framework ${frameworkId}`;
  if (status.source !== 'SOURCE_EXECUTOR') {
    return `Received Call ${sender} with invalid source, expecting 'SOURCE_EXECUTOR'`;
  }
  if (status.state === 'TASK_STAGING') return `Received TASK_STAGING ${sender} which is not allowed`;
  return status.checkStatus === undefined ? null : validateCheckStatus(status.checkStatus);
}
