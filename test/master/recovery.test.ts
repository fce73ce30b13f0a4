/** A new leader: the registry it takes over, the agents it awaits, and those it gives up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotRegistry } from '../../src/protocol/registry.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { viewMetrics } from '../../src/master/core/metrics.js';
import { viewState } from '../../src/master/core/views/index.js';
import { comeBack, running } from './agent-scenes.js';
import { nextMaster, withAgents } from './failover-scenes.js';
import { type AgentPeer, asAgent, START_MS, task, World } from './harness.js';

const MINUTE = 60_000;
const RATE = { count: 1, perMs: 10 * MINUTE };

/** The agent of this number comes back to another master. */
function back(world: World, id: AgentId, number: number): AgentPeer {
  return comeBack(world, { id, link: number } as AgentPeer);
}

test('[B21] nobody is served before the registry is there; then agents come back to what was known', () => {
  const { before, ids } = withAgents(2);
  const world = nextMaster(before, {}, true);
  assert.equal(viewMetrics(world.state, START_MS)['master/elected'], 0);
  assert.equal(viewState(world.state)['elected_time'], undefined);
  const early = back(world, ids[0]!, 1);
  assert.equal(early.closed, 'Master has not finished recovery');
  const framework = world.frameworkLink();
  framework.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'nobody', name: 'early' } });
  assert.deepEqual([framework.closed, framework.take()], ['Master has not finished recovery', []]);
  const answer = world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: 'a', weight: 2 }] });
  assert.deepEqual([answer.status, answer.body], [503, 'Master has not finished recovery']);
  world.advance(5_000);
  world.recover();
  assert.equal(viewState(world.state)['elected_time'], (START_MS + 5_000) / 1000);
  const agent = back(world, ids[0]!, 1);
  assert.equal(agent.takeOne('AGENT_REREGISTERED').agentId, ids[0]);
  assert.deepEqual([...world.state.recoveredAgents.keys()], [ids[1]]);
  world.recover();
  assert.equal(world.state.agents.size, 1, 'a second registry changes nothing');
});

test('[B21] weights of the configuration go into a registry without any, and give way to those it has', () => {
  const { before } = withAgents(0);
  const weights = [{ role: 'a', weight: 3 }];
  const first = nextMaster(before, { weights });
  assert.deepEqual([...first.registry.weights], [['a', 3]]);
  first.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: 'a', weight: 7 }] });
  const second = nextMaster(first, { weights });
  assert.equal(second.state.allocator.role('a').weight, 7);
  assert.deepEqual([...second.registry.weights], [['a', 7]]);
});

test('a registry that asks for what this master cannot do ends it', () => {
  const { before } = withAgents(1);
  before.registry.minimumCapabilities.add('TELEPORTATION');
  const world = nextMaster(before);
  const reason = 'Master is missing the following minimum capabilities: TELEPORTATION';
  assert.deepEqual(world.exits, [{ type: 'Exit', reason, code: 1 }]);
  assert.equal(world.state.electedMs, null);
  assert.equal(back(world, asAgent('x'), 1).types().length, 0, 'it does nothing any more');
});

test('[A17] with a quota in the registry no offers go out until enough agents are back, or time is out', () => {
  const { before, ids } = withAgents(5);
  const guarantees = { cpus: 1 };
  before.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a', guarantees }], force: true });
  const settle = (world: World): number => {
    world.advance(2_000);
    return world.state.offers.size;
  };
  const world = nextMaster(before);
  world.framework();
  for (let i = 0; i < 3; i++) back(world, ids[i]!, i + 1);
  assert.equal(settle(world), 0, '3 of 5 agents');
  back(world, ids[3]!, 4);
  assert.equal(settle(world), 4, '4 of 5 agents are 80 %');
  const slow = nextMaster(before);
  slow.framework();
  back(slow, ids[0]!, 1);
  slow.advance(9 * MINUTE);
  assert.equal(slow.state.offers.size, 0);
  slow.advance(2 * MINUTE);
  assert.equal(slow.state.offers.size, 1, 'after ten minutes with what is there');
  const free = nextMaster(withAgents(5).before);
  free.framework();
  back(free, ids[0]!, 1);
  assert.equal(settle(free), 1, 'without quota nothing is held off');
});

