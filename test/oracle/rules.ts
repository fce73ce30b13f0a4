/**
 * Who may be offered what: minimum amounts, capabilities, regions, filters.
 */
import type { Resources } from '../../src/resources/resources.js';
import type { OracleAgent } from './agent.js';
import { holdsAtLeast } from './chop.js';
import type { OracleFramework } from './framework.js';
import type { Settings } from './state.js';

/** Whether it is enough to be offered: something, and all of at least one alternative if there are alternatives. */
export function isAllocatable(
  settings: Settings,
  resources: Resources,
  role: string,
  framework: OracleFramework,
): boolean {
  if (resources.isEmpty) return false;
  const alternatives = framework.minimumFor(role) ?? settings.minAllocatable;
  return alternatives.length === 0 || alternatives.some((wanted) => holdsAtLeast(resources, wanted));
}

/** Agents with gpus are for frameworks that know gpus, agents of other regions for those that know regions. */
export function canReceiveAgent(settings: Settings, framework: OracleFramework, agent: OracleAgent): boolean {
  if (settings.filterGpuResources && agent.hasGpus && !framework.can('GPU_RESOURCES')) return false;
  return !isRemote(settings, agent) || framework.can('REGION_AWARE');
}

/** An agent is remote if both its region and the master's are known, and differ. */
function isRemote(settings: Settings, agent: OracleAgent): boolean {
  return settings.region !== null && agent.domain !== null && agent.domain.region !== settings.region;
}

/** Without the lots that the framework cannot read. */
export function strip(resources: Resources, framework: OracleFramework): Resources {
  return resources.filter(({ descriptor }) => {
    if (descriptor.shared && !framework.can('SHARED_RESOURCES')) return false;
    if (descriptor.revocable && !framework.can('REVOCABLE_RESOURCES')) return false;
    return !descriptor.refined || framework.can('RESERVATION_REFINEMENT');
  });
}

/** Whether agent and framework do not match. */
export function lacksCapability(framework: OracleFramework, role: string, agent: OracleAgent): boolean {
  if (framework.can('MULTI_ROLE') && !agent.has('MULTI_ROLE')) return true;
  return role.includes('/') && !agent.has('HIERARCHICAL_ROLE');
}

/** Whether the framework refused as much or more of the agent. */
export function isFiltered(
  framework: OracleFramework,
  role: string,
  agent: OracleAgent,
  resources: Resources,
): boolean {
  return framework.offerFilters.some(
    (filter) => filter.role === role && filter.agentId === agent.id && filter.resources.contains(resources),
  );
}
