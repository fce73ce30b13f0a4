/**
 * What the master is told of operations that asked for feedback: each has one status, repeated with growing pauses
 * until the framework has acknowledged it, and written down so that it outlives the agent. The operation itself has its
 * effect by CHECKPOINT_RESOURCES, which comes before. Facts: `applyOperation`, `operationStatusAcknowledgement` and the
 * operation status update manager of Mesos' agent.
 */
import type { AgentOperation } from '../../protocol/agent.js';
import type { MessageOf } from '../../protocol/messages.js';
import { checkpoint } from './checkpoint.js';
import { makeUuid, sameBytes, uuidText } from './dice.js';
import type { Effects } from './events.js';
import { dropMessage, log, sendToMaster } from './send.js';
import { agentIdOf, type AgentState, type PendingOperation, TIMERS } from './state.js';

export function operationKey(uuid: Uint8Array): string {
  return `operations/${uuidText(uuid)}`;
}

/** Takes note of an operation and reports it. One that is known already is reported in its turn. */
export function reportOperation(
  state: AgentState,
  atMs: number,
  { frameworkId, operation: info, operationUuid }: MessageOf<'APPLY_OPERATION'>,
  effects: Effects,
): void {
  if (operationUuid === undefined || state.operations.has(uuidText(operationUuid))) return;
  const refusal = state.resourcesRefusal;
  const latestStatus = {
    ...(info.id === undefined ? {} : { operationId: info.id }),
    ...(refusal === null
      ? { state: 'OPERATION_FINISHED' as const }
      : { state: 'OPERATION_DROPPED' as const, message: refusal }),
    uuid: makeUuid(state.dice),
    agentId: agentIdOf(state),
  };
  const operation: AgentOperation = {
    ...(frameworkId === undefined ? {} : { frameworkId }),
    operationUuid,
    info,
    latestStatus,
  };
  checkpoint(effects, operationKey(operationUuid), { type: 'OPERATION', operation });
  const pending = takeUpOperation(state, operation);
  send(state, atMs, pending, effects);
  log(effects, 'info', 'an operation was asked for', { type: info.type, state: latestStatus.state });
}

/** An operation of a former run, or a new one; it is sent when there is a master. */
export function takeUpOperation(state: AgentState, operation: AgentOperation): PendingOperation {
  const pending = { operation, dueMs: Infinity, pauseMs: state.config.statusUpdateRetryMinMs };
  state.operations.set(uuidText(operation.operationUuid), pending);
  return pending;
}

function send(state: AgentState, atMs: number, pending: PendingOperation, effects: Effects): void {
  const { operation, pauseMs } = pending;
  pending.dueMs = atMs + pauseMs;
  pending.pauseMs = Math.min(pauseMs * 2, state.config.statusUpdateRetryMaxMs);
  sendToMaster(state, { type: 'OPERATION_STATUS_UPDATE', agentId: agentIdOf(state), operation }, effects);
  arm(state, effects);
}

/** One timer for all, set anew only for something earlier. */
function arm(state: AgentState, effects: Effects): void {
  let dueMs = Infinity;
  for (const pending of state.operations.values()) dueMs = Math.min(dueMs, pending.dueMs);
  if (dueMs === Infinity || (state.operationsTimerMs !== null && state.operationsTimerMs <= dueMs)) return;
  state.operationsTimerMs = dueMs;
  effects.push({ type: 'SetTimer', timer: TIMERS.operations, atMs: dueMs });
}

/** There is a master (again): it is told of all. */
export function resumeOperations(state: AgentState, atMs: number, effects: Effects): void {
  for (const pending of state.operations.values()) {
    pending.pauseMs = state.config.statusUpdateRetryMinMs;
    send(state, atMs, pending, effects);
  }
}

export function operationsTimerFired(state: AgentState, atMs: number, effects: Effects): void {
  state.operationsTimerMs = null;
  if (state.phase !== 'RUNNING') return;
  for (const pending of state.operations.values()) if (pending.dueMs <= atMs) send(state, atMs, pending, effects);
  arm(state, effects);
}

export function operationAcknowledged(
  state: AgentState,
  { operationUuid, statusUuid }: MessageOf<'OPERATION_STATUS_ACKNOWLEDGEMENT'>,
  effects: Effects,
): void {
  const key = uuidText(operationUuid);
  const known = state.operations.get(key)?.operation.latestStatus.uuid;
  if (known === undefined || !sameBytes(known, statusUuid)) {
    dropMessage(state, effects, 'ignoring an acknowledgement of an unknown operation', { operation: key });
    return;
  }
  state.operations.delete(key);
  checkpoint(effects, operationKey(operationUuid), null);
}
