/**
 * Agents: entering them, losing and removing them. A broken link alone makes an agent disconnected, not unreachable: it
 * gets no offers, keeps the tasks of checkpointing frameworks, and has time to come back.
 */
import type { AgentUpdate } from '../../allocator/model.js';
import type { LinkId } from '../../base/core.js';
import { MeteError } from '../../base/errors.js';
import type { AgentInfo } from '../../protocol/framework.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { AgentId } from '../../protocol/schema.js';
import { attributesFromMessages, resourcesFromMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import { popLot, toPlainDisk } from '../../resources/transform.js';
import type { MasterEffect } from './events.js';
import { removeExecutor } from './executors.js';
import { forgetOldest } from './history.js';
import { removeInverseOffer, rescindOffer, withdrawInverseOffer } from './offers.js';
import { startPings, stopPings } from './pings.js';
import { info, toFramework, warn } from './send.js';
import type { Agent, Framework, LinkRecord, MasterState, RemovalReason } from './state.js';
import { lossState, masterStatus } from './statuses.js';
import { storeInRegistry } from './stores.js';
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
  state.removedAgents.delete(agent.id);
  state.unreachableAgents.delete(agent.id);
  state.recoveredAgents.delete(agent.id);
  state.allocator.addAgent({ id: agent.id, ...allocatorAgent(agent), used: usesOf(agent) });
  if (link === null) {
    disconnectAgent(state, agent, effects);
  } else {
    link.owner = { type: 'agent', agent };
  }
  startPings(state, agent, effects);
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

function reregisterTimer(agent: Agent): string {
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

function deactivateAgent(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
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
    if (task.framework !== framework) continue;
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

/** A disconnected agent has not come back in time. */
export function reregistrationTimedOut(state: MasterState, id: AgentId, effects: MasterEffect[]): void {
  const agent = state.agents.get(id);
  if (agent === undefined || agent.link !== null) return;
  state.counters.plain.slave_unreachable_scheduled++;
  state.counters.plain.slave_unreachable_completed++;
  const within = state.settings.agentReregisterTimeoutMs / 1000;
  markUnreachable(state, agent.info, `agent did not reregister within ${within}secs after disconnecting`, effects);
}

/** Starts the transition of an agent to unreachable; it takes place when the registry has it. */
export function markUnreachable(
  state: MasterState,
  agentInfo: AgentInfo,
  message: string,
  effects: MasterEffect[],
): void {
  const { id } = agentInfo;
  if (id === undefined || (!state.agents.has(id) && !state.recoveredAgents.has(id))) return;
  if (state.reregistering.has(id) || state.markingUnreachable.has(id) || state.removing.has(id)) return;
  state.markingUnreachable.add(id);
  const unreachableMs = state.nowMs;
  const operation = { type: 'MARK_AGENT_UNREACHABLE', agentId: id, unreachableTimeMs: unreachableMs } as const;
  storeInRegistry(state, operation, { type: 'unreachable', agentId: id, unreachableMs, message }, effects);
  warn(effects, 'marking agent unreachable', { agent: id, reason: message });
}

/** The registry knows that an agent is unreachable: its tasks are, too. */
export function unreachableStored(
  state: MasterState,
  id: AgentId,
  unreachableMs: number,
  message: string,
  effects: MasterEffect[],
): void {
  state.markingUnreachable.delete(id);
  state.counters.plain.slave_removals++;
  state.counters.plain['slave_removals/reason_unhealthy']++;
  state.unreachableAgents.set(id, unreachableMs);
  forgetOldest(state.unreachableAgents, state.settings.maxRemovedAgents);
  const agent = state.agents.get(id);
  if (agent === undefined) {
    if (state.recoveredAgents.delete(id)) state.counters.plain.recovery_slave_removals++;
    agentLost(state, id, effects);
    return;
  }
  state.allocator.removeAgent(id);
  for (const task of [...agent.tasks]) {
    const { framework, id: taskId, executorId } = task;
    const taskState = lossState(framework, 'TASK_UNREACHABLE');
    const reason = 'REASON_AGENT_REMOVED';
    const status = masterStatus(state, {
      taskId,
      state: taskState,
      reason,
      message,
      agentId: id,
      executorId,
      unreachableTimeMs: unreachableMs,
    });
    updateTask(state, task, status);
    removeTask(state, task, true);
    toFramework(framework, { type: 'UPDATE', status }, effects);
  }
  forgetAgent(state, agent, 'agent is unreachable', effects);
}

/** Starts the removal of an agent for good; it takes place when the registry has it. */
export function removeAgent(
  state: MasterState,
  agent: Agent,
  cause: string,
  reason: RemovalReason,
  effects: MasterEffect[],
): void {
  const { id } = agent;
  if (state.markingUnreachable.has(id) || state.removing.has(id)) return;
  state.removing.add(id);
  const continuation = { type: 'remove', agentId: id, cause, reason } as const;
  storeInRegistry(state, { type: 'REMOVE_AGENT', agentId: id }, continuation, effects);
  info(effects, 'removing agent', { agent: id, reason: cause });
}

/** The registry has forgotten an agent: its tasks are lost. */
export function removalStored(
  state: MasterState,
  id: AgentId,
  cause: string,
  reason: RemovalReason,
  effects: MasterEffect[],
): void {
  state.removing.delete(id);
  const agent = state.agents.get(id);
  if (agent === undefined) return;
  state.counters.plain.slave_removals++;
  state.counters.plain[reason]++;
  state.allocator.removeAgent(id);
  const message = `Agent ${agent.info.hostname} removed: ${cause}`;
  for (const task of [...agent.tasks]) {
    const { framework, id: taskId, executorId } = task;
    const why = 'REASON_AGENT_REMOVED';
    const status = masterStatus(state, { taskId, state: 'TASK_LOST', reason: why, message, agentId: id, executorId });
    updateTask(state, task, status);
    removeTask(state, task);
    toFramework(framework, { type: 'UPDATE', status }, effects);
  }
  forgetAgent(state, agent, cause, effects);
}

/** The end of an agent's record, after its tasks and its entry in the allocator. */
function forgetAgent(state: MasterState, agent: Agent, reason: string, effects: MasterEffect[]): void {
  for (const executors of [...agent.executors.values()]) {
    for (const executor of [...executors.values()]) removeExecutor(state, executor);
  }
  for (const offer of [...agent.offers]) rescindOffer(state, offer, effects);
  for (const inverseOffer of [...agent.inverseOffers]) removeInverseOffer(state, inverseOffer, true, effects);
  state.agents.delete(agent.id);
  state.removedAgents.add(agent.id);
  forgetOldest(state.removedAgents, state.settings.maxRemovedAgents);
  stopPings(agent, effects);
  effects.push({ type: 'ClearTimer', timer: reregisterTimer(agent) });
  if (agent.link !== null) closeLink(state, agent.link, reason, effects);
  agent.link = null;
  agentLost(state, agent.id, effects);
}

/** Every connected framework hears of the loss of an agent, whether it had tasks there or not. */
function agentLost(state: MasterState, agentId: AgentId, effects: MasterEffect[]): void {
  for (const framework of state.frameworks.values()) toFramework(framework, { type: 'FAILURE', agentId }, effects);
}
