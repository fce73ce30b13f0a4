/**
 * Reservations and volumes by operators: on what of an agent is free, for which offers are rescinded as far as needed.
 */
import type { OperationMessage } from '../../protocol/offer.js';
import { conversionsOf } from '../../resources/operations.js';
import { Resources } from '../../resources/resources.js';
import type { MasterEffect, OperatorCall } from './events.js';
import { rescindOffer } from './offers.js';
import { convertAgent, readOperation } from './operations.js';
import type { Agent, MasterState } from './state.js';
import { usedByFramework } from './usage.js';
import { validateOperation } from './validation/index.js';

export type ResourceCall = Extract<
  OperatorCall,
  { readonly type: 'RESERVE_RESOURCES' | 'UNRESERVE_RESOURCES' | 'CREATE_VOLUMES' | 'DESTROY_VOLUMES' }
>;

/**
 * Carries a call out. The answer is null, or why it is refused. Throws MeteError (NOT_AVAILABLE) if the resources are
 * in use.
 */
export function changeResources(state: MasterState, call: ResourceCall, effects: MasterEffect[]): string | null {
  const agent = state.agents.get(call.agentId);
  if (agent === undefined) return 'No agent found with specified ID';
  const message = operationOf(call);
  const refusal = validateOperation(message, {
    agentCapabilities: agent.capabilities,
    checkpointedResources: agent.checkpointed,
    usedResources: () => usedByFramework(agent).values(),
  });
  if (refusal !== null) return `Invalid ${message.type} operation on agent ${agent.id}: ${refusal}`;
  const operation = readOperation(message);
  if (operation === null) return `Invalid ${message.type} operation on agent ${agent.id}`;
  const conversions = conversionsOf(operation);
  const needed = conversions.reduce((sum, { consumed }) => sum.plus(consumed), Resources.EMPTY);
  makeRoom(state, agent, needed, effects);
  state.allocator.updateAvailable(agent.id, [operation]);
  convertAgent(agent, conversions, effects);
  return null;
}

function operationOf(call: ResourceCall): OperationMessage {
  switch (call.type) {
    case 'RESERVE_RESOURCES':
      return { type: 'RESERVE', reserve: { resources: [...call.resources] } };
    case 'UNRESERVE_RESOURCES':
      return { type: 'UNRESERVE', unreserve: { resources: [...call.resources] } };
    case 'CREATE_VOLUMES':
      return { type: 'CREATE', create: { volumes: [...call.volumes] } };
    case 'DESTROY_VOLUMES':
      return { type: 'DESTROY', destroy: { volumes: [...call.volumes] } };
  }
}

/** Rescinds offers of an agent until what is needed is free, or no offer is left that would help. */
function makeRoom(state: MasterState, agent: Agent, needed: Resources, effects: MasterEffect[]): void {
  let missing = needed.minus(state.allocator.agent(agent.id).available);
  for (const offer of [...agent.offers]) {
    if (missing.isEmpty) return;
    const rest = missing.minus(offer.resources);
    if (rest === missing) continue;
    missing = rest;
    rescindOffer(state, offer, effects);
  }
}
