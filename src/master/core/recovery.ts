/**
 * A new leader: what it takes over from the registry, and the agents it then awaits. Nothing is known of tasks and
 * frameworks but what agents and frameworks say when they come back. Until the registry is there nobody is served:
 * links are closed, so that whoever opened them comes again. Facts: `recover`, `_recover`, `recoveredSlavesTimeout` of
 * Mesos' master.
 */
import { type Registry, type RegistrySnapshot, restoreRegistry } from '../../protocol/registry.js';
import type { AgentId } from '../../protocol/schema.js';
import type { MasterEffect, MasterEvent } from './events.js';
import { collectLater } from './registry-gc.js';
import { scheduleUnreachable } from './removals.js';
import { info } from './send.js';
import { type MasterState, takeRegistry } from './state.js';
import { storeInRegistry } from './stores.js';

/** Mesos' text for what comes too early. */
export const NOT_RECOVERED = 'Master has not finished recovery';

/** What this master can do; a registry may say that its master must be able to do more. */
export const MASTER_CAPABILITIES = ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2'] as const;

/** Answers what comes before the registry does; false if it is to be handled all the same. */
export function comesTooEarly(state: MasterState, event: MasterEvent, effects: MasterEffect[]): boolean {
  if (event.type === 'MessageReceived') {
    state.counters.plain.dropped_messages++;
    effects.push({ type: 'CloseLink', link: event.link, reason: NOT_RECOVERED });
    return true;
  }
  if (event.type !== 'OperatorCalled') return false;
  if (event.call.type === 'WATCH' || event.call.type === 'UPDATE_WHITELIST') return false;
  effects.push({ type: 'AnswerOperator', request: event.request, status: 503, body: NOT_RECOVERED });
  return true;
}

/** RegistryRecovered: the master leads. Throws MeteError (INVALID_SNAPSHOT) for what is no registry. */
export function registryRecovered(state: MasterState, snapshot: RegistrySnapshot, effects: MasterEffect[]): void {
  if (state.isRecovered) return;
  const registry = restoreRegistry(snapshot);
  const missing = missingCapabilities(registry);
  if (missing.length > 0) {
    exit(state, `Master is missing the following minimum capabilities: ${missing.join(', ')}`, effects);
    return;
  }
  takeRegistry(state, registry);
  if (registry.weights.size === 0) storeWeights(state, effects);
  if (registry.agents.size > 0) {
    const atMs = state.nowMs + state.settings.agentReregisterTimeoutMs;
    effects.push({ type: 'SetTimer', timer: 'recovered', atMs });
  }
  collectLater(state, effects);
  const within = state.settings.agentReregisterTimeoutMs / 1000;
  info(effects, 'recovered the registry', { agents: registry.agents.size, reregisterWithinSeconds: within });
}

function missingCapabilities({ minimumCapabilities }: Registry): string[] {
  const present = new Set<string>(MASTER_CAPABILITIES);
  return [...minimumCapabilities].filter((name) => !present.has(name));
}

/** Weights of the configuration are the registry's from now on. */
function storeWeights(state: MasterState, effects: MasterEffect[]): void {
  const weights = [...state.weights].map(([role, weight]) => ({ role, weight }));
  if (weights.length === 0) return;
  storeInRegistry(state, { type: 'UPDATE_WEIGHTS', weights }, { type: 'weights' }, effects);
}

/** The agents of the registry have had their time: those that are missing are unreachable, one after the other. */
export function recoveryTimedOut(state: MasterState, effects: MasterEffect[]): void {
  const { agentReregisterTimeoutMs, recoveryAgentRemovalLimit: limit } = state.settings;
  const within = `${agentReregisterTimeoutMs / 1000}secs`;
  const lost = [...state.recoveredAgents.keys()].filter((id) => !state.reregistering.has(id));
  if (lost.length > limit * state.recoveredCount) {
    exit(state, limitExceeded(state, lost, within), effects);
    return;
  }
  const message = `agent did not reregister within ${within} after master failover`;
  for (const id of lost) scheduleUnreachable(state, id, message, effects);
}

const IDS_TOLD = 20;

function limitExceeded(state: MasterState, lost: readonly AgentId[], within: string): string {
  const { recoveryAgentRemovalLimit: limit } = state.settings;
  const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;
  const ids = lost.slice(0, IDS_TOLD).join(', ') + (lost.length > IDS_TOLD ? ', …' : '');
  return (
    `Post-recovery agent removal limit exceeded! After ${within} there were ${lost.length} ` +
    `(${percent(lost.length / state.recoveredCount)}) agents recovered from the registry that did not reregister: ` +
    `${ids}. The configured removal limit is ${percent(limit)}. Please investigate or increase this limit to proceed`
  );
}

function exit(state: MasterState, reason: string, effects: MasterEffect[]): void {
  state.hasExited = true;
  effects.push({ type: 'Log', level: 'error', text: reason });
  effects.push({ type: 'Exit', reason, code: 1 });
}
