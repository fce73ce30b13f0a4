/** Agents by address: before it has an id, an agent is known by its hostname and port. */
import type { AgentInfo } from '../../protocol/framework.js';
import type { Agent, MasterState } from './state.js';

/** Null for an agent that does not say its port. */
export function addressOf({ hostname, port }: AgentInfo): string | null {
  return port === undefined ? null : `${hostname}:${port}`;
}

export function noteAddress(state: MasterState, agent: Agent): void {
  const address = addressOf(agent.info);
  if (address !== null) state.agentsByAddress.set(address, agent);
}

export function forgetAddress(state: MasterState, agent: Agent): void {
  const address = addressOf(agent.info);
  if (address !== null && state.agentsByAddress.get(address) === agent) state.agentsByAddress.delete(address);
}
