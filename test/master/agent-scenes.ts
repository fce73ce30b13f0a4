/** What tests of agents do again and again: launching on one, and having one come back. */
import assert from 'node:assert/strict';
import type { AgentInfo } from '../../src/protocol/framework.js';
import type { MessageOf } from '../../src/protocol/messages.js';
import type { TaskMessage } from '../../src/protocol/task.js';
import { ABLE, type AgentPeer, type FrameworkPeer, resources, task, type World } from './harness.js';

export const TOTAL = 'cpus:4;mem:4096';

export function info(peer: AgentPeer, more: Partial<AgentInfo> = {}): AgentInfo {
  return { hostname: `host${peer.link}`, port: 5051, resources: resources(TOTAL), ...more };
}

/** The agent comes back on another link, with these tasks and executors. */
export function comeBack(
  world: World,
  before: AgentPeer,
  more: Partial<MessageOf<'REREGISTER_AGENT'>> = {},
): AgentPeer {
  const peer = world.agentLink();
  peer.id = before.id;
  const agentInfo = { id: before.id, hostname: `host${before.link}`, port: 5051, resources: resources(TOTAL) };
  peer.send({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: ABLE, ...more });
  return peer;
}

export function running(
  framework: Pick<FrameworkPeer, 'id'>,
  agent: AgentPeer,
  id: string,
  more: Partial<TaskMessage> = {},
): TaskMessage {
  const list = resources('cpus:1;mem:64').map((resource) => ({ ...resource, allocationInfo: { role: '*' } }));
  const ids = { taskId: id as never, frameworkId: framework.id, agentId: agent.id };
  return { name: id, ...ids, state: 'TASK_RUNNING', resources: list, ...more };
}

export function launched(world: World, framework: FrameworkPeer, agent: AgentPeer, ...ids: string[]): void {
  world.advance(10_000);
  const offer = framework.offers().filter((one) => one.agentId === agent.id && world.state.offers.has(one.id)).at(-1);
  assert.ok(offer !== undefined, 'there is an offer of the agent');
  framework.launch(offer, ...ids.map((id) => task(id, offer)));
  assert.equal(agent.take('RUN_TASK').length, ids.length);
  for (const id of ids) agent.update(framework.id, agent.status(id, 'TASK_RUNNING'));
  for (const status of framework.statuses()) framework.acknowledge(status);
  agent.take();
}
