/**
 * What the books say of an agent, a framework or a role, for whoever looks in from outside.
 */
import type { Resources } from '../../src/resources/resources.js';
import type { OracleAgent } from './agent.js';
import { NOTHING, type Amounts } from './amounts.js';
import type { OracleFramework } from './framework.js';
import type { OracleState } from './state.js';
import type { Quota, Used } from './types.js';

export interface AgentView {
  readonly total: Resources;
  readonly available: Resources;
  readonly held: readonly Used[];
}

export interface FrameworkView {
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly suppressedRoles: readonly string[];
  readonly held: readonly Used[];
}

export interface RoleView {
  readonly weight: number;
  readonly quota: Quota;
  readonly frameworks: readonly string[];
  /** Scalars that the role itself holds. */
  readonly held: Amounts;
}

export function agentView(agent: OracleAgent): AgentView {
  return { total: agent.total, available: agent.available, held: usesOf(agent) };
}

export function frameworkView(state: OracleState, framework: OracleFramework): FrameworkView {
  return {
    active: framework.active,
    roles: [...framework.roles],
    suppressedRoles: [...framework.suppressedRoles],
    held: state.agentsInOrder().flatMap(usesOf).filter(({ frameworkId }) => frameworkId === framework.id),
  };
}

export function roleView(state: OracleState, role: string): RoleView {
  return {
    weight: state.roleTree.weight(role),
    quota: state.roleTree.quota(role),
    frameworks: [...state.roleTree.frameworksOf(role)],
    held: state.roleSorter.contains(role) ? state.roleSorter.allocationQuantities(role) : NOTHING,
  };
}

function usesOf(agent: OracleAgent): Used[] {
  return agent.holdings.map((holding) => ({ ...holding, agentId: agent.id }));
}
