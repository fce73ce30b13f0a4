/**
 * Pings: each agent is asked at every interval whether it is there. It is unreachable after so many intervals in a row
 * without an answer; a broken link does not end the pings, so that they notice an agent that never comes back.
 */
import type { MasterEffect } from './events.js';
import { toAgent } from './send.js';
import type { Agent, MasterState } from './state.js';

function pingTimer(agent: Agent): string {
  return `ping/${agent.id}`;
}

export function startPings(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  agent.pingTimeouts = 0;
  ping(state, agent, effects);
}

export function stopPings(agent: Agent, effects: MasterEffect[]): void {
  effects.push({ type: 'ClearTimer', timer: pingTimer(agent) });
}

/** Asks an agent, and has the timer tell when it should have answered. */
export function ping(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  agent.pinged = true;
  toAgent(agent, { type: 'PING', connected: true }, effects);
  effects.push({ type: 'SetTimer', timer: pingTimer(agent), atMs: state.nowMs + state.settings.agentPingTimeoutMs });
}

/** PONG. */
export function pong(agent: Agent): void {
  agent.pingTimeouts = 0;
  agent.pinged = false;
}
