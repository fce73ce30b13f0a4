/**
 * What operators ask for. Each call is answered once, with a status of HTTP: 200 done, 202 accepted, 400 refused with
 * Mesos' text, 404 and 409.
 */
import type { Quota } from '../../allocator/role-tree.js';
import { MeteError } from '../../base/errors.js';
import { quantitiesFromRecord, type Quantities } from '../../resources/quantities.js';
import { conversionsOf } from '../../resources/operations.js';
import { Resources } from '../../resources/resources.js';
import { isSelfOrAncestor } from '../../resources/role-name.js';
import type { MasterEffect, OperatorCall } from './events.js';
import { removeFramework } from './frameworks.js';
import { removeInverseOffer, rescindOffer, withdrawInverseOffer } from './offers.js';
import { convertAgent, readOperation } from './operations.js';
import type { Agent, MasterState, Offer } from './state.js';
import { usedByFramework } from './usage.js';
import { validateOperation, validateQuota, validateWeight } from './validation/index.js';

interface Answer {
  readonly status: number;
  readonly body?: string;
}

type Of<T extends OperatorCall['type']> = Extract<OperatorCall, { readonly type: T }>;

const DONE: Answer = { status: 200 };
const ACCEPTED: Answer = { status: 202 };

function bad(body: string): Answer {
  return { status: 400, body };
}

export function operatorCalled(state: MasterState, request: number, call: OperatorCall, effects: MasterEffect[]): void {
  let answer: Answer;
  try {
    answer = answerTo(state, call, effects);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    answer = { status: error.code === 'NOT_AVAILABLE' ? 409 : 400, body: error.message };
  }
  effects.push({ type: 'AnswerOperator', request, ...answer });
}

function answerTo(state: MasterState, call: OperatorCall, effects: MasterEffect[]): Answer {
  switch (call.type) {
    case 'TEARDOWN':
      return teardown(state, call, effects);
    case 'UPDATE_WEIGHTS':
      return updateWeights(state, call, effects);
    case 'UPDATE_QUOTA':
      return updateQuota(state, call, effects);
    case 'RESERVE_RESOURCES':
    case 'UNRESERVE_RESOURCES':
    case 'CREATE_VOLUMES':
    case 'DESTROY_VOLUMES':
      return changeResources(state, call, effects);
    case 'UPDATE_WHITELIST':
      state.allocator.updateWhitelist(call.hostnames);
      return DONE;
    case 'UPDATE_UNAVAILABILITY':
      return updateUnavailability(state, call, effects);
  }
}

function teardown(state: MasterState, { frameworkId }: Of<'TEARDOWN'>, effects: MasterEffect[]): Answer {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return bad('No framework found with specified ID');
  removeFramework(state, framework, effects);
  return DONE;
}

function allowedRoles({ settings }: MasterState): ReadonlySet<string> | undefined {
  return settings.roles === undefined ? undefined : new Set(settings.roles);
}

/** New weights; if frameworks are in one of the roles, all outstanding offers are rescinded. */
function updateWeights(state: MasterState, call: Of<'UPDATE_WEIGHTS'>, effects: MasterEffect[]): Answer {
  for (const { role, weight } of call.weights) {
    const refusal = validateWeight(role, weight, allowedRoles(state));
    if (refusal !== null) return bad(refusal);
  }
  const weights = call.weights.map(({ role, weight }) => ({ role: role.trim(), weight }));
  state.allocator.updateWeights(weights);
  const inUse = new Set([...state.frameworks.values()].flatMap((framework) => [...framework.roles]));
  if (weights.some(({ role }) => inUse.has(role))) {
    for (const offer of [...state.offers.values()]) rescindOffer(state, offer, effects);
  }
  return DONE;
}

function quantitiesOf(amounts: Readonly<Record<string, number>> | undefined, field: string): Quantities {
  return quantitiesFromRecord(amounts ?? {}, field, 'INVALID_QUOTA');
}

