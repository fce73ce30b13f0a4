/**
 * Operations that frameworks gave an id: what their agents report of them goes to the framework as
 * UPDATE_OPERATION_STATUS, its acknowledgement back, and reconciliation answers what is known. The effect of an
 * operation does not wait for any of that; without an id nobody hears of it but by what is offered. Facts:
 * `updateOperationStatus`, `acknowledgeOperationStatus`, `reconcileOperations`, `sendBulkOperationFeedback` of Mesos'
 * master.
 */
import { mix32 } from '../../base/mix32.js';
import type { AgentOperation } from '../../protocol/agent.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { OperationMessage, OperationState, OperationStatus } from '../../protocol/offer.js';
import type { AgentId, FrameworkId, OperationId } from '../../protocol/schema.js';
import type { MasterEffect } from './events.js';
import { toAgent, toFramework, warn } from './send.js';
import type { Agent, FeedbackOperation, Framework, MasterState } from './state.js';
import type { Refusal } from './validation/index.js';

/** States after which nothing comes. */
const FINAL: ReadonlySet<OperationState> = new Set<OperationState>([
  'OPERATION_FINISHED',
  'OPERATION_FAILED',
  'OPERATION_ERROR',
  'OPERATION_DROPPED',
]);

/** Whether an agent can give the feedback that an operation asks for, and its framework may ask for it. */
export function feedbackRefusal({ id }: OperationMessage, framework: Framework, agent: Agent): Refusal {
  if (id === undefined) return null;
  if (!agent.capabilities.has('RESOURCE_PROVIDER')) {
    const lack = 'does not have the required RESOURCE_PROVIDER capability';
    return `Operation requested feedback, but agent ${agent.id} ${lack}`;
  }
  if (!agent.capabilities.has('AGENT_OPERATION_FEEDBACK')) {
    const lack = 'does not have the required AGENT_OPERATION_FEEDBACK and RESOURCE_PROVIDER capabilities';
    return `Operation on agent default resources requested feedback, but agent ${agent.id} ${lack}`;
  }
  return framework.operations.has(id) ? `Operation '${id}' is not finished: its id cannot be used again` : null;
}

function keyOf(uuid: Uint8Array): string {
  let key = '';
  for (const byte of uuid) key += byte.toString(16).padStart(2, '0');
  return key;
}

/** Sixteen bytes that no other operation of any master has: those of the master's id, mixed, and a count. */
function newUuid(state: MasterState): Uint8Array {
  const uuid = new Uint8Array(16);
  const view = new DataView(uuid.buffer);
  const words = [1, 2, 3];
  for (let i = 0; i < state.settings.masterInfo.id.length; i++) {
    const code = state.settings.masterInfo.id.charCodeAt(i);
    words.forEach((word, at) => (words[at] = mix32((word ^ code) >>> 0)));
  }
  words.forEach((word, at) => view.setUint32(4 * at, word));
  view.setUint32(12, state.nextOperation++);
  return uuid;
}

/** Enters an operation that is about to take effect, and asks its agent for feedback. */
export function askForFeedback(
  state: MasterState,
  framework: Framework,
  agent: Agent,
  operation: OperationMessage,
  effects: MasterEffect[],
): void {
  if (operation.id === undefined) return;
  const latestStatus = { operationId: operation.id, state: 'OPERATION_PENDING', agentId: agent.id } as const;
  const entered = enter(framework, agent, operation.id, newUuid(state), operation, latestStatus);
  sendOperation(entered, effects);
}

function enter(
  framework: Framework,
  agent: Agent,
  id: OperationId,
  uuid: Uint8Array,
  info: OperationMessage,
  latestStatus: OperationStatus,
): FeedbackOperation {
  const operation: FeedbackOperation = { id, uuid, framework, agent, info, latestStatus };
  framework.operations.set(id, operation);
  agent.operations.set(keyOf(uuid), operation);
  return operation;
}

function sendOperation({ framework, agent, info, uuid }: FeedbackOperation, effects: MasterEffect[]): void {
  const message = { type: 'APPLY_OPERATION', frameworkId: framework.id, operation: info, operationUuid: uuid } as const;
  toAgent(agent, message, effects);
}

function remove({ framework, agent, id, uuid }: FeedbackOperation): void {
  if (framework.operations.get(id)?.uuid === uuid) framework.operations.delete(id);
  agent.operations.delete(keyOf(uuid));
}

function acknowledge(agent: Agent, operationUuid: Uint8Array, statusUuid: Uint8Array, effects: MasterEffect[]): void {
  toAgent(agent, { type: 'OPERATION_STATUS_ACKNOWLEDGEMENT', operationUuid, statusUuid }, effects);
}

/** OPERATION_STATUS_UPDATE: goes to the framework; of what nobody waits for the agent hears no more. */
export function operationStatusUpdate(
  state: MasterState,
  agent: Agent,
  { operation: reported }: MessageOf<'OPERATION_STATUS_UPDATE'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_operation_status_update++;
  const operation = agent.operations.get(keyOf(reported.operationUuid)) ?? adopt(state, agent, reported);
  const { latestStatus: status } = reported;
  if (operation === null) {
    if (isAwaited(state, reported.frameworkId)) return;
    plain.invalid_operation_status_updates++;
    if (status.uuid !== undefined) acknowledge(agent, reported.operationUuid, status.uuid, effects);
    return;
  }
  plain.valid_operation_status_updates++;
  operation.latestStatus = status;
  toFramework(operation.framework, { type: 'UPDATE_OPERATION_STATUS', status }, effects);
}

