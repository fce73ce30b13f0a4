/**
 * When agents are given up: they do not answer pings, or do not come back in time after their link broke or after a
 * failover of the master. How many may be given up in a time can be limited; the others wait in a row for their turn,
 * and whoever comes back meanwhile is spared and costs no turn.
 */
import type { AgentId } from '../../protocol/schema.js';
import { markUnreachable } from './agent-loss.js';
import type { MasterEffect } from './events.js';
import { ping } from './pings.js';
import { info } from './send.js';
import type { MasterState } from './state.js';

/** The time to answer a ping is over. */
export function pingTimedOut(state: MasterState, id: AgentId, effects: MasterEffect[]): void {
  const agent = state.agents.get(id);
  if (agent === undefined) return;
  if (agent.pinged && ++agent.pingTimeouts >= state.settings.maxAgentPingTimeouts) {
    scheduleUnreachable(state, id, 'health check timed out', effects);
  }
  ping(state, agent, effects);
}

/** A disconnected agent has not come back in time. */
export function reregistrationTimedOut(state: MasterState, id: AgentId, effects: MasterEffect[]): void {
  const agent = state.agents.get(id);
  if (agent === undefined || agent.link !== null) return;
  const within = state.settings.agentReregisterTimeoutMs / 1000;
  scheduleUnreachable(state, id, `agent did not reregister within ${within}secs after disconnecting`, effects);
}

/** Has an agent marked unreachable, at once or when it is its turn. */
export function scheduleUnreachable(state: MasterState, id: AgentId, message: string, effects: MasterEffect[]): void {
  const { removals, settings, counters } = state;
  if (removals.waiting.has(id) || state.markingUnreachable.has(id)) return;
  counters.plain.slave_unreachable_scheduled++;
  if (settings.agentRemovalRate === undefined) {
    giveUp(state, id, message, effects);
    return;
  }
  removals.waiting.set(id, message);
  takeTurns(state, effects);
  if (removals.waiting.has(id)) info(effects, 'agent waits to be marked unreachable', { agent: id, reason: message });
}

/** The agent is back. */
export function spare(state: MasterState, id: AgentId): void {
  if (state.removals.waiting.delete(id)) state.counters.plain.slave_unreachable_canceled++;
}

export function removalsDue(state: MasterState, effects: MasterEffect[]): void {
  state.removals.timerSet = false;
  takeTurns(state, effects);
}

function takeTurns(state: MasterState, effects: MasterEffect[]): void {
  const { removals, nowMs } = state;
  const { count, perMs } = state.settings.agentRemovalRate!;
  for (const [id, message] of removals.waiting) {
    if (removals.nextAtMs > nowMs) break;
    removals.waiting.delete(id);
    if (giveUp(state, id, message, effects)) removals.nextAtMs = nowMs + perMs / count;
  }
  if (removals.waiting.size === 0 || removals.timerSet) return;
  removals.timerSet = true;
  effects.push({ type: 'SetTimer', timer: 'removals', atMs: removals.nextAtMs });
}

function giveUp(state: MasterState, id: AgentId, message: string, effects: MasterEffect[]): boolean {
  const isMarked = markUnreachable(state, id, message, effects);
  state.counters.plain[isMarked ? 'slave_unreachable_completed' : 'slave_unreachable_canceled']++;
  return isMarked;
}
