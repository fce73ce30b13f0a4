/** Frameworks and tasks after the master has failed: what a new one learns from agents, and what it answers before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameworkId } from '../../src/protocol/schema.js';
import { viewState } from '../../src/master/core/views/index.js';
import { comeBack, running } from './agent-scenes.js';
import { nextMaster, withAgents } from './failover-scenes.js';
import { type AgentPeer, asAgent, asFramework, asTask, type FrameworkPeer, type World } from './harness.js';

const MINUTE = 60_000;
const AWARE = [{ type: 'PARTITION_AWARE' }];
const INFO = { user: 'nobody', name: 'f', capabilities: AWARE, checkpoint: true, failoverTimeoutSeconds: 3600 };
const ID = asFramework('master-0000');
const FRAMEWORKS = [{ ...INFO, id: ID }];

interface Scene {
  readonly world: World;
  readonly agent: AgentPeer;
}

/** A new master, and an agent that comes back to it with tasks of a framework that does not. */
function scene(tasks: readonly string[], info: Partial<typeof INFO> = {}): Scene {
  const { before, ids } = withAgents(1);
  const world = nextMaster(before);
  const known = { id: ids[0]!, link: 1 } as AgentPeer;
  const frameworks = [{ ...INFO, ...info, id: ID }];
  const agent = comeBack(world, known, { frameworks, tasks: tasks.map((id) => running({ id: ID }, known, id)) });
  agent.take();
  return { world, agent };
}

function subscribe(world: World, id: FrameworkId = ID): FrameworkPeer {
  const peer = world.frameworkLink();
  peer.send({ type: 'SUBSCRIBE', frameworkInfo: { ...INFO, id }, frameworkId: id });
  peer.id = peer.takeOne('SUBSCRIBED').frameworkId;
  peer.take('HEARTBEAT');
  return peer;
}

test('[B26][B27] a framework that only an agent knows holds what it holds, is shown, and may subscribe', () => {
  const { world, agent } = scene(['t']);
  const shown = viewState(world.state)['frameworks'] as Record<string, unknown>[];
  assert.deepEqual(shown.map(({ id, recovered, connected, active }) => [id, recovered, connected, active]), [
    [ID, true, false, false],
  ]);
  assert.deepEqual((shown[0]!['tasks'] as { id: string; state: string }[]).map(({ id, state }) => [id, state]), [
    ['t', 'TASK_RUNNING'],
  ]);
  assert.equal(world.state.allocator.agent(agent.id).available.toString(), 'cpus:3; mem:4032');
  world.advance(5_000);
  assert.equal(world.state.offers.size, 0, 'nobody is there to be offered anything');
  agent.update(ID, agent.status('t', 'TASK_FAILED'));
  const framework = subscribe(world);
  assert.deepEqual(agent.takeOne('UPDATE_FRAMEWORK_INFO').frameworkInfo.id, ID);
  assert.equal(world.state.frameworks.get(ID)!.recovered, false);
  const status = agent.status('t', 'TASK_FAILED');
  agent.update(ID, status);
  framework.acknowledge(framework.statuses()[0]!);
  assert.deepEqual(agent.takeOne('STATUS_UPDATE_ACKNOWLEDGEMENT').uuid, status.uuid);
  assert.equal(world.state.frameworks.get(ID)!.tasks.size, 0);
});

test('[B26] a framework that subscribes before its agents come back gets their tasks without being told', () => {
  const { before, ids } = withAgents(1);
  const world = nextMaster(before);
  const framework = subscribe(world);
  const known = { id: ids[0]!, link: 1 } as AgentPeer;
  comeBack(world, known, { frameworks: FRAMEWORKS, tasks: [running({ id: ID }, known, 't')] });
  assert.deepEqual(framework.statuses(), []);
  framework.send({ type: 'RECONCILE' });
  assert.deepEqual(framework.statuses().map(({ taskId, state }) => [taskId, state]), [['t', 'TASK_RUNNING']]);
});

test('[B48] a framework that nobody but agents knows has its time-out to come back, and as long as agents have', () => {
  const { world, agent } = scene(['t'], { failoverTimeoutSeconds: 1200 });
  world.advance(19 * MINUTE);
  assert.ok(world.state.frameworks.has(ID));
  world.advance(2 * MINUTE);
  assert.ok(!world.state.frameworks.has(ID));
  assert.equal(agent.takeOne('SHUTDOWN_FRAMEWORK').frameworkId, ID);
  const late = world.frameworkLink();
  late.send({ type: 'SUBSCRIBE', frameworkInfo: { ...INFO, id: ID }, frameworkId: ID });
  assert.equal(late.takeOne('ERROR').message, 'Framework has been removed');
  const hasty = scene(['t'], { failoverTimeoutSeconds: 0 }).world;
  hasty.advance(9 * MINUTE);
  subscribe(hasty);
  hasty.advance(20 * MINUTE);
  assert.ok(hasty.state.frameworks.has(ID), 'no time-out runs any more');
});

test('[B47] after a failover of the master too, the scheduler that subscribes last has the framework', () => {
  const { world } = scene(['t']);
  const first = subscribe(world);
  const second = subscribe(world);
  assert.equal(first.takeOne('ERROR').message, 'Framework failed over');
  assert.ok(first.closed !== null);
  second.send({ type: 'RECONCILE' });
  assert.equal(second.statuses()[0]?.state, 'TASK_RUNNING');
});

