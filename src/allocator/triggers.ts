/**
 * Triggers: which events ask for a run before the next batch, and for which agents. While the allocator is paused they
 * are dropped, not kept: the next batch does the work.
 */
import type { AgentRecord } from './agent-record.js';
import type { AllocatorState } from './state.js';

function noteTrigger(state: AllocatorState): void {
  if (state.settings.stopwatch !== undefined) state.times.pendingSinceMs ??= state.settings.stopwatch();
}

export function triggerAll(state: AllocatorState): void {
  if (state.paused) return;
  state.pending = true;
  state.pendingAll = true;
  noteTrigger(state);
}

export function triggerAgent(state: AllocatorState, agent: AgentRecord): void {
  if (state.paused) return;
  state.pending = true;
  state.pendingAgents.add(agent);
  noteTrigger(state);
}

/** All that are candidates by now are named one by one: an agent that comes during a pause is not one of "all". */
export function nameCandidates(state: AllocatorState): void {
  if (!state.pendingAll) return;
  state.pendingAll = false;
  for (const agent of state.agents.values()) state.pendingAgents.add(agent);
}
