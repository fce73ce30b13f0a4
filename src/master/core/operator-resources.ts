/**
 * Reservations and volumes by operators: on what of an agent is free, for which offers are rescinded as far as needed.
 */
import type { OperationMessage } from '../../protocol/offer.js';
import { conversionsOf } from '../../resources/operations.js';
import { Resources } from '../../resources/resources.js';
import { nameOf } from './describe.js';
import type { MasterEffect } from './events.js';
import { rescindOffer } from './offers.js';
import { convertAgent, readOperation } from './operations.js';
import type { Answer, CallOf, OperatorHandler } from './operator-handler.js';
import type { Agent, MasterState } from './state.js';
import { usedByFramework } from './usage.js';
import { validateOperation } from './validation/index.js';

export type ResourceCall = CallOf<
  | `${'RESERVE' | 'UNRESERVE'}_RESOURCES`
  | `${'CREATE' | 'DESTROY'}_VOLUMES`
  | `${'GROW' | 'SHRINK'}_VOLUME`
>;

const NO_AGENT: Answer = { status: 400, body: 'No agent found with specified ID' };

export const OPERATOR_RESOURCE_CALLS: { readonly [T in ResourceCall['type']]: OperatorHandler<CallOf<T>> } = {
  RESERVE_RESOURCES: { check, act },
  UNRESERVE_RESOURCES: { check, act },
  CREATE_VOLUMES: { check, act },
  DESTROY_VOLUMES: { check, act },
  GROW_VOLUME: { check, act },
  SHRINK_VOLUME: { check, act },
};

/** Operations whose refusals name the agent in Mesos. */
const NAMING: ReadonlySet<OperationMessage['type']> = new Set(['RESERVE', 'CREATE', 'GROW_VOLUME', 'SHRINK_VOLUME']);

/** Throws MeteError for resources that are none. */
function check(state: MasterState, call: ResourceCall): Answer | null {
  const agent = state.agents.get(call.agentId);
  if (agent === undefined) return NO_AGENT;
  const message = operationOf(call);
  const principal = 'principal' in call ? call.principal : undefined;
  const refusal = validateOperation(message, {
    principal,
    agentCapabilities: agent.capabilities,
    checkpointedResources: agent.checkpointed,
    usedResources: () => usedByFramework(agent).values(),
  });
  if (refusal === null) return null;
  const on = NAMING.has(message.type) ? ` on agent ${nameOf(agent)}` : '';
  return { status: 400, body: `Invalid ${message.type} operation${on}: ${refusal}` };
}

/** Carries a call out. Throws MeteError (NOT_AVAILABLE) if the resources are in use. */
function act(state: MasterState, call: ResourceCall, effects: MasterEffect[]): Answer {
  const agent = state.agents.get(call.agentId);
  const operation = readOperation(operationOf(call));
  if (agent === undefined || operation === null) return NO_AGENT;
  const conversions = conversionsOf(operation);
  const needed = conversions.reduce((sum, { consumed }) => sum.plus(consumed), Resources.EMPTY);
  makeRoom(state, agent, needed, effects);
  state.allocator.updateAvailable(agent.id, [operation]);
  convertAgent(agent, conversions, effects);
  return { status: 202 };
}

/** A call as the operation that a framework would ask for. */
export function operationOf(call: ResourceCall): OperationMessage {
  switch (call.type) {
    case 'RESERVE_RESOURCES':
      return { type: 'RESERVE', reserve: { resources: [...call.resources], source: [...(call.source ?? [])] } };
    case 'UNRESERVE_RESOURCES':
      return { type: 'UNRESERVE', unreserve: { resources: [...call.resources] } };
    case 'CREATE_VOLUMES':
      return { type: 'CREATE', create: { volumes: [...call.volumes] } };
    case 'DESTROY_VOLUMES':
      return { type: 'DESTROY', destroy: { volumes: [...call.volumes] } };
    case 'GROW_VOLUME':
      return { type: 'GROW_VOLUME', growVolume: { volume: call.volume, addition: call.addition } };
    case 'SHRINK_VOLUME':
      return { type: 'SHRINK_VOLUME', shrinkVolume: { volume: call.volume, subtract: call.subtract } };
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