test('[B29] tasks of a framework that was torn down are not taken back: the agent is told to end them', () => {
  const { before, ids } = withAgents(2);
  const world = nextMaster(before);
  subscribe(world).send({ type: 'TEARDOWN' });
  const known = { id: ids[0]!, link: 1 } as AgentPeer;
  const agent = comeBack(world, known, { frameworks: FRAMEWORKS, tasks: [running({ id: ID }, known, 't')] });
  assert.equal(agent.takeOne('SHUTDOWN_FRAMEWORK').frameworkId, ID);
  assert.equal(world.state.agents.get(agent.id)!.tasks.size, 0);
});

test('[B79][B165][B166][B167][B168][B170] reconciliation while agents are awaited, and after', () => {
  const { before, ids } = withAgents(2);
  const world = nextMaster(before);
  const framework = subscribe(world);
  const states = (...tasks: [string, (string | undefined)?][]): (string | null)[] =>
    tasks.map(([id, agentId]) => {
      const named = agentId === undefined ? {} : { agentId: asAgent(agentId) };
      framework.send({ type: 'RECONCILE', tasks: [{ taskId: asTask(id), ...named }] });
      const [status] = framework.statuses();
      if (status === undefined) return null;
      assert.deepEqual([status.reason, status.uuid], ['REASON_RECONCILIATION', undefined]);
      return status.state;
    });
  const all: [string, (string | undefined)?][] = [['t', ids[0]], ['x', ids[0]], ['t', ids[1]], ['x', 'nobody'], ['x']];
  assert.deepEqual(states(...all), [null, null, null, 'TASK_UNKNOWN', null]);
  const known = { id: ids[0]!, link: 1 } as AgentPeer;
  comeBack(world, known, { frameworks: FRAMEWORKS, tasks: [running({ id: ID }, known, 't')] });
  assert.deepEqual(states(...all), ['TASK_RUNNING', 'TASK_GONE', 'TASK_RUNNING', 'TASK_UNKNOWN', null]);
  world.holdRegistry = true;
  world.advance(11 * MINUTE);
  assert.deepEqual(states(['y', ids[1]], ['x']), [null, null], 'the registry is just being told');
  world.holdRegistry = false;
  world.releaseRegistry();
  assert.deepEqual(states(['y', ids[1]], ['x', 'nobody'], ['x']), ['TASK_UNREACHABLE', 'TASK_UNKNOWN', 'TASK_UNKNOWN']);
});

test('[B80] implicit reconciliation tells what is known so far, and more when agents are back', () => {
  const { before, ids } = withAgents(2);
  const world = nextMaster(before);
  const framework = subscribe(world);
  const seen = (): string[] => {
    framework.send({ type: 'RECONCILE' });
    return framework.statuses().map(({ taskId }) => taskId);
  };
  const peers = ids.map((id, at) => ({ id, link: at + 1 }) as AgentPeer);
  assert.deepEqual(seen(), []);
  for (const peer of peers) {
    comeBack(world, peer, { frameworks: FRAMEWORKS, tasks: [running({ id: ID }, peer, `t${peer.link}`)] });
  }
  assert.deepEqual(seen(), ['t1', 't2']);
});

test('[B163][B169] agents that are gone for good stay so after a failover', () => {
  const { before, ids } = withAgents(2);
  before.operator({ type: 'MARK_AGENT_GONE', agentId: ids[0]! });
  const world = nextMaster(before);
  world.operator({ type: 'MARK_AGENT_GONE', agentId: ids[1]! });
  assert.deepEqual([...world.registry.gone.keys()], ids);
  const aware = subscribe(world);
  const plain = world.framework();
  for (const id of ids) {
    for (const [framework, state] of [[aware, 'TASK_GONE_BY_OPERATOR'], [plain, 'TASK_LOST']] as const) {
      framework.send({ type: 'RECONCILE', tasks: [{ taskId: asTask('t'), agentId: id }] });
      assert.equal(framework.statuses()[0]?.state, state);
    }
  }
  const known = { id: ids[0]!, link: 1 } as AgentPeer;
  const late = comeBack(world, known, { frameworks: FRAMEWORKS, tasks: [running({ id: ID }, known, 't')] });
  assert.equal(late.takeOne('SHUTDOWN_AGENT').message, 'Agent has been marked gone');
  assert.equal(world.state.agents.size, 0);
});

test('[B36] an agent that the master before gave up comes back to its successor, with its tasks', () => {
  const { before, ids } = withAgents(1);
  const between = nextMaster(before);
  between.advance(11 * MINUTE);
  const world = nextMaster(between);
  assert.deepEqual([...world.state.unreachableAgents.keys()], ids);
  const framework = subscribe(world);
  framework.send({ type: 'RECONCILE', tasks: [{ taskId: asTask('t'), agentId: ids[0]! }] });
  assert.equal(framework.statuses()[0]?.state, 'TASK_UNREACHABLE');
  const known = { id: ids[0]!, link: 1 } as AgentPeer;
  comeBack(world, known, { frameworks: FRAMEWORKS, tasks: [running({ id: ID }, known, 't')] });
  const [status] = framework.statuses();
  assert.deepEqual([status?.state, status?.reason], ['TASK_RUNNING', 'REASON_AGENT_REREGISTERED']);
  assert.deepEqual([world.registry.unreachable.size, [...world.registry.agents.keys()]], [0, ids]);
});
