/**
 * The registry's law: whenever the leader has nothing more to store, what it believes is what is on disk; nobody is
 * admitted, and no operator answered, before the disk has it.
 */
import type { MasterEffect } from '../master/core/events.js';
import type { MasterState } from '../master/core/state.js';
import type { AgentId } from '../protocol/schema.js';
import type { Registry } from '../protocol/registry.js';

/** What differs; the leader must have no write under way. */
export function checkRegistry(state: MasterState, registry: Registry): string[] {
  if (!state.isRecovered || state.hasExited || state.stores.size > 0) return [];
  const awaitedOrHere = new Set<AgentId>([...state.recoveredAgents.keys(), ...state.agents.keys()]);
  const drains = [...state.draining].map(([id, { info }]) => `${id} ${info.state}`);
  return [
    ...differ('admitted agents', awaitedOrHere, registry.agents.keys()),
    ...differ('unreachable agents', state.unreachableAgents.keys(), registry.unreachable.keys()),
    ...differ('gone agents', state.goneAgents.keys(), registry.gone.keys()),
    ...differ('deactivated agents', state.deactivatedAgents, registry.deactivated),
    ...differ('drained agents', drains, [...registry.draining].map(([id, { state: is }]) => `${id} ${is}`)),
    ...differ('weights', [...state.weights].map(String), [...registry.weights].map(String)),
    ...differ('quotas', [...state.quotas.values()].map(print), [...registry.quotas.values()].map(print)),
  ];
}

function print(value: unknown): string {
  return JSON.stringify(value);
}

function differ(what: string, inMaster: Iterable<string>, onDisk: Iterable<string>): string[] {
  const mine = [...inMaster].sort().join(', ');
  const stored = [...onDisk].sort().join(', ');
  return mine === stored ? [] : [`${what}: the master has ${mine || 'none'}, the disk ${stored || 'none'}`];
}

/** Agents that are told they are admitted although the disk does not say so. */
export function checkAdmissions(effects: readonly { readonly type: string }[], registry: () => Registry): string[] {
  const faults: string[] = [];
  for (const effect of effects as readonly MasterEffect[]) {
    if (effect.type !== 'Send') continue;
    const { message } = effect;
    if (message.type !== 'AGENT_REGISTERED' && message.type !== 'AGENT_REREGISTERED') continue;
    if (!registry().agents.has(message.agentId)) faults.push(`${message.agentId} is admitted but not on disk`);
  }
  return faults;
}
