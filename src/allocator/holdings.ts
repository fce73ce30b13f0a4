/**
 * Who holds what: moves resources between an agent's available part and its clients, and keeps sorters, quota and
 * headroom in step. What an agent has available is its total less all that is held; shared lots stay available.
 */
import { MeteError } from '../base/errors.js';
import type { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { together } from './claims.js';
import { trackClient, untrackClient } from './clients.js';
import type { Client, FrameworkRecord, Used } from './model.js';
import { sendAvailable } from './send.js';
import type { AllocatorState } from './state.js';

/** Counts `sign` times `resources` for a client in sorters and quota, with `grants` more grants. */
export function countHeld(
  state: AllocatorState,
  client: Client,
  agent: AgentRecord,
  resources: Resources,
  sign: 1 | -1,
  grants: number,
): void {
  const { encoding, program } = state;
  const { sent } = agent;
  if (sent !== null && sent.resources === resources && sent.by === encoding) {
    program.hold(client.index, grants, sign, sent.encoded.all, sent.encoded.governed);
  } else {
    const { all, governed } = encoding.sums(resources);
    program.hold(client.index, grants, sign, all, governed);
  }
  if (!hasShared(resources)) return;
  for (const lot of resources.lots) {
    if (!lot.descriptor.shared) continue;
    program.holdShared(client.index, agent.index, encoding.encodeLot(lot), sign * lot.copies);
  }
}

function hasShared(resources: Resources): boolean {
  for (const lot of resources.lots) if (lot.descriptor.shared) return true;
  return false;
}

/** Whether a client holds resources on an agent; at once if they are the last grant as it was made. */
export function holds(agent: AgentRecord, client: Client, resources: Resources): boolean {
  const { columns, index } = agent;
  if (columns.grantee[index] === client.index && columns.granted[index] === resources) return true;
  return heldBy(agent, client)?.contains(resources) ?? false;
}

/** What a client holds on an agent, if anything. */
export function heldBy(agent: AgentRecord, client: Client): Resources | undefined {
  const at = agent.holders.indexOf(client);
  return at < 0 ? undefined : agent.holdings[at];
}

/** Notes that a client holds more; what is available is the caller's business. */
export function addHeld(agent: AgentRecord, client: Client, resources: Resources): void {
  agent.addHolding(client, resources);
}

/** Notes that a client holds less. REQUIRES: it holds `resources`. */
export function removeHeld(agent: AgentRecord, client: Client, resources: Resources): void {
  const at = agent.holders.indexOf(client);
  const left = agent.holdings[at]!.minus(resources);
  if (!left.isEmpty) {
    agent.holdings[at] = left;
    return;
  }
  client.holdings--;
  agent.holders.splice(at, 1);
  agent.holdings.splice(at, 1);
}

/** Recomputes what is available from the agent's total and all that is held. */
export function recountAvailable(state: AllocatorState, agent: AgentRecord): void {
  let left = agent.total.nonShared();
  agent.overcommitted = false;
  const take = (held: Resources): void => {
    const own = held.nonShared();
    // Asked for each holding: in the sum, ports that are held twice would look as if they were held once.
    if (!left.contains(own)) agent.overcommitted = true;
    left = left.minus(own);
  };
  agent.holdings.forEach(take);
  for (const used of agent.unclaimed) take(used.resources);
  agent.available = left.plus(agent.total.sharedOnly());
  sendAvailable(state, agent);
}

/** Sets what is available and tells the engine, if it is another value. */
export function setAvailable(state: AllocatorState, agent: AgentRecord, available: Resources): void {
  if (agent.available === available) return;
  agent.available = available;
  sendAvailable(state, agent);
}

/** Records resources that a known framework uses on an agent; they are not available any more. */
export function trackUsed(state: AllocatorState, framework: FrameworkRecord, agent: AgentRecord, used: Used): void {
  if (used.resources.isEmpty) return;
  const client = trackClient(state, framework, used.role);
  addHeld(agent, client, used.resources);
  countHeld(state, client, agent, used.resources, 1, 1);
}

/** Records resources used by a framework that has not been added yet. */
export function noteUnclaimed(state: AllocatorState, agent: AgentRecord, used: Used): void {
  if (used.resources.isEmpty) return;
  agent.unclaimed = together([...agent.unclaimed, used]);
  let agents = state.unclaimed.get(used.frameworkId);
  if (agents === undefined) state.unclaimed.set(used.frameworkId, (agents = new Set()));
  agents.add(agent);
}

/** The error for resources that a client does not hold. */
export function notHeld(frameworkId: string, agentId: string, role: string, resources: Resources): MeteError {
  return new MeteError('NOT_HELD', {
    field: 'resources',
    value: resources.toString(),
    reason: `framework ${frameworkId} does not hold them in role ${role} on agent ${agentId}`,
    mend: 'give back only what was offered or told as used',
  });
}

/** Whether all that the agent had comes back as it was given: only the shared part, which is given again, stayed. */
function isAllThatWasSent(agent: AgentRecord, resources: Resources): boolean {
  const { sent } = agent;
  return sent !== null && sent.resources === resources && sent.encoded.sharedPart === agent.available;
}

/** Takes resources from a client and makes them available again. REQUIRES: it holds them. */
export function release(state: AllocatorState, client: Client, agent: AgentRecord, resources: Resources): void {
  if (!agent.columns.takeBack(agent.index, client, resources)) removeHeld(agent, client, resources);
  countHeld(state, client, agent, resources, -1, 0);
  if (agent.overcommitted) recountAvailable(state, agent);
  else if (isAllThatWasSent(agent, resources)) setAvailable(state, agent, resources);
  else setAvailable(state, agent, agent.available.plus(resources.nonShared()));
  if (!client.framework.roles.has(client.role.name)) untrackClient(state, client);
}
