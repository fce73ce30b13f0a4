/**
 * What agents do: come, change, go, get more resources, and be planned to become unavailable.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Resources } from '../../src/resources/resources.js';
import { maintenanceFor, OracleAgent } from './agent.js';
import { checkId, checkRoles, knownAgent, knownFramework, refuse, sameAttributes } from './checks.js';
import { refusalMs } from './refusal.js';
import { resume } from './runs.js';
import type { OracleState } from './state.js';
import type { AgentUpdate, Filters, InverseOfferStatus, NewAgent, Unavailability, UsedOnAgent } from './types.js';

export function addAgent(state: OracleState, info: NewAgent): void {
  checkId('id', info.id);
  if (state.agents.has(info.id)) refuse('ALREADY_EXISTS', 'id', info.id, 'is an agent already');
  for (const { role } of info.used ?? []) checkRoles([role], []);
  state.agentsEverAdded++;
  const agent = new OracleAgent(info, state.agentsEverAdded);
  state.agents.set(agent.id, agent);
  state.enterTotal(agent);
  for (const use of together(info.used ?? [])) state.give(agent, use.frameworkId, use.role, use.resources);
  if (state.holdOff !== null && state.agents.size >= state.holdOff.expectedAgents) {
    state.note('hold-off ended by agents');
    resume(state);
  }
  state.trigger([agent.id]);
}

/** Asks for a run only if something is different. New attributes clear all filters on the agent. */
export function updateAgent(state: OracleState, agentId: string, change: AgentUpdate): void {
  const agent = knownAgent(state, agentId);
  const total = change.total ?? agent.total;
  const next = {
    hostname: change.hostname ?? agent.hostname,
    attributes: change.attributes ?? agent.attributes,
    capabilities: new Set(change.capabilities ?? agent.capabilities),
    domain: change.domain === undefined ? agent.domain : change.domain,
  };
  const attributesSame = sameAttributes(next.attributes, agent.attributes);
  const allSame =
    attributesSame &&
    total.equals(agent.total) &&
    next.hostname === agent.hostname &&
    isDeepStrictEqual(next.capabilities, agent.capabilities) &&
    isDeepStrictEqual(next.domain, agent.domain);

  Object.assign(agent, next);
  state.setTotal(agent, total);
  if (!attributesSame) dropAllFiltersOn(state, agentId);
  if (!allSame) state.trigger([agentId]);
}

export function removeAgent(state: OracleState, agentId: string): void {
  const agent = knownAgent(state, agentId);
  for (const { frameworkId, role, resources } of agent.holdings) state.takeBack(agent, frameworkId, role, resources);
  state.strikeTotal(agent);
  state.agents.delete(agentId);
  state.candidates.delete(agentId);
  dropAllFiltersOn(state, agentId);
}

/** More total, and uses of it. Asks for no run. */
export function addResourceProvider(
  state: OracleState,
  agentId: string,
  total: Resources,
  used: readonly UsedOnAgent[],
): void {
  const agent = knownAgent(state, agentId);
  for (const { role } of used) checkRoles([role], []);
  state.setTotal(agent, agent.total.plus(total));
  for (const use of together(used)) state.give(agent, use.frameworkId, use.role, use.resources);
}

/** Answers to the old plan, and filters against it, are void. */
export function updateUnavailability(
  state: OracleState,
  agentId: string,
  unavailability: Unavailability | null,
): void {
  const agent = knownAgent(state, agentId);
  for (const framework of state.frameworks.values()) state.dropInverseFilters(framework, { agentId });
  agent.maintenance = maintenanceFor(unavailability);
  state.trigger([agentId]);
}

/**
 * A status is an answer; null means that the inverse offer was withdrawn. An answer that nobody waits for is not kept.
 */
export function updateInverseOffer(
  state: OracleState,
  agentId: string,
  frameworkId: string,
  status: InverseOfferStatus | null,
  filters: Filters | null,
): void {
  const { maintenance } = knownAgent(state, agentId);
  const framework = knownFramework(state, frameworkId);
  if (maintenance === null) refuse('INVALID_ARGUMENT', 'agentId', agentId, 'has no planned unavailability');
  const wasOutstanding = maintenance.outstanding.delete(frameworkId);
  if (wasOutstanding && status !== null) maintenance.statuses.set(frameworkId, status);
  const lifetimeMs = refusalMs(filters);
  if (lifetimeMs === 0) return;
  const timer = state.timers.create('inverse filter', lifetimeMs, () => {
    framework.inverseOfferFilters = framework.inverseOfferFilters.filter((other) => other.timer !== timer);
  });
  framework.inverseOfferFilters.push({ agentId, timer });
}

/** The answers of frameworks, for each agent with a planned unavailability. */
export function inverseOfferStatuses(state: OracleState): Record<string, Record<string, InverseOfferStatus>> {
  const planned = state.agentsInOrder().filter((agent) => agent.maintenance !== null);
  return Object.fromEntries(planned.map((agent) => [agent.id, Object.fromEntries(agent.maintenance!.statuses)]));
}

function dropAllFiltersOn(state: OracleState, agentId: string): void {
  for (const framework of state.frameworks.values()) {
    state.dropFilters(framework, { agentId });
    state.dropInverseFilters(framework, { agentId });
  }
}

/** Uses of one framework in one role as one use. */
function together(used: readonly UsedOnAgent[]): UsedOnAgent[] {
  const sums: UsedOnAgent[] = [];
  for (const use of used) {
    const same = sums.findIndex(({ frameworkId, role }) => frameworkId === use.frameworkId && role === use.role);
    if (same < 0) sums.push(use);
    else sums[same] = { ...use, resources: sums[same]!.resources.plus(use.resources) };
  }
  return sums;
}
