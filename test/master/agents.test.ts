/** Agents: registering, pings, broken links, going away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentInfo } from '../../src/protocol/framework.js';
import { info, launched, TOTAL } from './agent-scenes.js';
import { ABLE, asAgent, resources, World } from './harness.js';

test('[B28][B5] an agent is written to the registry before it is answered and offered', () => {
  const world = new World();
  world.holdRegistry = true;
  const framework = world.framework();
  const peer = world.agentLink();
  peer.answersPings = false;
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer), version: '1.11.0', capabilities: ABLE });
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer), version: '1.11.0', capabilities: ABLE });
  world.advance(2_000);
  assert.deepEqual(peer.take(), []);
  assert.deepEqual(framework.offers(), []);
  world.releaseRegistry();
  assert.deepEqual([...world.registry.agents.keys()], ['master-S0'], 'the second call was ignored');
  const [registered, ping] = peer.take();
  const expected = { type: 'AGENT_REGISTERED', agentId: 'master-S0', masterId: 'master', totalPingTimeoutSeconds: 75 };
  assert.deepEqual(registered, expected);
  assert.deepEqual(ping, { type: 'PING', connected: true });
  world.settle();
  assert.equal(framework.offers()[0]?.agentId, 'master-S0');
  assert.equal(world.state.counters.plain.slave_registrations, 1);
});

test('[B28] an agent whose id is in the registry already is not admitted', () => {
  const world = new World();
  const agentInfo = { id: asAgent('master-S0'), hostname: 'other' };
  world.registry.agents.set(agentInfo.id, agentInfo);
  const peer = world.agentLink();
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer), version: '1.11.0' });
  assert.deepEqual(peer.take(), []);
  assert.equal(world.state.agents.size, 0);
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer), version: '1.11.0' });
  assert.equal(peer.takeOne('AGENT_REGISTERED').agentId, 'master-S1');
});

test('[B28][B30] bad resources, old versions and stray domains are refused, and the end of the link says why', () => {
  const world = new World();
  const domain = { faultDomain: { region: { name: 'r' }, zone: { name: 'z' } } };
  const refusals: [Partial<AgentInfo>, string, RegExp][] = [
    [{ resources: [{ name: 'cpus', type: 'SCALAR', scalar: -1 }] }, '1.11.0', /Invalid scalar resource/],
    [{}, '0.28.2', /agent version is 0.28.2, minimum supported agent version is 1.0.0/],
    [{}, 'newest', /failed to parse version 'newest'/],
    [{ domain }, '1.11.0', /the master has no configured domain/],
  ];
  for (const [more, version, reason] of refusals) {
    const peer = world.agentLink();
    peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer, more), version });
    assert.match(peer.closed ?? '', reason);
  }
  assert.equal(world.state.agents.size, 0);
  assert.equal(world.registry.agents.size, 0);
  const strict = new World({ requireAgentDomain: true });
  const peer = strict.agentLink();
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer), version: '1.11.0' });
  assert.match(peer.closed ?? '', /require agent domains/);
});

test('[B28] a registration repeated on its link is answered again', () => {
  const world = new World();
  const agent = world.agent();
  agent.send({ type: 'REGISTER_AGENT', agentInfo: info(agent), version: '1.11.0' });
  assert.equal(agent.takeOne('AGENT_REGISTERED').agentId, agent.id);
  assert.equal(world.state.agents.size, 1);
});

test('[B28] a process without memory at the address of another takes its place: the tasks of that are lost', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  launched(world, framework, agent, 't');
  const fresh = world.agentLink();
  const agentInfo = { hostname: `host${agent.link}`, port: 5051, resources: resources(TOTAL) };
  fresh.send({ type: 'REGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: ABLE });
  assert.equal(fresh.takeOne('AGENT_REGISTERED').agentId, 'master-S1');
  assert.equal(agent.closed, 'a new agent registered at the same address');
  const [lost] = framework.statuses();
  assert.equal(lost?.state, 'TASK_LOST');
  assert.match(lost.message ?? '', /removed: a new agent registered at the same address$/);
  assert.equal(world.state.counters.plain['slave_removals/reason_registered'], 1);
  assert.deepEqual([...world.state.agents.keys()], ['master-S1']);
});

test('[B28] an agent whose link breaks while it is admitted is there, but disconnected', () => {
  const world = new World();
  world.holdRegistry = true;
  const peer = world.agentLink();
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info(peer), version: '1.11.0' });
  peer.close();
  world.holdRegistry = false;
  world.releaseRegistry();
  const agent = world.state.agents.get(asAgent('master-S0'))!;
  assert.equal(agent.link, null);
  assert.equal(agent.active, false);
  const again = world.agentLink();
  again.send({ type: 'REGISTER_AGENT', agentInfo: { hostname: `host${peer.link}`, port: 5051 }, version: '1.11.0' });
  assert.equal(again.takeOne('AGENT_REGISTERED').agentId, 'master-S1');
  assert.deepEqual([...world.state.agents.keys()], ['master-S1']);
});

test('[B31] an agent that does not answer five pings in a row is unreachable', () => {
  const world = new World();
  const framework = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }] });
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.answersPings = false;
  world.advance(60_000);
  agent.send({ type: 'PONG' });
  world.advance(70_000);
  assert.equal(world.state.agents.size, 1, 'an answer starts the count anew');
  world.advance(20_000);
  assert.equal(world.state.agents.size, 0);
  const [status] = framework.statuses();
  assert.equal(status?.state, 'TASK_UNREACHABLE');
  assert.equal(status.message, 'health check timed out');
  assert.equal(agent.closed, 'agent is unreachable');
  const { plain } = world.state.counters;
  assert.equal(plain.slave_unreachable_completed, 1);
  assert.equal(plain['slave_removals/reason_unhealthy'], 1);
  assert.equal([...world.timers.keys()].some((timer) => timer.startsWith('ping/')), false);
});

test('[B32] intervals and counts of pings have bounds', () => {
  const world = (config: object): World => new World(config);
  for (const config of [{ agentPingTimeoutMs: 999 }, { agentPingTimeoutMs: 901_000 }, { maxAgentPingTimeouts: 0 }]) {
    assert.throws(() => world(config), { code: 'INVALID_ARGUMENT' });
  }
  const quick = world({ agentPingTimeoutMs: 1_000, maxAgentPingTimeouts: 1 });
  const agent = quick.agent();
  quick.advance(10_000);
  assert.equal(quick.state.agents.size, 1);
  agent.answersPings = false;
  quick.advance(2_000);
  assert.equal(quick.state.agents.size, 0);
});

test('[B33] who speaks as an agent without being one is told that it is not connected', () => {
  const world = new World();
  const peer = world.agentLink();
  peer.send({ type: 'PONG' });
  assert.deepEqual(peer.take(), [{ type: 'PING', connected: false }]);
  assert.equal(peer.closed, null);
});

test('[B35] a broken link rescinds offers, keeps tasks of frameworks that checkpoint, loses those of others', () => {
  const world = new World();
  const keeping = world.framework({ checkpoint: true, capabilities: [{ type: 'PARTITION_AWARE' }] });
  const agent = world.agent();
  launched(world, keeping, agent, 'kept');
  const losing = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }] });
  keeping.send({ type: 'SUPPRESS' });
  launched(world, losing, agent, 'lost');
  world.advance(10_000);
  const offers = losing.offers();
  assert.equal(offers.length, 1);
  agent.close();
  assert.equal(losing.takeOne('RESCIND').offerId, offers[0]!.id);
  const [status] = losing.statuses();
  assert.equal(status?.state, 'TASK_LOST');
  assert.equal(status.reason, 'REASON_AGENT_DISCONNECTED');
  assert.equal(status.message, `Agent host${agent.link} disconnected`);
  assert.deepEqual(keeping.statuses(), []);
  assert.deepEqual(keeping.take('FAILURE'), []);
  assert.deepEqual([...world.state.agents.get(agent.id)!.tasks].map((one) => one.id), ['kept']);
  world.advance(5_000);
  assert.deepEqual(losing.offers(), []);
});

test('[B35] a task that has ended stays as it ended when the link breaks', () => {
  const world = new World();
  const framework = world.framework();
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.update(framework.id, agent.status('t', 'TASK_FINISHED'));
  assert.equal(framework.statuses()[0]?.state, 'TASK_FINISHED');
  agent.close();
  assert.deepEqual(framework.statuses(), []);
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.size, 1);
});

test('[B35][B36] a disconnected agent that does not come back in time is unreachable', () => {
  const world = new World({ agentReregisterTimeoutMs: 40_000 });
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.close();
  world.advance(39_000);
  assert.equal(world.state.agents.size, 1);
  world.advance(2_000);
  assert.equal(world.state.agents.size, 0);
  const [status] = framework.statuses();
  assert.equal(status?.state, 'TASK_LOST', 'not aware of partitions');
  assert.equal(status.message, 'agent did not reregister within 40secs after disconnecting');
});

test('[B37] an agent that unregisters is removed at once; frameworks hear of it', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const bystander = world.framework();
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.send({ type: 'UNREGISTER_AGENT', agentId: asAgent('another') });
  assert.equal(world.state.agents.size, 1);
  agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
  assert.equal(world.state.agents.size, 0);
  assert.equal(world.registry.agents.size, 0);
  const [status] = framework.statuses();
  assert.equal(status?.state, 'TASK_LOST');
  assert.equal(status.message, `Agent host${agent.link} removed: the agent unregistered`);
  const failure = { type: 'FAILURE', agentId: agent.id };
  for (const peer of [framework, bystander]) assert.deepEqual(peer.takeOne('FAILURE'), failure);
  assert.equal(world.state.counters.plain['slave_removals/reason_unregistered'], 1);
  assert.equal(world.state.removedAgents.has(agent.id), true);
});

test('[B41] agents that were removed are remembered up to a bound', () => {
  const world = new World({ maxRemovedAgents: 2 });
  for (let i = 0; i < 4; i++) {
    const agent = world.agent();
    agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
  }
  assert.deepEqual([...world.state.removedAgents], ['master-S2', 'master-S3']);
});

test('[B36] a task that had ended when its agent was lost ends as it did', () => {
  const world = new World();
  const framework = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }], checkpoint: true });
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.update(framework.id, agent.status('t', 'TASK_FAILED'));
  agent.answersPings = false;
  world.advance(100_000);
  assert.deepEqual(framework.statuses().map((status) => status.state), ['TASK_FAILED', 'TASK_FAILED']);
  const record = world.state.frameworks.get(framework.id)!;
  assert.equal(record.unreachableTasks.size, 0);
  assert.equal(record.completedTasks.size, 1);
});

test('an update of the total takes effect, and offers made before are rescinded', () => {
  const world = new World();
  const framework = world.framework({ capabilities: [{ type: 'REVOCABLE_RESOURCES' }] });
  const agent = world.agent();
  world.settle();
  const [offer] = framework.offers();
  const oversubscribedResources = resources('cpus:2').map((resource) => ({ ...resource, revocable: true }));
  const totals = { totalResources: resources('cpus:8;mem:64'), oversubscribedResources };
  agent.send({ type: 'UPDATE_AGENT', agentId: agent.id, ...totals });
  assert.equal(framework.takeOne('RESCIND').offerId, offer?.id);
  world.advance(1_000);
  const [next] = framework.offers();
  const amounts = next?.resources.map(({ name, scalar, revocable }) => [name, scalar, revocable === true]);
  assert.deepEqual(amounts, [['cpus', 8, false], ['cpus', 2, true], ['mem', 64, false]]);
  agent.send({ type: 'UPDATE_AGENT', agentId: agent.id, ...totals });
  assert.deepEqual(framework.take('RESCIND'), [], 'nothing has changed');
});