/** New quotas, all or none; then as many offers are rescinded as might stand in the way of new guarantees. */
function updateQuota(state: MasterState, call: Of<'UPDATE_QUOTA'>, effects: MasterEffect[]): Answer {
  const quotas = new Map<string, Quota>();
  for (const config of call.configs) {
    const refusal = validateQuota(config, allowedRoles(state));
    if (refusal !== null) return bad(refusal);
    const guarantees = quantitiesOf(config.guarantees, 'guarantees');
    const limits = new Map(Object.entries(config.limits ?? {}).map(([name, amount]) => [name, Math.round(amount * 1000)]));
    quotas.set(config.role, { guarantees, limits });
  }
  state.allocator.updateQuotas(quotas, { force: call.force ?? false });
  for (const [role, quota] of quotas) rescindForQuota(state, role, quota, effects);
  return DONE;
}

/** Offers to a role that is limited now, and, for a guarantee, offers of any agent that could serve a part of it. */
function rescindForQuota(state: MasterState, role: string, quota: Quota, effects: MasterEffect[]): void {
  if (quota.limits.size > 0) {
    for (const offer of [...state.offers.values()]) {
      if (isSelfOrAncestor(role, offer.role)) rescindOffer(state, offer, effects);
    }
  }
  const left = new Map(quota.guarantees);
  for (const agent of state.agents.values()) {
    if (left.size === 0) return;
    if (!agent.active) continue;
    for (const offer of [...agent.offers]) {
      if (isSelfOrAncestor(role, offer.role)) continue;
      const gained = offer.resources.unreserved().nonRevocable().scalarQuantities();
      if (![...left.keys()].some((name) => gained.has(name))) continue;
      for (const [name, amount] of gained) {
        const rest = (left.get(name) ?? 0) - amount;
        if (rest > 0) left.set(name, rest);
        else left.delete(name);
      }
      rescindOffer(state, offer, effects);
    }
  }
}

/** Reservations and volumes by an operator: on what is free, for which offers are rescinded as far as needed. */
function changeResources(
  state: MasterState,
  call: Of<'RESERVE_RESOURCES' | 'UNRESERVE_RESOURCES' | 'CREATE_VOLUMES' | 'DESTROY_VOLUMES'>,
  effects: MasterEffect[],
): Answer {
  const agent = state.agents.get(call.agentId);
  if (agent === undefined) return bad('No agent found with specified ID');
  const message = operationOf(call);
  const refusal = validateOperation(message, {
    agentCapabilities: agent.capabilities,
    checkpointedResources: agent.checkpointed,
    usedResources: () => usedByFramework(agent).values(),
  });
  if (refusal !== null) return bad(`Invalid ${message.type} operation on agent ${agent.id}: ${refusal}`);
  const operation = readOperation(message)!;
  const conversions = conversionsOf(operation);
  const needed = conversions.reduce((sum, { consumed }) => sum.plus(consumed), Resources.EMPTY);
  makeRoom(state, agent, needed, effects);
  state.allocator.updateAvailable(agent.id, [operation]);
  convertAgent(agent, conversions, effects);
  return ACCEPTED;
}

function operationOf(
  call: Of<'RESERVE_RESOURCES' | 'UNRESERVE_RESOURCES' | 'CREATE_VOLUMES' | 'DESTROY_VOLUMES'>,
): Parameters<typeof readOperation>[0] {
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
  const helps = (offer: Offer): boolean => missing.minus(offer.resources) !== missing;
  for (const offer of [...agent.offers]) {
    if (missing.isEmpty) return;
    if (!helps(offer)) continue;
    missing = missing.minus(offer.resources);
    rescindOffer(state, offer, effects);
  }
}

/** A maintenance window: what was offered of the agent is rescinded, since the offers do not say so. */
function updateUnavailability(
  state: MasterState,
  { agentId, unavailability }: Of<'UPDATE_UNAVAILABILITY'>,
  effects: MasterEffect[],
): Answer {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return bad('No agent found with specified ID');
  for (const inverseOffer of [...agent.inverseOffers]) {
    withdrawInverseOffer(state, inverseOffer);
    removeInverseOffer(state, inverseOffer, true, effects);
  }
  if (unavailability !== null) for (const offer of [...agent.offers]) rescindOffer(state, offer, effects);
  agent.unavailability = unavailability;
  state.allocator.updateUnavailability(agentId, unavailability);
  return DONE;
}
