/** Agents as /state and /slaves show them. */
import { domainInfo } from '../../../protocol/common.js';
import type { AgentInfo } from '../../../protocol/framework.js';
import { drainInfo } from '../../../protocol/operator-shapes.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import { attributesFromMessages } from '../../../resources/message-form.js';
import type { Resources } from '../../../resources/resources.js';
import { pidOf } from '../describe.js';
import type { Agent, MasterState } from '../state.js';
import { offeredOf, usedOnAgent } from '../usage.js';
import { type Pieces, printItems } from './print.js';
import type { Seen } from './sight.js';
import { fullResources, type Json, type JsonObject, rangePairs, resourceMap, seconds } from './json.js';

function attributeMap(info: AgentInfo): JsonObject {
  const map: JsonObject = {};
  for (const attribute of attributesFromMessages(info.attributes)) {
    if (attribute.type === 'TEXT') map[attribute.name] = attribute.text;
    else if (attribute.type === 'SCALAR') map[attribute.name] = attribute.value;
    else map[attribute.name] = `[${rangePairs(attribute.ranges).join(', ')}]`;
  }
  return map;
}

export function viewInfo(info: AgentInfo): JsonObject {
  return {
    id: info.id ?? '',
    hostname: info.hostname,
    port: info.port ?? 0,
    attributes: attributeMap(info),
    ...(info.domain === undefined ? {} : { domain: toV1Json(domainInfo, info.domain) }),
  };
}

function byReservedRole(resources: Resources): [role: string, resources: Resources][] {
  const roles = new Set(resources.lots.flatMap(({ descriptor }) => descriptor.reservedRole ?? []));
  return [...roles].map((role) => [role, resources.reserved(role)]);
}

export function viewAgent(state: MasterState, agent: Agent, seen: Seen = null): JsonObject {
  const { total } = agent;
  const draining = state.draining.get(agent.id);
  const used = usedOnAgent(agent);
  const offered = offeredOf(agent);
  const reserved = byReservedRole(total).filter(([role]) => seen?.role(role) ?? true);
  const unreserved = total.unreserved();
  return {
    ...viewInfo(agent.info),
    pid: pidOf(agent),
    registered_time: seconds(agent.registeredMs),
    ...(agent.reregisteredMs === null ? {} : { reregistered_time: seconds(agent.reregisteredMs) }),
    resources: resourceMap(total),
    used_resources: resourceMap(used),
    offered_resources: resourceMap(offered),
    reserved_resources: Object.fromEntries(reserved.map(([role, part]) => [role, resourceMap(part)])),
    unreserved_resources: resourceMap(unreserved),
    active: agent.active,
    connected: agent.link !== null,
    deactivated: state.deactivatedAgents.has(agent.id),
    version: agent.version,
    capabilities: [...agent.capabilities],
    ...(draining === undefined ? {} : { drain_info: toV1Json(drainInfo, draining.info) }),
    ...(draining?.startedMs == null ? {} : { estimated_drain_start_time_seconds: seconds(draining.startedMs) }),
    ...fullResourcesOf(reserved, unreserved, visible(used, seen), visible(offered, seen)),
  };
}

/** What is reserved for nobody or for roles that may be seen. */
function visible(resources: Resources, seen: Seen): Resources {
  if (seen === null) return resources;
  return resources.filter(({ descriptor: { reservedRole } }) => reservedRole === null || seen.role(reservedRole));
}

function fullResourcesOf(
  reserved: readonly [role: string, resources: Resources][],
  unreserved: Resources,
  used: Resources,
  offered: Resources,
): JsonObject {
  return {
    reserved_resources_full: Object.fromEntries(reserved.map(([role, part]) => [role, fullResources(part)])),
    unreserved_resources_full: fullResources(unreserved),
    used_resources_full: fullResources(used),
    offered_resources_full: fullResources(offered),
  };
}

/** Agents as texts, one piece for each; `id` asks for one. */
export function printAgents(state: MasterState, id?: string, seen: Seen = null): Record<string, Pieces> {
  const agents = [...state.agents.values()].filter((agent) => id === undefined || agent.id === id);
  const recovered = [...state.recoveredAgents.values()].filter((info) => id === undefined || info.id === id);
  return {
    slaves: printItems(agents, (agent) => JSON.stringify(viewAgent(state, agent, seen))),
    recovered_slaves: printItems(recovered, (info) => JSON.stringify(viewInfo(info))),
  };
}

/** /slaves */
export function viewAgents(state: MasterState): { slaves: Json[]; recovered_slaves: Json[] } {
  return {
    slaves: [...state.agents.values()].map((agent) => viewAgent(state, agent)),
    recovered_slaves: [...state.recoveredAgents.values()].map(viewInfo),
  };
}
