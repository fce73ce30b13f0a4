/**
 * Agents: adding, updating and removing them, whitelist and maintenance windows.
 */
import type { Attribute } from '../resources/attributes.js';
import { NO_QUANTITIES } from '../resources/quantities.js';
import { Resources } from '../resources/resources.js';
import { AgentRecord } from './agent-record.js';
import {
  agentOf,
  alreadyExists,
  checkId,
  checkResources,
  checkRoles,
  checkUnavailability,
  refuse,
} from './checks.js';
import { together } from './claims.js';
import { untrackClient } from './clients.js';
import { countHeld, heldBy, noteUnclaimed, recountAvailable, removeHeld, setAvailable, trackUsed } from './holdings.js';
import type { AgentOptions, AgentUpdate, Maintenance, Unavailability, Used } from './model.js';
import { ensureKindsOf } from './rebuild.js';
import { sendAgent, sendConstraintsOn } from './send.js';
import { type AllocatorState, checkTotals, moveTotals } from './state.js';
import { leaveOut, triggerAgent } from './triggers.js';

const NO_ATTRIBUTES: readonly Attribute[] = [];

/** What an agent of which no capabilities are told can do: all that one of Mesos 1.11 can. */
const ALL_CAPABILITIES: ReadonlySet<string> = new Set([
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
]);

function checkUsed(used: readonly Used[]): void {
  for (const entry of used) {
    checkId('used.frameworkId', entry.frameworkId);
    checkRoles('used.role', [entry.role]);
    checkResources('used.resources', entry.resources);
  }
}

function maintenanceOf(unavailability: Unavailability | null): Maintenance | null {
  return unavailability === null ? null : { unavailability, outstanding: new Set(), statuses: new Map() };
}

export function addAgent(state: AllocatorState, options: AgentOptions): void {
  const used = options.used ?? [];
  checkUsed(used);
  sumOf(used);
  const agent = insertAgent(state, options);
  leaveOut(state, agent);
  bookUsed(state, agent, used);
  recountAvailable(state, agent);
  endHoldOffIfEnough(state);
  triggerAgent(state, agent);
}

/** All that is used. Throws MeteError (LIMIT_EXCEEDED) if that cannot be counted. */
function sumOf(used: readonly { readonly resources: Resources }[]): Resources {
  return used.reduce((sum, { resources }) => sum.plus(resources), Resources.EMPTY);
}

/** Books what frameworks use of an agent; what unknown frameworks use waits until they are added. */
function bookUsed(state: AllocatorState, agent: AgentRecord, used: readonly Used[]): void {
  for (const entry of together(used)) {
    const framework = state.frameworks.get(entry.frameworkId);
    if (framework === undefined) noteUnclaimed(state, agent, entry);
    else trackUsed(state, framework, agent, entry);
  }
}

/** Makes an agent known, with nothing held and nothing available yet: the caller recounts what is available. */
export function insertAgent(state: AllocatorState, options: AgentOptions): AgentRecord {
  checkId('id', options.id);
  if (state.agents.has(options.id)) throw alreadyExists('id', options.id);
  checkResources('total', options.total);
  checkUnavailability('unavailability', options.unavailability ?? null);
  checkTotals(state, 'total', NO_QUANTITIES, options.total.scalarQuantities());
  const used = (options.used ?? []).map((entry) => entry.resources);
  ensureKindsOf(state, 'total', [options.total, ...used]);
  const agent = newAgent(state, options);
  state.agents.set(agent.id, agent);
  state.agentsByIndex[agent.index] = agent;
  if (agent.maintenance !== null) state.inMaintenance.add(agent);
  state.roleTree.trackReservations(agent.total);
  moveTotals(state, NO_QUANTITIES, agent.total.scalarQuantities());
  sendAgent(state, agent);
  sendConstraintsOn(state, agent);
  return agent;
}

function newAgent(state: AllocatorState, options: AgentOptions): AgentRecord {
  const description = {
    index: state.agentIds.take(),
    ordinal: state.nextOrdinal++,
    id: options.id,
    hostname: options.hostname ?? options.id,
    attributes: options.attributes ?? NO_ATTRIBUTES,
    capabilities: options.capabilities === undefined ? ('all' as const) : new Set(options.capabilities),
    domain: options.domain ?? null,
    active: options.active ?? true,
    total: options.total,
    maintenance: maintenanceOf(options.unavailability ?? null),
  };
  return new AgentRecord(description, state.agentColumns, state.clientsByIndex);
}

/** After a failover: enough agents are back, so offers may go out. */
function endHoldOffIfEnough(state: AllocatorState): void {
  if (!state.paused || state.expectedAgents === null || state.agents.size < state.expectedAgents) return;
  state.expectedAgents = null;
  state.resumeAtMs = Infinity;
  state.paused = false;
}

export function removeAgent(state: AllocatorState, id: string): void {
  const agent = agentOf(state, id);
  for (const client of [...agent.holders]) {
    const held = heldBy(agent, client)!;
    removeHeld(agent, client, held);
    countHeld(state, client, agent, held, -1, 0);
    if (!client.framework.roles.has(client.role.name)) untrackClient(state, client);
  }
  state.roleTree.untrackReservations(agent.total);
  moveTotals(state, agent.total.scalarQuantities(), NO_QUANTITIES);
  for (const entry of agent.unclaimed) state.unclaimed.get(entry.frameworkId)?.delete(agent);
  dropFiltersOf(state, agent);
  state.program.removeAgent(agent.index);
  state.agents.delete(id);
  state.agentsByIndex[agent.index] = undefined;
  state.agentIds.giveBack(agent.index);
  state.pendingAgents.delete(agent);
  state.inMaintenance.delete(agent);
}

