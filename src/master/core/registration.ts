/**
 * REGISTER_AGENT and UNREGISTER_AGENT. A new agent is written to the registry before it is answered and offered. An
 * agent is known by its hostname and port before it has an id: a second registration on the same link is a repetition;
 * on another link it comes from a process that knows nothing, which has taken the place of the one before.
 */
import { MeteError } from '../../base/errors.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { AgentInfo } from '../../protocol/framework.js';
import type { AgentId } from '../../protocol/schema.js';
import { removeAgent } from './agent-loss.js';
import { addressOf } from './addresses.js';
import { comesTooLate } from './agent-operators.js';
import { agentAccessRefusal } from './authorization.js';
import { addAgent, closeLink, disconnectAgent, isStale, newAgent } from './agents.js';
import type { MasterEffect } from './events.js';
import { startPings } from './pings.js';
import { info, toAgent, warn } from './send.js';
import type { Agent, LinkRecord, MasterState } from './state.js';
import { storeInRegistry } from './stores.js';
import { validateRegisterAgent } from './validation/index.js';
import { isOlder, parseVersion } from './version.js';

type Registration = MessageOf<'REGISTER_AGENT'> | MessageOf<'REREGISTER_AGENT'>;

/** Why this master takes no such agent, whether it is new or comes back. */
export function agentRefusal(state: MasterState, call: Registration): string | null {
  const { minimumAgentVersion, masterInfo, requireAgentDomain } = state.settings;
  const version = parseVersion(call.version);
  if (version === null) return `failed to parse version '${call.version}'`;
  if (isOlder(version, parseVersion(minimumAgentVersion) ?? [])) {
    return `agent version is ${call.version}, minimum supported agent version is ${minimumAgentVersion}`;
  }
  if (call.agentInfo.domain !== undefined && masterInfo.domain === undefined) {
    return 'the agent is configured with a domain but the master has no configured domain';
  }
  if (requireAgentDomain && call.agentInfo.domain === undefined) {
    return 'the agent has no domain, but this master is configured to require agent domains';
  }
  return null;
}

/** Refuses an agent: it stays unknown, and the end of its link tells it why. */
export function refuseAgent(link: LinkRecord, reason: string, effects: MasterEffect[]): void {
  warn(effects, 'refusing agent', { remote: link.remote, reason });
  if (link.owner === null) effects.push({ type: 'CloseLink', link: link.id, reason });
}

/** The agent of this link, or the one that registered from the same address. */
function agentAt(state: MasterState, link: LinkRecord, agentInfo: AgentInfo): Agent | null {
  if (link.owner?.type === 'agent') return link.owner.agent;
  const address = addressOf(agentInfo);
  return address === null ? null : (state.agentsByAddress.get(address) ?? null);
}

export function registerAgent(
  state: MasterState,
  link: LinkRecord,
  call: MessageOf<'REGISTER_AGENT'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_register_slave++;
  const forbidden = agentAccessRefusal(state, link, call.agentInfo, 'register');
  const refusal = forbidden ?? validateRegisterAgent(call) ?? agentRefusal(state, call);
  if (refusal !== null) {
    refuseAgent(link, refusal, effects);
    return;
  }
  const late = comesTooLate(state, link, call.agentInfo);
  if (late !== null) {
    warn(effects, 'shutting down agent', { remote: link.remote, reason: late });
    effects.push({ type: 'Send', link: link.id, message: { type: 'SHUTDOWN_AGENT', message: late } });
    if (link.owner === null) closeLink(state, link.id, late, effects);
    return;
  }
  const key = addressOf(call.agentInfo) ?? link.id;
  if (state.registering.has(key)) return;
  const known = agentAt(state, link, call.agentInfo);
  if (isStale(state, known, link, effects)) return;
  if (known !== null && known.link === link.id) {
    toAgent(known, registered(state, known), effects);
    return;
  }
  if (known !== null) {
    if (known.link !== null) {
      closeLink(state, known.link, 'a new agent registered at the same address', effects);
      disconnectAgent(state, known, effects);
    }
    const cause = 'a new agent registered at the same address';
    removeAgent(state, known, cause, 'slave_removals/reason_registered', effects);
  }
  const id = `${state.settings.masterInfo.id}-S${state.nextAgent++}` as AgentId;
  const agentInfo = { ...call.agentInfo, id };
  state.registering.add(key);
  const continuation = { type: 'admit', agentInfo, link: link.id, call } as const;
  storeInRegistry(state, { type: 'ADMIT_AGENT', agentInfo }, continuation, effects);
}

/** The registry has a new agent, or (`ok` false) has one of this id already. */
export function admissionStored(
  state: MasterState,
  agentInfo: AgentInfo,
  linkId: number,
  call: MessageOf<'REGISTER_AGENT'>,
  ok: boolean,
  effects: MasterEffect[],
): void {
  state.registering.delete(addressOf(agentInfo) ?? linkId);
  const link = state.links.get(linkId) ?? null;
  const id = agentInfo.id!;
  if (!ok) {
    warn(effects, 'agent id is in the registry already, ignoring registration', { agent: id });
    return;
  }
  const agent = madeAgent(state, id, call, link, effects);
  if (agent === null) return;
  state.counters.plain.slave_registrations++;
  addAgent(state, agent, link, effects);
  toAgent(agent, registered(state, agent), effects);
  startPings(state, agent, effects);
  info(effects, 'agent registered', { agent: id, hostname: agentInfo.hostname });
}

/** A new record, or null if what the agent has checkpointed is not in its resources: then it is told to end. */
export function madeAgent(
  state: MasterState,
  id: AgentId,
  call: Registration,
  link: LinkRecord | null,
  effects: MasterEffect[],
): Agent | null {
  try {
    return newAgent(state, id, call, link);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    if (link !== null) {
      effects.push({ type: 'Send', link: link.id, message: { type: 'SHUTDOWN_AGENT', message: error.reason } });
      closeLink(state, link.id, error.reason, effects);
    }
    warn(effects, 'refusing agent', { agent: id, reason: error.message });
    return null;
  }
}

function registered(state: MasterState, agent: Agent): MessageOf<'AGENT_REGISTERED'> {
  return {
    type: 'AGENT_REGISTERED',
    agentId: agent.id,
    masterId: state.settings.masterInfo.id,
    totalPingTimeoutSeconds: totalPingTimeoutSeconds(state),
  };
}

export function totalPingTimeoutSeconds(state: MasterState): number {
  const { agentPingTimeoutMs, maxAgentPingTimeouts } = state.settings;
  return (agentPingTimeoutMs * maxAgentPingTimeouts) / 1000;
}

/** UNREGISTER_AGENT: the agent leaves for good. */
export function unregisterAgent(
  state: MasterState,
  agent: Agent,
  call: MessageOf<'UNREGISTER_AGENT'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_unregister_slave++;
  if (call.agentId !== agent.id) {
    warn(effects, 'ignoring unregistration of another agent', { agent: call.agentId });
    return;
  }
  removeAgent(state, agent, 'the agent unregistered', 'slave_removals/reason_unregistered', effects);
}
