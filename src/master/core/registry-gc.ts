/**
 * Collecting garbage in the registry: unreachable and gone agents that are too old or too many are forgotten, there and
 * here. While there are none, no timer runs. Facts: `doRegistryGc` of Mesos' master.
 */
import type { AgentId } from '../../protocol/schema.js';
import type { MasterEffect } from './events.js';
import { info } from './send.js';
import type { MasterState } from './state.js';
import { storeInRegistry } from './stores.js';

/** Has old entries looked for at the next interval, if there are any. */
export function collectLater(state: MasterState, effects: MasterEffect[]): void {
  if (state.collectsRegistry || state.unreachableAgents.size + state.goneAgents.size === 0) return;
  state.collectsRegistry = true;
  const atMs = state.nowMs + state.settings.registryGcIntervalMs;
  effects.push({ type: 'SetTimer', timer: 'registry-gc', atMs });
}

/** The oldest above the number that is kept, and all above the age. */
function oldOf(state: MasterState, entries: ReadonlyMap<AgentId, number>): AgentId[] {
  const { registryMaxAgentAgeMs, registryMaxAgentCount } = state.settings;
  const old: AgentId[] = [];
  for (const [id, sinceMs] of entries) {
    const tooMany = entries.size - old.length > registryMaxAgentCount;
    if (tooMany || state.nowMs - sinceMs > registryMaxAgentAgeMs) old.push(id);
  }
  return old;
}

export function collectRegistry(state: MasterState, effects: MasterEffect[]): void {
  state.collectsRegistry = false;
  collectLater(state, effects);
  const unreachable = oldOf(state, state.unreachableAgents);
  const gone = oldOf(state, state.goneAgents);
  if (unreachable.length + gone.length === 0) return;
  const continuation = { type: 'pruned', unreachable, gone } as const;
  storeInRegistry(state, { type: 'PRUNE_AGENTS', unreachable, gone }, continuation, effects);
}

/** The registry has forgotten agents; of their unreachable tasks nobody knows anything any more. */
export function pruned(
  state: MasterState,
  unreachable: readonly AgentId[],
  gone: readonly AgentId[],
  effects: MasterEffect[],
): void {
  const forgotten = new Set<AgentId>();
  // One that came back meanwhile, and may have been given up again since, is not meant.
  for (const id of unreachable) if (!state.agents.has(id) && state.unreachableAgents.delete(id)) forgotten.add(id);
  for (const id of gone) state.goneAgents.delete(id);
  for (const id of forgotten) {
    state.deactivatedAgents.delete(id);
    state.draining.delete(id);
  }
  for (const { unreachableTasks } of state.frameworks.values()) {
    for (const task of unreachableTasks.values()) {
      if (forgotten.has(task.agentId)) unreachableTasks.delete(task.id);
    }
  }
  info(effects, 'dropped old agents from the registry', { unreachable: unreachable.length, gone: gone.length });
}
