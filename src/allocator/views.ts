/**
 * Read-only views of what the allocator knows, for people, tests and the master's API.
 */
import type { Limits } from '../resources/limits.js';
import type { Quantities } from '../resources/quantities.js';
import type { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { heldBy } from './holdings.js';
import type { FrameworkRecord, Unavailability } from './model.js';
import type { AllocatorState } from './state.js';

/** What one framework holds of an agent in one role. */
export interface Holding {
  readonly frameworkId: string;
  readonly role: string;
  readonly resources: Resources;
}

export interface AgentView {
  readonly id: string;
  readonly hostname: string;
  readonly active: boolean;
  readonly total: Resources;
  readonly available: Resources;
  /** Offered or allocated; also by frameworks that have not been added yet. */
  readonly held: readonly Holding[];
  readonly unavailability: Unavailability | null;
}

export interface FrameworkView {
  readonly id: string;
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly suppressedRoles: readonly string[];
  readonly capabilities: readonly string[];
  readonly held: readonly { readonly agentId: string; readonly role: string; readonly resources: Resources }[];
}

export interface RoleView {
  readonly name: string;
  readonly weight: number;
  readonly guarantees: Quantities;
  readonly limits: Limits;
  /** Reserved to the role and its subroles, offered or not. */
  readonly reserved: Quantities;
  /** Dominant share by weight, as the role sorter sees it. */
  readonly share: number;
  /** Times that something was granted. */
  readonly grants: number;
  readonly frameworks: readonly string[];
}

export function viewAgent(agent: AgentRecord): AgentView {
  const held: Holding[] = agent.holders.map((client, i) => ({
    frameworkId: client.framework.id,
    role: client.role.name,
    resources: agent.holdings[i]!,
  }));
  held.push(...agent.unclaimed);
  const { id, hostname, active, total, available } = agent;
  return { id, hostname, active, total, available, held, unavailability: agent.maintenance?.unavailability ?? null };
}

export function viewFramework(state: AllocatorState, framework: FrameworkRecord): FrameworkView {
  const held: { agentId: string; role: string; resources: Resources }[] = [];
  for (const agent of state.agents.values()) {
    for (const client of framework.clients.values()) {
      const resources = heldBy(agent, client);
      if (resources !== undefined) held.push({ agentId: agent.id, role: client.role.name, resources });
    }
  }
  return {
    id: framework.id,
    active: framework.active,
    roles: [...framework.roles],
    suppressedRoles: [...framework.suppressed],
    capabilities: [...framework.capabilities],
    held,
  };
}

export function viewRole(state: AllocatorState, name: string): RoleView {
  const quota = state.roleTree.quota(name);
  let share = 0;
  let grants = 0;
  if (state.roleSorter.has(name)) {
    if (state.totalsMoved) {
      state.program.setTotals(state.encoding.vector(state.totals));
      state.totalsMoved = false;
    }
    state.program.flush();
    const row = new Float64Array(2 + state.encoding.kinds);
    state.program.engine.readNode(state.roleSorter.leafOf(name).id, row);
    share = row[0]!;
    grants = row[1]!;
  }
  return {
    name,
    weight: state.roleTree.weight(name),
    guarantees: quota.guarantees,
    limits: quota.limits,
    reserved: state.roleTree.reservationQuantities(name),
    share,
    grants,
    frameworks: [...(state.roles.get(name)?.clients ?? [])].map((client) => client.framework.id),
  };
}
