/**
 * Agents: entering them, their links. A broken link alone makes an agent disconnected, not unreachable: it gets no
 * offers, keeps the tasks of checkpointing frameworks, and has time to come back.
 */
import type { AgentUpdate } from '../../allocator/model.js';
import type { LinkId } from '../../base/core.js';
import { MeteError } from '../../base/errors.js';
import type { MessageOf } from '../../protocol/messages.js';
import { machineOf } from '../../protocol/maintenance.js';
import type { AgentId } from '../../protocol/schema.js';
import { isTerminal } from '../../protocol/task.js';
import { attributesFromMessages, resourcesFromMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import { popLot, toPlainDisk } from '../../resources/transform.js';
import { noteAddress } from './addresses.js';
import { agentAdded } from './changes.js';
import type { MasterEffect } from './events.js';
import { removeExecutor } from './executors.js';
import { removeInverseOffer, rescindOffer, withdrawInverseOffer } from './offers.js';
import { info, toFramework } from './send.js';
import type { Agent, Framework, LinkRecord, MasterState } from './state.js';
import { masterStatus } from './statuses.js';
import { removeTask, updateTask } from './tasks.js';
import { usesOf } from './usage.js';

type Registration = MessageOf<'REGISTER_AGENT'> | MessageOf<'REREGISTER_AGENT'>;

/** What an agent that names no capabilities can do: nothing beyond Mesos 1.0. */
const NO_CAPABILITIES: readonly string[] = [];

/** The IP address in the remote address of a link: `10.0.0.5:41022`, `[::1]:41022`. */
export function ipOf(remote: string): string {
  const colon = remote.lastIndexOf(':');
  const host = colon < 0 ? remote : remote.slice(0, colon);
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/**
 * What an agent has, with its dynamic reservations and volumes in the place of the plain resources they were made of.
 * Throws MeteError (NOT_AVAILABLE) if those are not there.
 */
export function totalWith(plain: Resources, checkpointed: Resources): Resources {
  let total = plain;
  for (const lot of checkpointed.lots) {
    let stripped = lot.descriptor.disk?.persistence === undefined ? lot : toPlainDisk(lot);
    while (stripped.descriptor.reservations.at(-1)?.type === 'DYNAMIC') stripped = popLot(stripped);
    const taken = Resources.of([stripped]);
    if (!total.contains(taken)) {
      throw new MeteError('NOT_AVAILABLE', {
        field: 'checkpointedResources',
        value: Resources.of([lot]).toString(),
        reason: `Incompatible agent resources: ${total.toString()} does not contain ${taken.toString()}`,
        mend: 'give the agent at least the resources that are reserved there',
      });
    }
    total = total.minus(taken).plus(Resources.of([lot]));
  }
  return total;
}

/** The record of an agent that is about to be added, without tasks and executors. Throws MeteError like `totalWith`. */
export function newAgent(
  state: MasterState,
  id: AgentId,
  call: Registration,
  link: LinkRecord | null,
): Agent {
  const checkpointed = resourcesFromMessages(call.checkpointedResources);
  return {
    id,
    info: { ...call.agentInfo, id },
    link: link?.id ?? null,
    ip: link === null ? '' : ipOf(link.remote),
    version: call.version,
    capabilities: new Set(call.capabilities ?? NO_CAPABILITIES),
    total: totalWith(resourcesFromMessages(call.agentInfo.resources), checkpointed),
    checkpointed,
    resourceVersion: call.resourceVersion,
    active: true,
    registeredMs: state.nowMs,
    reregisteredMs: null,
    unavailability: null,
    tasks: new Set(),
    executors: new Map(),
    offers: new Set(),
    inverseOffers: new Set(),
    operations: new Map(),
    pingTimeouts: 0,
    pinged: false,
    offerBase: null,
  };
}

/** What the allocator is told of an agent. */
export function allocatorAgent(agent: Agent): AgentUpdate & { readonly total: Resources } {
  const { attributes, hostname, domain } = agent.info;
  const fault = domain?.faultDomain;
  return {
    total: agent.total,
    hostname,
    attributes: attributesFromMessages(attributes),
    capabilities: [...agent.capabilities],
    domain: fault === undefined ? null : { region: fault.region.name, zone: fault.zone.name },
  };
}

/** Makes an agent known, with the tasks and executors it has already. Without its link it is disconnected at once. */
export function addAgent(state: MasterState, agent: Agent, link: LinkRecord | null, effects: MasterEffect[]): void {
  state.agents.set(agent.id, agent);
  noteAddress(state, agent);
  state.removedAgents.delete(agent.id);
  state.unreachableAgents.delete(agent.id);
  state.recoveredAgents.delete(agent.id);
  state.allocator.addAgent({ id: agent.id, ...allocatorAgent(agent), used: usesOf(agent) });
  const machine = machineOf(state.maintenance, agent.info.hostname, agent.ip);
  if (machine !== null) {
    agent.unavailability = machine.unavailability;
    state.allocator.updateUnavailability(agent.id, machine.unavailability);
  }
  if (state.deactivatedAgents.has(agent.id)) deactivateAgent(state, agent, effects);
  agentAdded(state, agent);
  if (link === null) {
    disconnectAgent(state, agent, effects);
  } else {
    link.owner = { type: 'agent', agent };
  }
}

/** Gives an agent another link; the one before, if any, is closed. */
export function moveToLink(state: MasterState, agent: Agent, link: LinkRecord, effects: MasterEffect[]): void {
  const { link: before } = agent;
  if (before !== null && before !== link.id) closeLink(state, before, 'the agent came back on another link', effects);
  agent.link = link.id;
  agent.ip = ipOf(link.remote);
  agent.offerBase = null;
  link.owner = { type: 'agent', agent };
}

export function closeLink(state: MasterState, link: LinkId, reason: string, effects: MasterEffect[]): void {
  const record = state.links.get(link);
  if (record !== undefined) record.owner = null;
  effects.push({ type: 'CloseLink', link, reason });
}

/**
 * Whether a registration came late: agents open one link after the other, so one on an older link than the agent's
 * present one was sent before. The link is closed, nothing else changes.
 */
export function isStale(state: MasterState, agent: Agent | null, link: LinkRecord, effects: MasterEffect[]): boolean {
  if (agent === null || agent.link === null || link.id >= agent.link) return false;
  if (link.owner === null) closeLink(state, link.id, 'the agent has a newer link', effects);
  return true;
}

export function reregisterTimer(agent: Agent): string {
  return `reregister/${agent.id}`;
}

/** The link of an agent is gone. */
export function disconnectAgent(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  agent.link = null;
  deactivateAgent(state, agent, effects);
  for (const framework of frameworksOn(agent)) {
    if (framework.info.checkpoint !== true) removeFrameworkFrom(state, agent, framework, effects);
  }
  const atMs = state.nowMs + state.settings.agentReregisterTimeoutMs;
  effects.push({ type: 'SetTimer', timer: reregisterTimer(agent), atMs });
  info(effects, 'agent disconnected', { agent: agent.id });
}

export function reconnected(agent: Agent, effects: MasterEffect[]): void {
  effects.push({ type: 'ClearTimer', timer: reregisterTimer(agent) });
}

/** No offers of an agent; those that are outstanding are rescinded. */
export function deactivateAgent(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  agent.active = false;
  state.allocator.deactivateAgent(agent.id);
  withdrawOffersOf(state, agent, effects);
}

/** Rescinds all offers and inverse offers of an agent. */
export function withdrawOffersOf(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  for (const offer of [...agent.offers]) rescindOffer(state, offer, effects);
  for (const inverseOffer of [...agent.inverseOffers]) {
    withdrawInverseOffer(state, inverseOffer);
    removeInverseOffer(state, inverseOffer, true, effects);
  }
}

function frameworksOn(agent: Agent): Set<Framework> {
  const frameworks = new Set([...agent.tasks].map((task) => task.framework));
  for (const executors of agent.executors.values()) {
    for (const executor of executors.values()) frameworks.add(executor.framework);
  }
  return frameworks;
}

/** A framework that does not checkpoint loses what it had on a disconnected agent. */
function removeFrameworkFrom(state: MasterState, agent: Agent, framework: Framework, effects: MasterEffect[]): void {
  const message = `Agent ${agent.info.hostname} disconnected`;
  for (const task of [...agent.tasks]) {
    // A task that has ended holds nothing, and its end is still to be acknowledged.
    if (task.framework !== framework || isTerminal(task.state)) continue;
    const { id: taskId, executorId } = task;
    const reason = 'REASON_AGENT_DISCONNECTED';
    const detail = { taskId, state: 'TASK_LOST', reason, message, agentId: agent.id, executorId } as const;
    const status = masterStatus(state, detail);
    updateTask(state, task, status);
    removeTask(state, task);
    toFramework(framework, { type: 'UPDATE', status }, effects);
  }
  for (const executor of [...(agent.executors.get(framework.id)?.values() ?? [])]) removeExecutor(state, executor);
}
