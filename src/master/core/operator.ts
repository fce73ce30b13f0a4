/**
 * What operators ask for. Each call is answered once, with a status of HTTP: 200 done, 202 accepted, 400 refused with
 * Mesos' text, 409 if resources are in use.
 */
import { MeteError } from '../../base/errors.js';
import type { MasterEffect, OperatorCall } from './events.js';
import { removeFramework } from './frameworks.js';
import { removeInverseOffer, rescindOffer, withdrawInverseOffer } from './offers.js';
import { changeResources } from './operator-resources.js';
import { updateQuota } from './quota.js';
import type { MasterState } from './state.js';
import { replaceInfo } from './subscribe.js';
import { validateWeight } from './validation/index.js';

interface Answer {
  readonly status: number;
  readonly body?: string;
}

type Of<T extends OperatorCall['type']> = Extract<OperatorCall, { readonly type: T }>;

/** The answer to a call that was refused for a reason, or not. */
function answer(refusal: string | null, status = 200): Answer {
  return refusal === null ? { status } : { status: 400, body: refusal };
}

export function operatorCalled(state: MasterState, request: number, call: OperatorCall, effects: MasterEffect[]): void {
  effects.push({ type: 'AnswerOperator', request, ...answerTo(state, call, effects) });
}

function answerTo(state: MasterState, call: OperatorCall, effects: MasterEffect[]): Answer {
  try {
    return carryOut(state, call, effects);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    return { status: error.code === 'NOT_AVAILABLE' ? 409 : 400, body: error.message };
  }
}

function carryOut(state: MasterState, call: OperatorCall, effects: MasterEffect[]): Answer {
  switch (call.type) {
    case 'TEARDOWN':
      return answer(teardown(state, call, effects));
    case 'UPDATE_WEIGHTS':
      return answer(updateWeights(state, call, effects));
    case 'UPDATE_QUOTA':
      return answer(updateQuota(state, call, effects));
    case 'RESERVE_RESOURCES':
    case 'UNRESERVE_RESOURCES':
    case 'CREATE_VOLUMES':
    case 'DESTROY_VOLUMES':
      return answer(changeResources(state, call, effects), 202);
    case 'UPDATE_FRAMEWORK':
      return answer(updateFramework(state, call, effects));
    case 'UPDATE_WHITELIST':
      state.allocator.updateWhitelist(call.hostnames);
      return answer(null);
    case 'UPDATE_UNAVAILABILITY':
      return answer(updateUnavailability(state, call, effects));
  }
}

function teardown(state: MasterState, { frameworkId }: Of<'TEARDOWN'>, effects: MasterEffect[]): string | null {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return 'No framework found with specified ID';
  state.counters.plain.messages_unregister_framework++;
  removeFramework(state, framework, effects);
  return null;
}

function updateFramework(state: MasterState, call: Of<'UPDATE_FRAMEWORK'>, effects: MasterEffect[]): string | null {
  const framework = state.frameworks.get(call.frameworkId);
  if (framework === undefined) return 'Framework cannot be found';
  framework.counters.calls.UPDATE_FRAMEWORK++;
  return replaceInfo(state, framework, call.update, effects);
}

/** New weights; if frameworks are in one of the roles, all outstanding offers are rescinded. */
function updateWeights(state: MasterState, call: Of<'UPDATE_WEIGHTS'>, effects: MasterEffect[]): string | null {
  const allowed = state.settings.roles === undefined ? undefined : new Set(state.settings.roles);
  for (const { role, weight } of call.weights) {
    const refusal = validateWeight(role, weight, allowed);
    if (refusal !== null) return refusal;
  }
  const weights = call.weights.map(({ role, weight }) => ({ role: role.trim(), weight }));
  state.allocator.updateWeights(weights);
  const inUse = new Set([...state.frameworks.values()].flatMap((framework) => [...framework.roles]));
  if (weights.some(({ role }) => inUse.has(role))) {
    for (const offer of [...state.offers.values()]) rescindOffer(state, offer, effects);
  }
  return null;
}

/** A maintenance window: offers of the agent are rescinded, for they do not say so. */
function updateUnavailability(
  state: MasterState,
  { agentId, unavailability }: Of<'UPDATE_UNAVAILABILITY'>,
  effects: MasterEffect[],
): string | null {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return 'No agent found with specified ID';
  for (const inverseOffer of [...agent.inverseOffers]) {
    withdrawInverseOffer(state, inverseOffer);
    removeInverseOffer(state, inverseOffer, true, effects);
  }
  if (unavailability !== null) for (const offer of [...agent.offers]) rescindOffer(state, offer, effects);
  state.allocator.updateUnavailability(agentId, unavailability);
  agent.unavailability = unavailability;
  return null;
}
