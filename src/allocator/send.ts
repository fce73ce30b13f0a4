/**
 * Tells the engine about agents, clients and roles as they are now. Each function sends one whole record, so that
 * changes and rebuilding use the same code.
 */
import type { Limits } from '../resources/limits.js';
import type { Quantities } from '../resources/quantities.js';
import { topLevelRole } from '../resources/role-name.js';
import type { AgentRecord } from './agent-record.js';
import { AgentBar, LotFlag } from './engine/opcodes.js';
import type { Client, FrameworkRecord } from './model.js';
import { type AllocatorState, sendMinimum } from './state.js';

export function agentCan(agent: AgentRecord, capability: string): boolean {
  return agent.capabilities === 'all' || agent.capabilities.has(capability);
}

/** Whether the agent lies in another region than the master; agents without a domain do not. */
function isRemote(state: AllocatorState, agent: AgentRecord): boolean {
  const home = state.settings.domain;
  return agent.domain !== null && home !== null && agent.domain.region !== home.region;
}

export function sendAgent(state: AllocatorState, agent: AgentRecord): void {
  const whitelisted = state.whitelist === null || state.whitelist.has(agent.hostname);
  let bars = 0;
  if (state.settings.filterGpuResources && agent.total.get('gpus') > 0) bars |= AgentBar.GPU;
  if (isRemote(state, agent)) bars |= AgentBar.REMOTE_REGION;
  if (!agentCan(agent, 'MULTI_ROLE')) bars |= AgentBar.NOT_MULTI_ROLE;
  if (!agentCan(agent, 'HIERARCHICAL_ROLE')) bars |= AgentBar.NOT_HIERARCHICAL;
  state.program.setAgent(agent.index, agent.ordinal, agent.active && whitelisted, bars);
}

/** Sends what the agent has to offer now. */
export function sendAvailable(state: AllocatorState, agent: AgentRecord): void {
  const { encoding } = state;
  const { available, sent } = agent;
  if (sent === null || sent.resources !== available || sent.by !== encoding) {
    agent.sent = { by: encoding, resources: available, encoded: encoding.encode(available) };
  }
  const { plain, programLots } = agent.sent!.encoded;
  state.program.setAvailable(agent.index, plain, programLots);
}

/** What bars a client of the role from an agent that demands it. */
function lacksOf(framework: FrameworkRecord, role: string): number {
  let lacks = 0;
  if (!framework.capabilities.has('GPU_RESOURCES')) lacks |= AgentBar.GPU;
  if (!framework.capabilities.has('REGION_AWARE')) lacks |= AgentBar.REMOTE_REGION;
  if (framework.capabilities.has('MULTI_ROLE')) lacks |= AgentBar.NOT_MULTI_ROLE;
  if (role.includes('/')) lacks |= AgentBar.NOT_HIERARCHICAL;
  return lacks;
}

function canOf(framework: FrameworkRecord): number {
  let can = 0;
  if (framework.capabilities.has('REVOCABLE_RESOURCES')) can |= LotFlag.REVOCABLE;
  if (framework.capabilities.has('SHARED_RESOURCES')) can |= LotFlag.SHARED;
  if (framework.capabilities.has('RESERVATION_REFINEMENT')) can |= LotFlag.REFINED;
  return can;
}

/** The engine's number of the client's minimum set; 0 is the allocator's own. */
function minimumOf(state: AllocatorState, client: Client): number {
  const own = client.framework.minimums.get(client.role.name);
  if (own === undefined) return 0;
  const key = JSON.stringify(own.map((quantities) => [...quantities].sort()));
  const known = state.minimums.numbers.get(key);
  if (known !== undefined) return known;
  const number = state.minimums.sets.push(own) - 1;
  state.minimums.numbers.set(key, number);
  sendMinimum(state, number);
  return number;
}

export function sendClient(state: AllocatorState, client: Client): void {
  const { framework, role } = client;
  const constrained = framework.constraints?.roles.includes(role.name) ?? false;
  let constraint = state.constraints.numbers.get(client) ?? -1;
  if (constrained && constraint < 0) {
    constraint = state.constraints.ids.take();
    state.constraints.numbers.set(client, constraint);
    state.constraints.clients[constraint] = client;
  } else if (!constrained && constraint >= 0) {
    releaseConstraint(state, client);
    constraint = -1;
  }
  state.program.setClient(
    client.index,
    client.node.id,
    state.encoding.role(role.name),
    lacksOf(framework, role.name),
    canOf(framework),
    minimumOf(state, client),
    constraint,
  );
  if (constraint < 0) return;
  for (const agent of state.agents.values()) {
    state.program.setExcluded(constraint, agent.index, isExcluded(client, agent));
  }
}

export function releaseConstraint(state: AllocatorState, client: Client): void {
  const constraint = state.constraints.numbers.get(client);
  if (constraint === undefined) return;
  state.constraints.numbers.delete(client);
  state.constraints.clients[constraint] = undefined;
  state.constraints.ids.giveBack(constraint);
}

function isExcluded(client: Client, agent: AgentRecord): boolean {
  return client.framework.constraints!.isAgentExcluded(client.role.name, agent);
}

/** Evaluates every constraint on one agent: it is new or its attributes changed. Engines want rows without gaps. */
export function sendConstraintsOn(state: AllocatorState, agent: AgentRecord): void {
  state.constraints.clients.forEach((client, number) => {
    state.program.setExcluded(number, agent.index, client !== undefined && isExcluded(client, agent));
  });
}

/** Sends the copies of shared lots in what a client holds. REQUIRES: it holds something on the agent. */
export function sendSharedHolds(state: AllocatorState, client: Client, agent: AgentRecord): void {
  const held = agent.holdings[agent.holders.indexOf(client)]!;
  for (const lot of held.lots) {
    if (!lot.descriptor.shared) continue;
    state.program.holdShared(client.index, agent.index, state.encoding.encodeLot(lot), lot.copies);
  }
}

/** Sends the quota of a top-level role. */
export function sendQuota(state: AllocatorState, role: string, guarantees: Quantities, limits: Limits): void {
  const { encoding, program } = state;
  program.setQuota(encoding.role(role), encoding.vector(guarantees), encoding.limitVector(limits));
}

/** Sends what a top-level role consumes, from nothing: reservations and what its subtree holds unreserved. */
export function sendConsumption(state: AllocatorState): void {
  const { encoding, program } = state;
  const consumed = new Map<string, Float64Array>();
  const of = (role: string): Float64Array => {
    const top = topLevelRole(role);
    let vector = consumed.get(top);
    if (vector === undefined) consumed.set(top, (vector = new Float64Array(encoding.kinds)));
    return vector;
  };
  for (const role of state.roleTree.roles()) {
    if (role.parent === null) {
      const reserved = encoding.vector(role.reserved);
      const vector = of(role.name);
      for (let k = 0; k < vector.length; k++) vector[k]! += reserved[k]!;
      sendQuota(state, role.name, role.quota.guarantees, role.quota.limits);
    }
  }
  const ignored = new Float64Array(encoding.kinds);
  for (const agent of state.agents.values()) {
    agent.holders.forEach((client, i) => {
      encoding.sumInto(agent.holdings[i]!, 1, ignored, of(client.role.name));
    });
  }
  for (const [role, vector] of consumed) program.consume(encoding.role(role), vector);
}
