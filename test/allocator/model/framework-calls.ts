/**
 * Random calls about frameworks.
 */
import type { Resources } from '../../../src/resources/resources.js';
import { anyPart, constraintsFor, FRAMEWORK_CAPABILITIES, FRAMEWORKS, MINIMUMS, ROLES } from './pools.js';
import type { Decisions } from './decisions.js';
import { call, type FrameworkUpdate } from './subject.js';
import type { Maker, World } from './world.js';

type FrameworkUse = { agentId: string; role: string; resources: Resources };

function anyRoles(decide: Decisions): string[] {
  const roles = decide.shuffled(ROLES).slice(0, 1 + decide.below(3));
  if (decide.chance(0.5) && !roles.includes('a')) roles.push('a');
  return roles;
}

function anyInfo(decide: Decisions, roles: readonly string[]): FrameworkUpdate {
  const minimums = decide.some(roles, 0.15).map((role) => [role, { minAllocatable: decide.pick(MINIMUMS) }] as const);
  return {
    roles,
    capabilities: decide.some(FRAMEWORK_CAPABILITIES, 0.75),
    ...decide.partly({ suppressedRoles: decide.some(roles, 0.3) }, 0.3),
    ...(minimums.length === 0 ? {} : { offerFilters: Object.fromEntries(minimums) }),
    ...decide.partly({ offerConstraints: constraintsFor(decide.pick(roles), decide) }, 0.12),
  };
}

export const addFramework: Maker = (world, decide) => {
  const id = decide.maybe(FRAMEWORKS.filter((candidate) => !world.frameworks.includes(candidate)));
  if (id === undefined) return null;
  const info = anyInfo(decide, anyRoles(decide));
  world.described.set(id, info);
  const used = decide.chance(0.3) ? usesOf(world, decide, id, info.roles) : [];
  return call('addFramework', { id, ...info, active: decide.chance(0.85), used });
};

/** What a framework says that it uses: what agents told before, free resources, things on agents that are not there. */
function usesOf(world: World, decide: Decisions, id: string, roles: readonly string[]): FrameworkUse[] {
  const told = world.agents.flatMap((agentId) =>
    world.lead
      .agent(agentId)
      .held.filter(({ frameworkId }) => frameworkId === id)
      .map(({ role, resources }) => ({ agentId, role, resources })),
  );
  const uses = decide.some(told, 0.5);
  const agentId = decide.maybe([...world.agents, 'nowhere']);
  if (agentId === undefined) return uses;
  const there = agentId === 'nowhere' ? world.agents[0] : agentId;
  if (there === undefined) return uses;
  const resources = anyPart(decide, world.available(there));
  uses.push({ agentId, role: decide.pick([...roles, 'b']), resources });
  return uses;
}

export const updateFramework: Maker = (world, decide) => {
  const id = decide.maybe(world.frameworks);
  if (id === undefined) return null;
  const before = world.described.get(id)!;
  const roles = decide.chance(0.5) ? before.roles : anyRoles(decide);
  const info = decide.chance(0.4) ? { ...before, roles: before.roles, suppressedRoles: [] } : anyInfo(decide, roles);
  world.described.set(id, info);
  return call('updateFramework', id, info);
};

export const removeFramework: Maker = (world, decide) => {
  const id = decide.maybe(world.frameworks);
  return id === undefined ? null : call('removeFramework', id);
};

export const switchFramework: Maker = (world, decide) => {
  const id = decide.maybe(world.frameworks);
  if (id === undefined) return null;
  const isActive = world.lead.framework(id).active;
  return call(isActive === decide.chance(0.9) ? 'deactivateFramework' : 'activateFramework', id);
};

function someRoles(world: World, decide: Decisions, id: string): string[] {
  return decide.chance(0.4) ? [] : decide.some(world.lead.framework(id).roles, 0.6);
}

export const suppress: Maker = (world, decide) => {
  const id = decide.maybe(world.frameworks);
  return id === undefined ? null : call('suppressOffers', id, someRoles(world, decide, id));
};

export const revive: Maker = (world, decide) => {
  const id = decide.maybe(world.frameworks);
  return id === undefined ? null : call('reviveOffers', id, someRoles(world, decide, id));
};

export const request: Maker = (world, decide) => {
  const id = decide.maybe(world.frameworks);
  if (id === undefined) return null;
  const agentId = decide.maybe(world.agents);
  return call('requestResources', id, agentId === undefined ? [] : [{ agentId }]);
};
