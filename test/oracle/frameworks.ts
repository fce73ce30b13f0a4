/**
 * What frameworks do: come, change, go, fall silent and come back.
 */
import {
  compileOfferConstraints,
  type OfferConstraintLimits,
  type OfferConstraintsFilter,
} from '../../src/allocator/offer-constraints.js';
import { checkId, checkRoles, checkSubscribed, knownFramework, refuse } from './checks.js';
import { OracleFramework } from './framework.js';
import type { OracleState } from './state.js';
import type { FrameworkUpdate, NewFramework } from './types.js';

/**
 * What known agents say that the framework holds counts from now on. What is said here of known agents, and they did
 * not say it, must be free, and is held from now on too. What is said of unknown agents they will say themselves.
 */
export function addFramework(state: OracleState, info: NewFramework, limits: OfferConstraintLimits): void {
  checkId('id', info.id);
  if (state.frameworks.has(info.id)) refuse('ALREADY_EXISTS', 'id', info.id, 'is a framework already');
  const constraints = checkInfo(info, limits);
  for (const { agentId, role, resources } of info.used ?? []) {
    checkRoles([role], []);
    const agent = state.agents.get(agentId);
    if (agent?.available.contains(resources.minus(agent.heldBy(info.id, role))) === false) {
      refuse('INVALID_ARGUMENT', 'used', resources.toString(), 'are neither held by the framework nor free');
    }
  }

  const framework = new OracleFramework(info.id, info.active ?? true);
  state.frameworks.set(info.id, framework);
  framework.describe(info, constraints);
  framework.roles = new Set(info.roles);
  framework.suppressedRoles = new Set(info.suppressedRoles ?? []);
  for (const role of framework.roles) state.track(framework, role);
  for (const { agentId, role, resources } of info.used ?? []) {
    const agent = state.agents.get(agentId);
    if (agent === undefined) continue;
    const told = agent.heldBy(info.id, role);
    agent.setHeldBy(info.id, role, told.plus(resources.minus(told)));
  }
  for (const agent of state.agentsInOrder()) {
    for (const { frameworkId, role, resources } of agent.holdings) {
      if (frameworkId === info.id) state.enterInSorters(agent.id, info.id, role, resources);
    }
  }
  state.refreshActivity(framework);
  if (framework.active) state.trigger(state.agents.keys());
}

/** Replaces everything but id, activity and holdings. Roles that are not suppressed any more are as if revived. */
export function updateFramework(
  state: OracleState,
  frameworkId: string,
  info: FrameworkUpdate,
  limits: OfferConstraintLimits,
): void {
  const framework = knownFramework(state, frameworkId);
  const constraints = checkInfo(info, limits);
  const rolesBefore = framework.roles;
  const suppressedBefore = framework.suppressedRoles;

  framework.describe(info, constraints);
  framework.roles = new Set(info.roles);
  framework.suppressedRoles = new Set(info.suppressedRoles ?? []);
  for (const role of framework.roles) state.track(framework, role);
  for (const role of rolesBefore) {
    const left = !framework.roles.has(role);
    const wokenUp = !left && suppressedBefore.has(role) && !framework.suppressedRoles.has(role);
    if (left || wokenUp) state.dropFilters(framework, { role });
    if (wokenUp) state.dropInverseFilters(framework, {});
    state.untrackIfIdle(framework, role);
  }
  state.refreshActivity(framework);
}

export function removeFramework(state: OracleState, frameworkId: string): void {
  const framework = knownFramework(state, frameworkId);
  const { roles } = framework;
  framework.roles = new Set();
  for (const agent of state.agentsInOrder()) {
    for (const holding of agent.holdings) {
      if (holding.frameworkId === frameworkId) state.takeBack(agent, frameworkId, holding.role, holding.resources);
    }
    agent.maintenance?.outstanding.delete(frameworkId);
    agent.maintenance?.statuses.delete(frameworkId);
  }
  for (const role of roles) state.untrackIfIdle(framework, role);
  state.dropFilters(framework, {});
  state.dropInverseFilters(framework, {});
  state.frameworks.delete(frameworkId);
}

export function activateFramework(state: OracleState, frameworkId: string): void {
  const framework = knownFramework(state, frameworkId);
  framework.active = true;
  state.refreshActivity(framework);
  state.trigger(state.agents.keys());
}

export function deactivateFramework(state: OracleState, frameworkId: string): void {
  const framework = knownFramework(state, frameworkId);
  framework.active = false;
  state.refreshActivity(framework);
  state.dropFilters(framework, {});
  state.dropInverseFilters(framework, {});
}

/** No roles named means all roles. Filters stay. */
export function suppressOffers(state: OracleState, frameworkId: string, roles: readonly string[]): void {
  const framework = knownFramework(state, frameworkId);
  checkSubscribed(framework, roles);
  for (const role of roles.length === 0 ? framework.roles : roles) framework.suppressedRoles.add(role);
  state.refreshActivity(framework);
}

/** No roles named means all roles. Inverse offers are no matter of roles: all their filters go. */
export function reviveOffers(state: OracleState, frameworkId: string, roles: readonly string[]): void {
  const framework = knownFramework(state, frameworkId);
  checkSubscribed(framework, roles);
  for (const role of roles.length === 0 ? framework.roles : roles) {
    framework.suppressedRoles.delete(role);
    state.dropFilters(framework, { role });
  }
  state.dropInverseFilters(framework, {});
  state.refreshActivity(framework);
  state.trigger(state.agents.keys());
}

function checkInfo(info: FrameworkUpdate, limits: OfferConstraintLimits): OfferConstraintsFilter | null {
  checkRoles(info.roles, info.suppressedRoles ?? []);
  if (info.offerConstraints === undefined) return null;
  const constraints = compileOfferConstraints(info.offerConstraints, limits);
  for (const role of constraints.roles) {
    if (info.roles.includes(role)) continue;
    refuse('INVALID_OFFER_CONSTRAINTS', 'offerConstraints', role, 'is not one of the roles');
  }
  return constraints;
}
