/**
 * What happens to resources that frameworks hold: they change their form, and they are given back.
 */
import { applyConversions, applyOperation, type Conversion, type Operation } from '../../src/resources/operations.js';
import type { Resources } from '../../src/resources/resources.js';
import { checkHeld, knownAgent, knownFramework, refuse } from './checks.js';
import { refusalMs } from './refusal.js';
import type { OracleState } from './state.js';
import type { Filters } from './types.js';

/**
 * Applies conversions to what the framework holds and to the agent's total at once: nothing gets free by it. A
 * conversion that consumes nothing makes a further copy of a shared resource, which is no matter of the total.
 */
export function updateAllocation(
  state: OracleState,
  frameworkId: string,
  agentId: string,
  role: string,
  offered: Resources,
  conversions: readonly Conversion[],
): void {
  const framework = knownFramework(state, frameworkId);
  const agent = knownAgent(state, agentId);
  if (offered.isEmpty) refuse('INVALID_ARGUMENT', 'offered', '', 'are no resources');
  checkHeld(agent.heldBy(frameworkId, role), offered);
  const updated = applyConversions(offered, conversions);
  const lasting = conversions.filter(({ consumed }) => !consumed.isEmpty);
  const total = applyConversions(agent.total, lasting);

  agent.setHeldBy(frameworkId, role, agent.heldBy(frameworkId, role).minus(offered).plus(updated));
  state.frameworkSorter(role).update(frameworkId, agentId, offered, updated);
  state.roleSorter.update(role, agentId, offered, updated);
  state.setTotal(agent, total);
  if (conversions.some(({ consumed }) => consumed.isEmpty)) state.note('copies of a shared volume added');
  state.untrackIfIdle(framework, role);
  if (!state.isTracked(frameworkId, role)) state.note('client ended by a conversion');
}

/** Applies operations to what is free on the agent, or fails. */
export function updateAvailable(state: OracleState, agentId: string, operations: readonly Operation[]): void {
  const agent = knownAgent(state, agentId);
  operations.reduce((available, operation) => applyOperation(available, operation), agent.available);
  const total = operations.reduce((sum, operation) => applyOperation(sum, operation), agent.total);
  state.setTotal(agent, total);
}

/**
 * Gives back; with filters, the framework does not want the like on this agent for a while. There is nothing to be
 * filtered in a role that it has left.
 */
export function recoverResources(
  state: OracleState,
  frameworkId: string,
  agentId: string,
  role: string,
  resources: Resources,
  filters: Filters | null,
): void {
  const framework = state.frameworks.get(frameworkId);
  const agent = state.agents.get(agentId);
  if (framework === undefined || agent === undefined || resources.isEmpty) return;
  checkHeld(agent.heldBy(frameworkId, role), resources);
  state.takeBack(agent, frameworkId, role, resources);
  const refusedMs = refusalMs(filters);
  if (refusedMs === 0 || !framework.roles.has(role)) return;
  // Never shorter than the interval, so that a refusal covers the next batch in any case.
  const lifetimeMs = Math.max(state.settings.allocationIntervalMs, refusedMs);
  const timer = state.timers.create('filter', lifetimeMs, () => {
    framework.offerFilters = framework.offerFilters.filter((other) => other.timer !== timer);
  });
  framework.offerFilters.push({ role, agentId, resources, timer });
}