function dropFiltersOf(state: AllocatorState, agent: AgentRecord): void {
  state.filters.dropAgent(agent);
  for (const framework of state.frameworks.values()) framework.inverseFilters.delete(agent.id);
}

/** Replaces the agent's total; what is held stays held. Returns whether it is another value. */
export function replaceTotal(state: AllocatorState, agent: AgentRecord, total: Resources): boolean {
  if (agent.total.equals(total)) return false;
  const before = agent.total;
  state.roleTree.untrackReservations(before);
  state.roleTree.trackReservations(total);
  moveTotals(state, before.scalarQuantities(), total.scalarQuantities());
  agent.total = total;
  sendAgent(state, agent);
  const grew = !agent.overcommitted && total.contains(before);
  if (grew) setAvailable(state, agent, agent.available.plus(total.minus(before)));
  else recountAvailable(state, agent);
  return true;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** As in Mesos: as many, and each of them is in the other list. */
function sameAttributes(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  const keys = (list: readonly Attribute[]): Set<string> => new Set(list.map(attributeKey));
  return a.length === b.length && sameNames(keys(a), keys(b));
}

function attributeKey(attribute: Attribute): string {
  const { name, type } = attribute;
  if (type === 'TEXT') return JSON.stringify([name, type, attribute.text]);
  return JSON.stringify([name, type, type === 'SCALAR' ? attribute.value : attribute.ranges]);
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}

function sameCapabilities(agent: AgentRecord, capabilities: readonly string[]): boolean {
  const before = agent.capabilities === 'all' ? ALL_CAPABILITIES : agent.capabilities;
  return sameNames(before, new Set(capabilities));
}

export function updateAgent(state: AllocatorState, id: string, update: AgentUpdate): void {
  const agent = agentOf(state, id);
  if (update.total !== undefined) {
    checkResources('total', update.total);
    checkTotals(state, 'total', agent.total.scalarQuantities(), update.total.scalarQuantities());
    ensureKindsOf(state, 'total', [update.total]);
  }
  let updated = applyDescription(state, agent, update);
  if (update.total !== undefined && replaceTotal(state, agent, update.total)) updated = true;
  if (updated) triggerAgent(state, agent);
}

/** Takes over attributes, hostname, domain and capabilities; returns whether any changed. */
function applyDescription(state: AllocatorState, agent: AgentRecord, update: AgentUpdate): boolean {
  const attributesMoved = update.attributes !== undefined && !sameAttributes(update.attributes, agent.attributes);
  const hostMoved = update.hostname !== undefined && update.hostname !== agent.hostname;
  const domainMoved = update.domain !== undefined && !sameJson(update.domain, agent.domain);
  const capabilitiesMoved = update.capabilities !== undefined && !sameCapabilities(agent, update.capabilities);
  if (!attributesMoved && !hostMoved && !domainMoved && !capabilitiesMoved) return false;
  if (attributesMoved) {
    agent.attributes = update.attributes;
    dropFiltersOf(state, agent);
  }
  if (hostMoved) agent.hostname = update.hostname;
  if (domainMoved) agent.domain = update.domain;
  if (capabilitiesMoved) agent.capabilities = new Set(update.capabilities);
  sendAgent(state, agent);
  sendConstraintsOn(state, agent);
  return true;
}

export function setAgentActive(state: AllocatorState, id: string, active: boolean): void {
  const agent = agentOf(state, id);
  agent.active = active;
  sendAgent(state, agent);
}

/** Adds a resource provider's resources to an agent, some of them in use. */
export function addResourceProvider(state: AllocatorState, id: string, total: Resources, used: readonly Used[]): void {
  const agent = agentOf(state, id);
  checkResources('total', total);
  checkUsed(used);
  const held = agent.holdings.map((resources) => ({ resources }));
  sumOf([...held, ...agent.unclaimed, ...used]);
  const grown = agent.total.plus(total);
  checkTotals(state, 'total', agent.total.scalarQuantities(), grown.scalarQuantities());
  ensureKindsOf(state, 'total', [total, ...used.map((entry) => entry.resources)]);
  replaceTotal(state, agent, grown);
  bookUsed(state, agent, used);
  recountAvailable(state, agent);
}

/** Null offers all agents; otherwise only those with these hostnames are offered. */
export function updateWhitelist(state: AllocatorState, hostnames: Iterable<string> | null): void {
  if (typeof hostnames === 'string') {
    throw refuse('whitelist', hostnames, 'it is a single text', 'give a list of hostnames, or null for all');
  }
  state.whitelist = hostnames === null ? null : new Set(hostnames);
  for (const agent of state.agents.values()) sendAgent(state, agent);
}

export function updateUnavailability(state: AllocatorState, id: string, unavailability: Unavailability | null): void {
  const agent = agentOf(state, id);
  checkUnavailability('unavailability', unavailability);
  for (const framework of state.frameworks.values()) framework.inverseFilters.delete(id);
  agent.maintenance = maintenanceOf(unavailability);
  if (unavailability === null) state.inMaintenance.delete(agent);
  else state.inMaintenance.add(agent);
  triggerAgent(state, agent);
}
