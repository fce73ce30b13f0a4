/** Agents: registering, coming back, pings, going away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageOf } from '../../src/protocol/messages.js';
import type { TaskMessage } from '../../src/protocol/task.js';
import { ABLE, type AgentPeer, asAgent, asExecutor, asFramework, type FrameworkPeer } from './harness.js';
import { resources, START_MS, task, World } from './harness.js';

const TOTAL = 'cpus:4;mem:4096';

function info(peer: AgentPeer, more: Partial<MessageOf<'REGISTER_AGENT'>['agentInfo']> = {}): { hostname: string; port: number } {
  return { hostname: `host${peer.link}`, port: 5051, resources: resources(TOTAL), ...more };
}

/** The agent comes back on another link, with these tasks and executors. */
function comeBack(world: World, before: AgentPeer, more: Partial<MessageOf<'REREGISTER_AGENT'>> = {}): AgentPeer {
  const peer = world.agentLink();
  peer.id = before.id;
  const agentInfo = { id: before.id, hostname: `host${before.link}`, port: 5051, resources: resources(TOTAL) };
  peer.send({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: ABLE, ...more });
  return peer;
}

function running(framework: FrameworkPeer, agent: AgentPeer, id: string, more: Partial<TaskMessage> = {}): TaskMessage {
  const list = resources('cpus:1;mem:64').map((resource) => ({ ...resource, allocationInfo: { role: '*' } }));
  const ids = { taskId: id as never, frameworkId: framework.id, agentId: agent.id };
  return { name: id, ...ids, state: 'TASK_RUNNING', resources: list, ...more };
}

function launched(world: World, framework: FrameworkPeer, agent: AgentPeer, ...ids: string[]): void {
  world.advance(10_000);
  const offer = framework.offers().filter((one) => one.agentId === agent.id && world.state.offers.has(one.id)).at(-1);
  assert.ok(offer !== undefined, 'there is an offer of the agent');
  framework.launch(offer, ...ids.map((id) => task(id, offer)));
  assert.equal(agent.take('RUN_TASK').length, ids.length);
  for (const id of ids) agent.update(framework.id, agent.status(id, 'TASK_RUNNING'));
  for (const status of framework.statuses()) framework.acknowledge(status);
  agent.take();
}

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
  const refusals: [Partial<MessageOf<'REGISTER_AGENT'>['agentInfo']>, string, RegExp][] = [
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

test('[B35] a broken link rescinds offers, keeps tasks of frameworks that checkpoint, and loses those of others', () => {
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

test('[B29][B35] an agent comes back in time: what it does not report is asked for, kills are repeated', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true, failoverTimeoutSeconds: 1000 });
  const agent = world.agent();
  launched(world, framework, agent, 'there', 'gone', 'doomed');
  agent.close();
  framework.send({ type: 'KILL', taskId: 'doomed' as never, killPolicy: { gracePeriodMs: 7 } });
  const tasks = [running(framework, agent, 'there'), running(framework, agent, 'doomed')];
  const back = comeBack(world, agent, { tasks, frameworks: [world.state.frameworks.get(framework.id)!.info] });
  const again = back.takeOne('AGENT_REREGISTERED');
  assert.deepEqual(again.reconciliations, [{ frameworkId: framework.id, tasks: [{ taskId: 'gone' }] }]);
  const { gracePeriodMs } = back.takeOne('KILL_TASK').killPolicy!;
  assert.equal(gracePeriodMs, 7);
  assert.equal(back.takeOne('UPDATE_FRAMEWORK_INFO').frameworkInfo.id, framework.id);
  assert.equal(back.take('CHECKPOINT_RESOURCES').length, 1);
  assert.equal(world.state.agents.get(agent.id)!.active, true);
  assert.ok(!world.timers.has(`reregister/${agent.id}`));
  assert.deepEqual(framework.statuses(), []);
  framework.offers();
  world.advance(6_000);
  assert.equal(framework.offers().length, 1);
});

test('[B29] executors the agent does not report are gone, those of a removed framework are shut down', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  world.settle();
  const [offer] = framework.offers();
  const command = { value: 'run' };
  const executor = { executorId: asExecutor('e'), command, resources: resources('cpus:1;mem:64') };
  framework.launch(offer!, task('t', offer!, 'cpus:1;mem:64', { executor }));
  assert.equal(world.state.agents.get(agent.id)!.executors.size, 1);
  const removed = world.framework({ checkpoint: true });
  removed.send({ type: 'TEARDOWN' });
  agent.close();
  const ended = { ...world.state.completedFrameworks.get(removed.id)!.info };
  const back = comeBack(world, agent, { tasks: [running(framework, agent, 't')], frameworks: [world.state.frameworks.get(framework.id)!.info, ended] });
  assert.equal(world.state.agents.get(agent.id)!.executors.size, 0);
  assert.deepEqual(back.take('SHUTDOWN_FRAMEWORK'), [{ type: 'SHUTDOWN_FRAMEWORK', frameworkId: removed.id }]);
});