test('[B23] agents that are not back in time are unreachable, in the registry first', () => {
  const { before, ids } = withAgents(3);
  const world = nextMaster(before);
  const framework = world.framework();
  world.advance(9 * MINUTE);
  back(world, ids[1]!, 2);
  assert.equal(world.state.unreachableAgents.size, 0);
  world.holdRegistry = true;
  world.advance(2 * MINUTE);
  assert.equal(world.state.unreachableAgents.size, 0, 'not before the registry has it');
  world.holdRegistry = false;
  world.releaseRegistry();
  assert.deepEqual([...world.state.unreachableAgents.keys()], [ids[0], ids[2]]);
  assert.deepEqual([...world.registry.unreachable.keys()], [ids[0], ids[2]]);
  assert.deepEqual([...world.registry.agents.keys()], [ids[1]]);
  assert.deepEqual(framework.take('FAILURE').map(({ agentId }) => agentId), [ids[0], ids[2]]);
  const { plain } = world.state.counters;
  assert.deepEqual([plain.recovery_slave_removals, plain.slave_unreachable_completed], [2, 2]);
});

test('[B24] a master that would have to give up too many agents after a failover ends instead', () => {
  const { before, ids } = withAgents(4);
  const world = nextMaster(before, { recoveryAgentRemovalLimit: 0.5 });
  back(world, ids[0]!, 1);
  world.advance(11 * MINUTE);
  const [exit] = world.exits;
  assert.match(exit?.reason ?? '', /^Post-recovery agent removal limit exceeded! After 600secs there were 3 \(75%\)/);
  assert.match(exit?.reason ?? '', /configured removal limit is 50%/);
  assert.equal(world.registry.unreachable.size, 0, 'none is given up');
  const other = nextMaster(before, { recoveryAgentRemovalLimit: 0.5 });
  back(other, ids[0]!, 1);
  back(other, ids[1]!, 2);
  other.advance(11 * MINUTE);
  assert.deepEqual(other.exits, []);
  assert.equal(other.registry.unreachable.size, 2);
  assert.throws(() => new World({ recoveryAgentRemovalLimit: 1.5 }), /recoveryAgentRemovalLimit/);
});

test('[B34] agents are given up in turn, as often as the limit allows; who comes back costs no turn', () => {
  const { before, ids } = withAgents(4);
  const world = nextMaster(before, { agentRemovalRate: RATE });
  const { plain } = world.state.counters;
  world.advance(11 * MINUTE);
  assert.deepEqual([...world.registry.unreachable.keys()], [ids[0]]);
  back(world, ids[1]!, 2).takeOne('AGENT_REREGISTERED');
  assert.equal(plain.slave_unreachable_canceled, 1);
  world.advance(10 * MINUTE);
  assert.deepEqual([...world.registry.unreachable.keys()], [ids[0], ids[2]]);
  world.advance(10 * MINUTE);
  assert.deepEqual([...world.registry.unreachable.keys()], [ids[0], ids[2], ids[3]]);
  assert.deepEqual([plain.slave_unreachable_scheduled, plain.slave_unreachable_completed], [4, 3]);
});

test('[B34] agents that do not answer pings wait for their turn too, and answer in time to be spared', () => {
  const world = new World({ agentRemovalRate: RATE });
  const agents = [world.agent(), world.agent(), world.agent()];
  for (const agent of agents) agent.answersPings = false;
  world.advance(2 * MINUTE);
  assert.deepEqual([...world.registry.unreachable.keys()], [agents[0]!.id]);
  agents[1]!.answersPings = true;
  agents[1]!.send({ type: 'PONG' });
  world.advance(20 * MINUTE);
  assert.deepEqual([...world.registry.unreachable.keys()], [agents[0]!.id, agents[2]!.id]);
  assert.equal(world.state.counters.plain.slave_unreachable_canceled, 1);
});

test('[B25] unreachable and gone agents leave the registry when they are too old or too many', () => {
  const { before, ids } = withAgents(4);
  const age = { registryMaxAgentAgeMs: 60 * MINUTE, registryGcIntervalMs: 15 * MINUTE };
  const world = nextMaster(before, { ...age, registryMaxAgentCount: 2 });
  world.operator({ type: 'MARK_AGENT_GONE', agentId: ids[3]! });
  world.advance(11 * MINUTE);
  assert.equal(world.registry.unreachable.size, 3);
  world.advance(5 * MINUTE);
  assert.deepEqual([...world.registry.unreachable.keys()], [ids[1], ids[2]], 'two are kept');
  assert.deepEqual([...world.state.unreachableAgents.keys()], [ids[1], ids[2]]);
  const later = nextMaster(world, age);
  later.advance(50 * MINUTE);
  assert.equal(later.registry.unreachable.size, 2);
  later.advance(45 * MINUTE);
  assert.deepEqual([later.registry.unreachable.size, later.registry.gone.size], [0, 0]);
  assert.deepEqual([later.state.unreachableAgents.size, later.state.goneAgents.size], [0, 0]);
  assert.ok(!later.timers.has('registry-gc'), 'nothing is left to look for');
});

