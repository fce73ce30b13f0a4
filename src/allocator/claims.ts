/**
 * Claims: what frameworks hold already when they, or the agents they hold it on, are added.
 *
 * Agents tell it of frameworks that may not be known yet; frameworks may tell the same again, and more. What is told of
 * one framework in one role on one agent is one holding and one grant, however many entries tell it.
 */
import { scalarLot } from '../resources/lot.js';
import { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { checkResources, checkRoles, refuse } from './checks.js';
import type { Used, UsedOnAgent } from './model.js';
import type { AllocatorState } from './state.js';

/** What a framework holds on an agent in a role. */
export interface Claim {
  readonly agent: AgentRecord;
  readonly role: string;
  readonly resources: Resources;
}

/** Uses of one framework in one role as one use. */
export function together(used: readonly Used[]): readonly Used[] {
  if (used.length < 2) return used;
  const sums = new Map<string, Used>();
  for (const entry of used) {
    const key = JSON.stringify([entry.frameworkId, entry.role]);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? entry : { ...entry, resources: sum.resources.plus(entry.resources) });
  }
  return [...sums.values()];
}

/**
 * All that a framework which is about to be added holds: what agents told of it, and what it tells itself beyond that,
 * on known agents. Throws MeteError (INVALID_ARGUMENT) if the latter is not free.
 */
export function claimsOf(state: AllocatorState, frameworkId: string, used: readonly UsedOnAgent[]): Claim[] {
  const byAgent = new Map<AgentRecord, Map<string, Resources>>();
  for (const agent of state.unclaimed.get(frameworkId) ?? []) byAgent.set(agent, toldOf(agent, frameworkId));
  for (const [agent, own] of toldBy(state, used)) {
    const told = byAgent.get(agent) ?? new Map<string, Resources>();
    const extras = [...own].map(([role, all]) => [role, all.minus(told.get(role) ?? Resources.EMPTY)] as const);
    checkFree(agent, extras.reduce((sum, [, extra]) => sum.plus(extra), Resources.EMPTY));
    for (const [role, extra] of extras) told.set(role, (told.get(role) ?? Resources.EMPTY).plus(extra));
    byAgent.set(agent, told);
  }
  return [...byAgent].flatMap(([agent, roles]) => [...roles].map(([role, resources]) => ({ agent, role, resources })));
}

/** What an agent told of a framework, by role. */
function toldOf(agent: AgentRecord, frameworkId: string): Map<string, Resources> {
  const told = new Map<string, Resources>();
  for (const used of agent.unclaimed) {
    if (used.frameworkId !== frameworkId) continue;
    told.set(used.role, (told.get(used.role) ?? Resources.EMPTY).plus(used.resources));
  }
  return told;
}

/** What a framework tells, by agent and role; agents that are not known will tell it themselves. */
function toldBy(state: AllocatorState, used: readonly UsedOnAgent[]): Map<AgentRecord, Map<string, Resources>> {
  const byAgent = new Map<AgentRecord, Map<string, Resources>>();
  for (const { agentId, role, resources } of used) {
    checkRoles('used.role', [role]);
    checkResources('used.resources', resources);
    const agent = state.agents.get(agentId);
    if (agent === undefined) continue;
    const roles = byAgent.get(agent) ?? new Map<string, Resources>();
    roles.set(role, (roles.get(role) ?? Resources.EMPTY).plus(resources));
    byAgent.set(agent, roles);
  }
  return byAgent;
}

/** Of shared volumes one copy must be there: it may be used more than once. */
function checkFree(agent: AgentRecord, wanted: Resources): void {
  const volumes = wanted.sharedOnly().lots.map(({ descriptor, amountMilli }) => scalarLot(descriptor, amountMilli));
  if (agent.available.contains(wanted.nonShared().plus(Resources.of(volumes)))) return;
  throw refuse(
    'used',
    wanted.toString(),
    `agent ${agent.id} does not have them in use by the framework, nor free`,
    'tell the same as when the agent was added',
  );
}
