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

/** An agent that comes during a pause is not one of "all" that were candidates before: those are named one by one. */
export function leaveOut(state: AllocatorState, newcomer: AgentRecord): void {
  if (!state.paused || !state.pendingAll) return;
  state.pendingAll = false;
  for (const agent of state.agents.values()) if (agent !== newcomer) state.pendingAgents.add(agent);
}