test('[B40][B39][C51] deactivated and drained agents stay so after a failover', () => {
  const { before: first, ids } = withAgents(3);
  const before = nextMaster(first);
  before.operator({ type: 'DEACTIVATE_AGENT', agentId: ids[0]! });
  before.operator({ type: 'DRAIN_AGENT', agentId: ids[1]!, maxGracePeriodMs: 2_000, markGone: true });
  assert.deepEqual([...before.registry.minimumCapabilities], ['AGENT_DRAINING']);
  const world = nextMaster(before);
  const framework = world.framework();
  back(world, ids[0]!, 1);
  const able = { capabilities: ['MULTI_ROLE', 'AGENT_DRAINING'] };
  const frameworks = [world.state.frameworks.get(framework.id)!.info];
  const doomed = { id: ids[1]!, link: 2 } as AgentPeer;
  const drained = comeBack(world, doomed, { ...able, tasks: [running(framework, doomed, 't')], frameworks });
  assert.deepEqual(drained.takeOne('DRAIN').config, { maxGracePeriodMs: 2_000, markGone: true });
  assert.deepEqual(drained.take('KILL_TASK'), [], 'the agent does that');
  back(world, ids[2]!, 3);
  world.advance(2_000);
  assert.deepEqual(framework.offers().map(({ agentId }) => agentId), [ids[2]]);
  drained.update(framework.id, drained.status('t', 'TASK_KILLED'));
  const [status] = framework.statuses();
  assert.equal(status?.reason, 'REASON_AGENT_DRAINING');
  framework.acknowledge(status);
  assert.deepEqual([...world.registry.gone.keys()], [ids[1]]);
  assert.equal(drained.take('SHUTDOWN_AGENT').length, 1);
});

test('[B43] several agents share a machine; their maintenance outlives a failover', () => {
  const { before, ids } = withAgents(2);
  for (const id of ids) before.registry.agents.set(id, { ...before.registry.agents.get(id)!, hostname: 'shared' });
  const id = { hostname: 'SHARED' };
  const windows = [{ machineIds: [id], unavailability: { startMs: START_MS } }];
  before.operator({ type: 'UPDATE_MAINTENANCE_SCHEDULE', schedule: { windows } });
  const world = nextMaster(before);
  const agents = ids.map((agentId, at) => {
    const info = world.state.recoveredAgents.get(agentId)!;
    const peer = world.agentLink();
    return peer.send({ type: 'REREGISTER_AGENT', agentInfo: { ...info, port: 5051 + at }, version: '1.11.0' });
  });
  for (const agentId of ids) assert.equal(world.state.agents.get(agentId)!.unavailability?.startMs, START_MS);
  assert.equal(world.operator({ type: 'START_MAINTENANCE', machines: [id] }).status, 200);
  for (const agent of agents) assert.equal(agent.take('SHUTDOWN_AGENT').length, 1);
  assert.equal(world.registry.agents.size, 0);
  const next = nextMaster(world);
  const down = back(next, ids[0]!, 1);
  assert.deepEqual(down.take('SHUTDOWN_AGENT'), [], 'another machine');
  const late = next.agentLink();
  const agentInfo = { id: ids[1]!, hostname: 'shared', port: 5051 };
  late.send({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0' });
  assert.equal(late.takeOne('SHUTDOWN_AGENT').message, 'Machine is `DOWN`');
});

test('[B45] an agent with as many executors as it may have is not offered', () => {
  const world = new World({ maxExecutorsPerAgent: 1 });
  const framework = world.framework();
  const agent = world.agent();
  world.settle();
  const [offer] = framework.offers();
  const executor = { executorId: 'e' as never, command: { value: 'run' } };
  const taskInfos = [task('t', offer!, 'cpus:1;mem:64', { executor })];
  framework.accept([offer!], [{ type: 'LAUNCH', launch: { taskInfos } }], 0);
  world.advance(10_000);
  assert.deepEqual(framework.offers(), []);
  agent.send({
    type: 'EXITED_EXECUTOR', agentId: agent.id, frameworkId: framework.id, executorId: 'e' as never, status: 0,
  });
  agent.update(framework.id, agent.status('t', 'TASK_LOST'));
  world.advance(10_000);
  assert.equal(framework.offers().length, 1);
});

test('what a registry holds comes back from its snapshot', () => {
  const { before, ids } = withAgents(2);
  before.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a', limits: { cpus: 1 } }], force: true });
  before.operator({ type: 'DEACTIVATE_AGENT', agentId: ids[0]! });
  const world = nextMaster(before);
  assert.deepEqual(snapshotRegistry(world.registry), snapshotRegistry(before.registry));
  assert.deepEqual([...world.registry.minimumCapabilities].sort(), ['AGENT_DRAINING', 'QUOTA_V2']);
  before.operator({ type: 'REACTIVATE_AGENT', agentId: ids[0]! });
  before.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a' }] });
  assert.deepEqual([...before.registry.minimumCapabilities], []);
});