test('[B29] tasks that the master has given up are taken back from an agent that still runs them', () => {
  const world = new World();
  const framework = world.framework();
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.close();
  assert.equal(framework.statuses()[0]?.state, 'TASK_LOST');
  const frameworks = [world.state.frameworks.get(framework.id)!.info];
  comeBack(world, agent, { tasks: [running(framework, agent, 't')], frameworks });
  const [status] = framework.statuses();
  assert.equal(status?.state, 'TASK_RUNNING');
  assert.equal(status.reason, 'REASON_AGENT_REREGISTERED');
  assert.equal(world.state.frameworks.get(framework.id)!.completedTasks.size, 0);
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.size, 1);
});

test('[B29][B36] an unreachable agent returns: the registry first, then its tasks as it reports them', () => {
  const world = new World();
  const aware = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }], checkpoint: true });
  const agent = world.agent();
  launched(world, aware, agent, 'here', 'over', 'forgotten');
  agent.answersPings = false;
  world.advance(100_000);
  const unreachable = aware.statuses();
  assert.deepEqual(unreachable.map((status) => status.state), Array(3).fill('TASK_UNREACHABLE'));
  const [{ unreachableTimeMs, reason, source, uuid }] = unreachable as [(typeof unreachable)[0]];
  assert.ok(unreachableTimeMs! > START_MS);
  assert.deepEqual([reason, source, uuid], ['REASON_AGENT_REMOVED', 'SOURCE_MASTER', undefined]);
  assert.equal(aware.takeOne('FAILURE').agentId, agent.id);
  const record = world.state.frameworks.get(aware.id)!;
  assert.equal(record.unreachableTasks.size, 3);
  assert.equal(world.registry.unreachable.has(agent.id), true);
  world.holdRegistry = true;
  const tasks = [running(aware, agent, 'here'), running(aware, agent, 'over', { state: 'TASK_FINISHED' })];
  const back = comeBack(world, agent, { tasks, frameworks: [record.info] });
  assert.deepEqual(back.take(), []);
  world.holdRegistry = false;
  world.releaseRegistry();
  assert.equal(back.takeOne('AGENT_REREGISTERED').agentId, agent.id);
  assert.equal(world.registry.unreachable.has(agent.id), false);
  const told = aware.statuses();
  assert.deepEqual(told.map(({ taskId, state }) => [taskId, state]), [['here', 'TASK_RUNNING'], ['over', 'TASK_FINISHED']]);
  assert.deepEqual(new Set(told.map((status) => status.reason)), new Set(['REASON_AGENT_REREGISTERED']));
  assert.equal(record.unreachableTasks.size, 0);
  assert.equal(record.tasks.size, 2);
  assert.equal(world.state.unreachableAgents.size, 0);
  assert.equal(world.state.counters.plain.slave_reregistrations, 1);
});

test('[B29] an agent tells what its framework has still to see, not what comes after', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  const record = world.state.frameworks.get(framework.id)!;
  const uuid = new Uint8Array(16).fill(7);
  const ahead = { state: 'TASK_FINISHED', statusUpdateState: 'TASK_RUNNING', statusUpdateUuid: uuid } as const;
  agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
  const back = comeBack(world, agent, { tasks: [running(framework, agent, 't', ahead)], frameworks: [record.info] });
  assert.equal(framework.statuses()[0]?.state, 'TASK_RUNNING');
  assert.equal(record.tasks.get('t' as never)?.state, 'TASK_FINISHED');
  framework.send({ type: 'ACKNOWLEDGE', agentId: agent.id, taskId: 't' as never, uuid });
  assert.equal(back.take('STATUS_UPDATE_ACKNOWLEDGEMENT').length, 1);
});

