/**
 * What frameworks do: come, change, go, fall silent and come back.
 */
import {
  compileOfferConstraints,
  type OfferConstraintLimits,
  type OfferConstraintsFilter,
} from '../../src/allocator/offer-constraints.js';
import type { Lot } from '../../src/resources/lot.js';
import { Resources } from '../../src/resources/resources.js';
import type { OracleAgent } from './agent.js';
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
  for (const { role } of info.used ?? []) checkRoles([role], []);
  for (const agent of state.agents.values()) checkFree(agent, extrasOn(agent, info));
  if (state.agentsInOrder().some(({ holdings }) => holdings.some(({ frameworkId }) => frameworkId === info.id))) {
    state.note('framework added to what agents told');
  }

  const framework = new OracleFramework(info.id, info.active ?? true);
  state.frameworks.set(info.id, framework);
  framework.describe(info, constraints);
  framework.roles = new Set(info.roles);
  framework.suppressedRoles = new Set(info.suppressedRoles ?? []);
  for (const role of framework.roles) state.track(framework, role);
  for (const agent of state.agents.values()) {
    for (const { role, resources } of extrasOn(agent, info)) {
      if (!resources.isEmpty) state.note('framework tells more than agents');
      agent.setHeldBy(info.id, role, agent.heldBy(info.id, role).plus(resources));
    }
  }
  for (const agent of state.agentsInOrder()) {
    for (const { frameworkId, role, resources } of agent.holdings) {
      if (frameworkId === info.id) state.enterInSorters(agent.id, info.id, role, resources);
    }
  }
  state.refreshActivity(framework);
  if (framework.active) state.trigger(state.agents.keys());
}

interface Extra {
  readonly role: string;
  readonly resources: Resources;
}

/** What the framework says that it holds on an agent, role by role, beyond what the agent said. */
function extrasOn(agent: OracleAgent, info: NewFramework): Extra[] {
  const said = (info.used ?? []).filter(({ agentId }) => agentId === agent.id);
  const roles = [...new Set(said.map(({ role }) => role))];
  return roles.map((role) => {
    const own = said.filter((use) => use.role === role);
    const sum = own.reduce((all, { resources }) => all.plus(resources), Resources.EMPTY);
    return { role, resources: sum.minus(agent.heldBy(info.id, role)) };
  });
}

/** All of it must be free at once; of a shared volume one copy is enough for all users. */
function checkFree(agent: OracleAgent, extras: readonly Extra[]): void {
  const all = extras.reduce((sum, { resources }) => sum.plus(resources), Resources.EMPTY);
  const volumes = all.sharedOnly().lots.every((lot) => hasVolume(agent, lot));
  if (volumes && agent.available.contains(all.nonShared())) return;
  refuse('INVALID_ARGUMENT', 'used', all.toString(), 'are neither held by the framework nor free');
}

function hasVolume(agent: OracleAgent, { descriptor, amountMilli }: Lot): boolean {
  return agent.total.lots.some((lot) => lot.descriptor.key === descriptor.key && lot.amountMilli === amountMilli);
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