/** Whether a framework may still come back from before a failover. */
function isAwaited(state: MasterState, id: FrameworkId | undefined): boolean {
  return id !== undefined && !state.completedFrameworks.has(id) && !state.removedFrameworkIds.has(id);
}

/** Takes in an operation of a framework that is known here; null for others. */
function adopt(state: MasterState, agent: Agent, reported: AgentOperation): FeedbackOperation | null {
  const { frameworkId, operationUuid, info, latestStatus } = reported;
  const framework = frameworkId === undefined ? undefined : state.frameworks.get(frameworkId);
  if (framework === undefined || info.id === undefined || framework.operations.has(info.id)) return null;
  return enter(framework, agent, info.id, operationUuid, info, latestStatus);
}

/** An agent is back and tells its operations: those that it was not told of are told again. */
export function reconcileAgentOperations(
  state: MasterState,
  agent: Agent,
  reported: readonly AgentOperation[] | undefined,
  effects: MasterEffect[],
): void {
  const there = new Set((reported ?? []).map(({ operationUuid }) => keyOf(operationUuid)));
  for (const operation of reported ?? []) {
    if (!agent.operations.has(keyOf(operation.operationUuid))) adopt(state, agent, operation);
  }
  for (const [key, operation] of agent.operations) if (!there.has(key)) sendOperation(operation, effects);
}

/** An agent is lost: so is what it would have reported. */
export function loseOperations(
  agent: Agent,
  to: 'OPERATION_UNREACHABLE' | 'OPERATION_GONE_BY_OPERATOR',
  message: string,
  effects: MasterEffect[],
): void {
  for (const operation of [...agent.operations.values()]) {
    remove(operation);
    const status = { operationId: operation.id, state: to, message, agentId: agent.id } as const;
    toFramework(operation.framework, { type: 'UPDATE_OPERATION_STATUS', status }, effects);
  }
}

/** An agent is gone without more to say of it. */
export function forgetAgentOperations(agent: Agent): void {
  for (const operation of [...agent.operations.values()]) remove(operation);
}

/** A framework is gone: nobody waits for its operations. */
export function forgetOperations(framework: Framework): void {
  for (const operation of [...framework.operations.values()]) remove(operation);
}

/** ACKNOWLEDGE_OPERATION_STATUS: goes to the agent; after the last status the operation is forgotten. */
export function acknowledgeOperation(
  state: MasterState,
  framework: Framework,
  { operationId, agentId, uuid }: MessageOf<'ACKNOWLEDGE_OPERATION_STATUS'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_operation_status_update_acknowledgement++;
  const ignore = (why: string): void => {
    plain.invalid_operation_status_update_acknowledgements++;
    const fields = { framework: framework.id, operation: operationId, reason: why };
    warn(effects, 'ignoring acknowledgement of an operation', fields);
  };
  const agent = agentId === undefined ? undefined : state.agents.get(agentId);
  if (agent === undefined) return ignore('agent is not registered');
  if (agent.link === null) return ignore('agent is disconnected');
  const operation = framework.operations.get(operationId);
  if (operation?.agent !== agent) return ignore('the operation is unknown');
  const known = operation.latestStatus.uuid;
  if (known === undefined || keyOf(known) !== keyOf(uuid)) return ignore('the status is unknown');
  plain.valid_operation_status_update_acknowledgements++;
  if (FINAL.has(operation.latestStatus.state)) remove(operation);
  acknowledge(agent, operation.uuid, uuid, effects);
}

/** RECONCILE_OPERATIONS: one status for each operation that is asked for, or for all that are known. */
export function reconcileOperations(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'RECONCILE_OPERATIONS'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_reconcile_operations++;
  const tell = (status: OperationStatus): void =>
    toFramework(framework, { type: 'UPDATE_OPERATION_STATUS', status }, effects);
  // Not sent reliably: without a uuid, there is nothing to acknowledge.
  const known = ({ latestStatus: { uuid: _uuid, ...status } }: FeedbackOperation): void => tell(status);
  if ((call.operations ?? []).length === 0) framework.operations.forEach(known);
  for (const { operationId, agentId, resourceProviderId } of call.operations ?? []) {
    const operation = framework.operations.get(operationId);
    if (operation !== undefined) {
      known(operation);
      continue;
    }
    const [operationState, fact] = answerFor(state, agentId);
    tell({
      operationId,
      state: operationState,
      message: `Reconciliation: ${fact}`,
      ...(agentId === undefined ? {} : { agentId }),
      ...(resourceProviderId === undefined ? {} : { resourceProviderId }),
    });
  }
}

function answerFor(state: MasterState, agentId: AgentId | undefined): readonly [OperationState, string] {
  if (agentId === undefined) return ['OPERATION_UNKNOWN', "Operation is unknown and no 'agent_id' was provided"];
  if (state.recoveredAgents.has(agentId)) {
    return ['OPERATION_RECOVERING', 'Agent is recovered but has not re-registered'];
  }
  if (state.agents.has(agentId)) return ['OPERATION_UNKNOWN', 'Operation is unknown'];
  if (state.unreachableAgents.has(agentId)) return ['OPERATION_UNREACHABLE', 'Agent is unreachable'];
  if (state.goneAgents.has(agentId)) return ['OPERATION_GONE_BY_OPERATOR', 'Agent marked gone by operator'];
  return ['OPERATION_UNKNOWN', 'Both operation and agent are unknown'];
}