test('[B29] frameworks that only an agent knows are recovered, keep what they hold, and may subscribe', () => {
  const world = new World();
  const agent = world.agentLink();
  agent.id = asAgent('old-S3');
  const id = asFramework('old-0001');
  const frameworkInfo = { user: 'nobody', name: 'from before', id, failoverTimeoutSeconds: 100 };
  const executorInfo = { executorId: asExecutor('e'), command: { value: 'run' }, resources: resources('cpus:1') };
  const reported = running({ id } as FrameworkPeer, agent, 't', { executorId: executorInfo.executorId });
  comeBack(world, Object.assign(agent, { id: agent.id }), {
    tasks: [reported],
    frameworks: [frameworkInfo],
    executors: [{ executorInfo, frameworkId: id }],
  });
  const record = world.state.frameworks.get(id)!;
  assert.equal(record.recovered, true);
  assert.equal(record.active, false);
  assert.equal(record.executors.size, 1);
  const other = world.framework();
  world.settle();
  assert.deepEqual(other.offers()[0]?.resources.map((one) => one.scalar), [2, 4032], 'what it holds is not offered');
  const peer = world.frameworkLink();
  peer.send({ type: 'SUBSCRIBE', frameworkId: id, frameworkInfo });
  assert.equal(peer.takeOne('SUBSCRIBED').frameworkId, id);
  assert.equal(record.recovered, false);
  assert.equal(record.active, true);
  peer.send({ type: 'RECONCILE' });
  assert.equal(peer.statuses()[0]?.state, 'TASK_RUNNING');
});

test('[B29] an agent that comes back as another host, or with resources that do not match, is told to end', () => {
  const world = new World();
  const agent = world.agent('cpus:4;mem:4096;disk:100');
  const peer = world.agentLink();
  const agentInfo = { id: agent.id, hostname: 'elsewhere', resources: resources(TOTAL) };
  peer.send({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0' });
  assert.equal(peer.takeOne('SHUTDOWN_AGENT').message, 'Agent attempted to reregister with different IP / hostname');
  const reservations = [{ type: 'DYNAMIC' as const, role: 'a' }];
  const reserved = resources('disk:10').map((resource) => ({ ...resource, reservations }));
  world.operator({ type: 'RESERVE_RESOURCES', agentId: agent.id, resources: reserved });
  agent.close();
  const back = comeBack(world, agent);
  assert.match(back.takeOne('SHUTDOWN_AGENT').message, /^Incompatible agent resources: /);
  const without = world.agentLink();
  without.send({ type: 'REREGISTER_AGENT', agentInfo: { hostname: 'x' }, version: '1.11.0' });
  assert.equal(without.closed, 'an agent that comes back needs its id');
});

test('[B29] an agent that comes back while its old link still seems whole has the old one closed', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  launched(world, framework, agent, 't');
  world.advance(10_000);
  const [offer] = framework.offers();
  const back = comeBack(world, agent, { tasks: [running(framework, agent, 't')], frameworks: [world.state.frameworks.get(framework.id)!.info] });
  assert.equal(agent.closed, 'the agent came back on another link');
  assert.equal(framework.takeOne('RESCIND').offerId, offer?.id);
  assert.equal(back.take('AGENT_REREGISTERED').length, 1);
  assert.deepEqual(framework.statuses(), []);
});

test('[B29] another description goes to the registry first', () => {
  const world = new World();
  const agent = world.agent();
  agent.close();
  world.holdRegistry = true;
  const agentInfo = { id: agent.id, hostname: `host${agent.link}`, port: 5051, resources: resources('cpus:9') };
  const back = comeBack(world, agent, { agentInfo });
  assert.deepEqual(back.take(), []);
  world.releaseRegistry();
  assert.deepEqual(back.types().slice(0, 1), ['AGENT_REREGISTERED']);
  assert.deepEqual(world.registry.agents.get(agent.id), agentInfo);
  assert.equal(String(world.state.agents.get(agent.id)!.total), 'cpus:9');
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
  for (const peer of [framework, bystander]) assert.deepEqual(peer.takeOne('FAILURE'), { type: 'FAILURE', agentId: agent.id });
  assert.equal(world.state.counters.plain['slave_removals/reason_unregistered'], 1);
  assert.equal(world.state.removedAgents.has(agent.id), true);
});

test('[B36] removed and unreachable agents are remembered up to a bound', () => {
  const world = new World({ maxRemovedAgents: 2 });
  for (let i = 0; i < 4; i++) {
    const agent = world.agent();
    agent.answersPings = false;
    world.advance(100_000);
  }
  assert.deepEqual([...world.state.unreachableAgents.keys()], ['master-S2', 'master-S3']);
  assert.equal(world.state.removedAgents.size, 2);
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
  agent.send({ type: 'UPDATE_AGENT', agentId: agent.id, totalResources: resources('cpus:8;mem:64'), oversubscribedResources });
  assert.equal(framework.takeOne('RESCIND').offerId, offer?.id);
  world.advance(1_000);
  const amounts = framework.offers()[0]?.resources.map(({ name, scalar, revocable }) => [name, scalar, revocable === true]);
  assert.deepEqual(amounts, [['cpus', 8, false], ['cpus', 2, true], ['mem', 64, false]]);
  agent.send({ type: 'UPDATE_AGENT', agentId: agent.id, totalResources: resources('cpus:8;mem:64'), oversubscribedResources });
  assert.deepEqual(framework.take('RESCIND'), [], 'nothing has changed');
});
