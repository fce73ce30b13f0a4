/**
 * What the books say of an agent, a framework or a role, for whoever looks in from outside.
 */
import type { Resources } from '../../src/resources/resources.js';
import type { Holding, OracleAgent } from './agent.js';
import type { Amounts } from './amounts.js';
import type { OracleFramework } from './framework.js';
import { OracleDrfSorter } from './sorter.js';
import type { OracleState } from './state.js';
import type { Unavailability, UsedByFramework } from './types.js';

export interface AgentView {
  readonly id: string;
  readonly hostname: string;
  readonly active: boolean;
  readonly total: Resources;
  readonly available: Resources;
  readonly held: readonly Holding[];
  readonly unavailability: Unavailability | null;
}

export interface FrameworkView {
  readonly id: string;
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly suppressedRoles: readonly string[];
  readonly held: readonly UsedByFramework[];
}

export interface RoleView {
  readonly name: string;
  readonly weight: number;
  readonly guarantees: Amounts;
  readonly limits: Amounts;
  /** Scalars reserved for the role and the roles below it. */
  readonly reserved: Amounts;
  /** The dominant share of the role itself; 0 for a role without frameworks, and if the order is random. */
  readonly share: number;
  /** How often something was granted to the role itself. */
  readonly grants: number;
  readonly frameworks: readonly string[];
}

export function agentView(agent: OracleAgent): AgentView {
  return {
    id: agent.id,
    hostname: agent.hostname,
    active: agent.activated,
    total: agent.total,
    available: agent.available,
    held: agent.holdings,
    unavailability: agent.maintenance?.unavailability ?? null,
  };
}

export function frameworkView(state: OracleState, framework: OracleFramework): FrameworkView {
  const held = state.agentsInOrder().flatMap((agent) =>
    agent.holdings
      .filter(({ frameworkId }) => frameworkId === framework.id)
      .map(({ role, resources }) => ({ agentId: agent.id, role, resources })),
  );
  return {
    id: framework.id,
    active: framework.active,
    roles: [...framework.roles],
    suppressedRoles: [...framework.suppressedRoles],
    held,
  };
}

export function roleView(state: OracleState, role: string): RoleView {
  const isClient = state.roleSorter.contains(role);
  return {
    name: role,
    weight: state.roleTree.weight(role),
    ...state.roleTree.quota(role),
    reserved: state.roleTree.reservationQuantities(role),
    share: isClient && state.roleSorter instanceof OracleDrfSorter ? state.roleSorter.shares()[role]! : 0,
    grants: isClient ? state.roleSorter.grants(role) : 0,
    frameworks: [...state.roleTree.frameworksOf(role)],
  };
}
