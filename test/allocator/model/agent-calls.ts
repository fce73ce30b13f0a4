/**
 * Random calls about agents.
 */
import { parseAttributes } from '../../../src/resources/attributes.js';
import { Resources } from '../../../src/resources/resources.js';
import type { Decisions } from './decisions.js';
import {
  AGENT_CAPABILITIES,
  AGENTS,
  ALL_AGENT_CAPABILITIES,
  anyPart,
  anyTotal,
  ATTRIBUTES,
  DOMAINS,
  FRAMEWORKS,
  HOSTS,
  ROLES,
} from './pools.js';
import { type AgentUpdate, call, type Holding, type Plan } from './subject.js';
import type { Maker, World } from './world.js';

function anyDescription(decide: Decisions, probability: number): Omit<AgentUpdate, 'total'> {
  return decide.partly(
    {
      attributes: parseAttributes(decide.pick(ATTRIBUTES)),
      capabilities: decide.chance(0.3) ? ALL_AGENT_CAPABILITIES : decide.some(AGENT_CAPABILITIES, 0.8),
      hostname: decide.pick(HOSTS),
      domain: decide.pick([...DOMAINS, null]),
    },
    probability,
  );
}

function anyPlan(world: World, decide: Decisions): Plan {
  const startMs = world.nowMs + decide.pick([0, 1000, 60_000]);
  return decide.chance(0.5) ? { startMs } : { startMs, durationMs: 5000 };
}

/** What frameworks, known or not, use of an agent's total; perhaps too much, but no port and no item twice. */
function usesOf(decide: Decisions, total: Resources): Holding[] {
  if (total.isEmpty || decide.chance(0.65)) return [];
  let left = total;
  return Array.from({ length: 1 + decide.below(3) }, () => {
    const resources = anyPart(decide, left.isEmpty ? onlyScalars(total) : left);
    left = left.minus(resources);
    return { frameworkId: decide.pick(FRAMEWORKS), role: decide.pick(ROLES), resources };
  });
}

/** Persistent volumes have identities: none must be there twice. */
function withoutVolumes(resources: Resources): Resources {
  return resources.filter(({ descriptor }) => descriptor.disk?.persistence === undefined);
}

function onlyScalars(resources: Resources): Resources {
  return resources.filter(({ descriptor }) => descriptor.type === 'SCALAR');
}

export const addAgent: Maker = (world, decide) => {
  const id = decide.maybe(AGENTS.filter((candidate) => !world.agents.includes(candidate)));
  if (id === undefined) return null;
  const total = anyTotal(decide);
  const unavailability = decide.chance(0.2) ? anyPlan(world, decide) : null;
  return call('addAgent', { id, ...anyDescription(decide, 0.2), total, unavailability, used: usesOf(decide, total) });
};

export const updateAgent: Maker = (world, decide) => {
  const id = decide.maybe(world.agents);
  if (id === undefined) return null;
  const before = world.total(id);
  const totals = [anyPart(decide, before), before.plus(withoutVolumes(anyTotal(decide))), before];
  return call('updateAgent', id, {
    ...anyDescription(decide, 0.35),
    ...decide.partly({ total: decide.pick(totals) }, 0.6),
  });
};

export const removeAgent: Maker = (world, decide) => {
  const id = decide.maybe(world.agents);
  return id === undefined ? null : call('removeAgent', id);
};

export const switchAgent: Maker = (world, decide) => {
  const id = decide.maybe(world.agents);
  if (id === undefined) return null;
  const isActive = world.lead.agent(id).active;
  return call(isActive === decide.chance(0.9) ? 'deactivateAgent' : 'activateAgent', id);
};

export const addProvider: Maker = (world, decide) => {
  const id = decide.maybe(world.agents);
  if (id === undefined) return null;
  const more = anyPart(decide, withoutVolumes(anyTotal(decide)));
  const total = decide.chance(0.1) ? Resources.EMPTY : world.total(id).nonShared().isEmpty ? more : onlyScalars(more);
  return call('addResourceProvider', id, total, usesOf(decide, total));
};

export const whitelist: Maker = (_world, decide) =>
  call('updateWhitelist', decide.chance(0.5) ? null : decide.some([...HOSTS, ...AGENTS], 0.7));

export const plan: Maker = (world, decide) => {
  const id = decide.maybe(world.agents);
  if (id === undefined) return null;
  return call('updateUnavailability', id, decide.chance(0.75) ? anyPlan(world, decide) : null);
};

export const answer: Maker = (world, decide) => {
  const planned = world.agents.filter((agentId) => world.lead.agent(agentId).unavailability !== null);
  const agentId = decide.maybe(decide.chance(0.95) ? planned : world.agents);
  const frameworkId = decide.maybe(world.frameworks);
  if (agentId === undefined || frameworkId === undefined) return null;
  const status = decide.pick(['ACCEPT', 'DECLINE', null] as const);
  const filters = decide.pick([null, {}, { refuseSeconds: 0 }, { refuseSeconds: 1 }, { refuseSeconds: 2 }]);
  return call('updateInverseOffer', agentId, frameworkId, status, filters);
};
