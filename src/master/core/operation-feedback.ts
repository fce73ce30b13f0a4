/**
 * What frameworks learn of operations that they gave an id: refusals as OPERATION_ERROR (see `dropOperation`), and the
 * answers to RECONCILE_OPERATIONS. Agents do not report operations yet, so, as in Mesos with such agents, an operation
 * with an id is refused, none is known later, and there is nothing to acknowledge.
 */
import type { MessageOf } from '../../protocol/messages.js';
import type { OperationMessage, OperationState } from '../../protocol/offer.js';
import type { AgentId } from '../../protocol/schema.js';
import type { MasterEffect } from './events.js';
import { toFramework, warn } from './send.js';
import type { Agent, Framework, MasterState } from './state.js';
import type { Refusal } from './validation/index.js';

/** Whether an agent can give the feedback that an operation asks for. */
export function feedbackRefusal({ id }: OperationMessage, agent: Agent): Refusal {
  if (id === undefined) return null;
  if (!agent.capabilities.has('RESOURCE_PROVIDER')) {
    const lack = 'does not have the required RESOURCE_PROVIDER capability';
    return `Operation requested feedback, but agent ${agent.id} ${lack}`;
  }
  const lack = 'does not have the required AGENT_OPERATION_FEEDBACK and RESOURCE_PROVIDER capabilities';
  return `Operation on agent default resources requested feedback, but agent ${agent.id} ${lack}`;
}

/** ACKNOWLEDGE_OPERATION_STATUS: no operation is known that could be meant. */
export function acknowledgeOperation(
  state: MasterState,
  framework: Framework,
  { operationId }: MessageOf<'ACKNOWLEDGE_OPERATION_STATUS'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_operation_status_update_acknowledgement++;
  plain.invalid_operation_status_update_acknowledgements++;
  const fields = { framework: framework.id, operation: operationId };
  warn(effects, 'ignoring acknowledgement of an unknown operation', fields);
}

/** RECONCILE_OPERATIONS: one status for each operation that is asked for; of all that are known there are none. */
export function reconcileOperations(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'RECONCILE_OPERATIONS'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_reconcile_operations++;
  for (const { operationId, agentId, resourceProviderId } of call.operations ?? []) {
    const [operationState, fact] = answerFor(state, agentId);
    const status = {
      operationId,
      state: operationState,
      message: `Reconciliation: ${fact}`,
      ...(agentId === undefined ? {} : { agentId }),
      ...(resourceProviderId === undefined ? {} : { resourceProviderId }),
    };
    toFramework(framework, { type: 'UPDATE_OPERATION_STATUS', status }, effects);
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
