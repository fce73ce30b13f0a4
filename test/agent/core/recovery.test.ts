/** What an agent writes down before it acts, and what the next run makes of it. A map of keys is the disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentConfig } from '../../../src/agent/core/config.js';
import { createAgent } from '../../../src/agent/core/create.js';
import type { AgentEffect } from '../../../src/agent/core/events.js';
import { recoverAgent } from '../../../src/agent/core/recovered.js';
import { type CheckpointRecord, decodeCheckpoint, encodeCheckpoint } from '../../../src/protocol/checkpoint.js';
import type { FrameworkInfo } from '../../../src/protocol/framework.js';
import type { Resource } from '../../../src/protocol/common.js';
import { AGENT, executorId, FRAMEWORK, frameworkInfo, Harness, only, sent, sentTypes } from './harness.js';
import { task, taskId, updates, uuid } from './harness.js';

type Disk = Map<string, Uint8Array>;

/** What a driver does with the checkpoints of a turn. */
function write(disk: Disk, effects: readonly AgentEffect[]): void {
  for (const { key, record } of only(effects, 'Checkpoint')) {
    if (record !== null) disk.set(key, encodeCheckpoint(record).slice());
    else if (!key.endsWith('/')) disk.delete(key);
    else for (const known of [...disk.keys()]) if (known.startsWith(key)) disk.delete(known);
  }
}

function entries(disk: Disk): [string, CheckpointRecord][] {
  return [...disk].map(([key, bytes]) => [key, decodeCheckpoint(bytes)]);
}

/** An agent whose effects are written to a disk as they come. */
class Checkpointed extends Harness {
  readonly disk: Disk = new Map();

  static start(config: Partial<AgentConfig> = {}): Checkpointed {
    const agent = new Checkpointed(config);
    agent.register();
    return agent;
  }

  register(): void {
    this.event({ type: 'MasterDetected', at: this.nowMs, master: 'm:1' });
    this.advance(2_000, 'register');
    this.openMaster();
    this.fromMaster({ type: 'AGENT_REGISTERED', agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 });
    this.take();
  }

  override take(): AgentEffect[] {
    const effects = super.take();
    write(this.disk, effects);
    return effects;
  }

  /** The process dies; another starts with what is on disk. */
  restart(config: Partial<AgentConfig> = {}): Checkpointed {
    this.take();
    const agent = new Checkpointed(config);
    const agentInfo = { ...agent.state.config.agentInfo, id: AGENT };
    const made = createAgent({ ...agent.state.config, seed: 8, agentInfo }, recoverAgent(entries(this.disk)));
    Object.assign(agent, { state: made, nowMs: this.nowMs, disk: this.disk });
    agent.event({ type: 'RecoveryBegan', at: agent.nowMs });
    agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:1' });
    return agent;
  }

  /** Goes to the master once the executors are back. */
  reregister(): AgentEffect[] {
    this.advance(2_000, 'register');
    this.openMaster(99);
    const effects = this.take();
    this.fromMaster({ type: 'AGENT_REREGISTERED', agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 }, 99);
    return effects;
  }
}

const CHECKPOINTING: FrameworkInfo = { ...frameworkInfo(FRAMEWORK, 'PARTITION_AWARE'), checkpoint: true };
const STARTED = { type: 'ExecutorStarted', pid: 42, startTicks: 7 } as const;

/** An agent with an executor that runs a task `t1`, which has said so. */
function working(): { agent: Checkpointed; link: number } {
  const agent = Checkpointed.start();
  agent.run(task('t1', { data: uuid(5) }), { frameworkInfo: CHECKPOINTING });
  const { containerId } = agent.executor();
  agent.event({ ...STARTED, at: agent.nowMs, containerId });
  const link = agent.subscribe();
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  return { agent, link };
}

test('[C54] [C55] an update is on disk before it is forwarded and acknowledged to the executor', () => {
  const { agent, link } = working();
  agent.take();
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  const kinds = agent.take().flatMap((effect) => {
    if (effect.type === 'Checkpoint') return [effect.key.replace(/^runs\/[^/]+/, '')];
    return effect.type === 'Send' ? [effect.message.type] : [];
  });
  assert.deepEqual(kinds, ['/tasks/t1/updates/00000001', 'ACKNOWLEDGED']);
  agent.acknowledge('t1', 1);
  assert.deepEqual(
    only(agent.take(), 'Checkpoint').map(({ key, record }) => [key.replace(/^runs\/[^/]+/, ''), record?.type]),
    [['/tasks/t1/acks/00000000', 'ACKNOWLEDGEMENT']],
  );
});

test('[C61] the checkpoint follows the paths of Mesos; what is over is not in it', () => {
  const { agent, link } = working();
  agent.take();
  const run = `runs/${agent.executor().containerId}`;
  const there = ['agent.info', `frameworks/${FRAMEWORK}/framework.info`, `${run}/executor.info`, `${run}/forked.pid`];
  const ofTask = [`${run}/tasks/t1/task.info`, `${run}/tasks/t1/updates/00000000`];
  assert.deepEqual([...agent.disk.keys()].sort(), [...there, ...ofTask].sort());
  const stored = entries(agent.disk).find(([key]) => key.endsWith('task.info'))?.[1];
  assert.equal(stored?.type === 'TASK' && stored.taskInfo.data, undefined, 'data is for the executor only');
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.acknowledge('t1', 1);
  agent.acknowledge('t1', 2);
  agent.take();
  assert.deepEqual([...agent.disk.keys()].sort(), there.sort());
  agent.exit();
  agent.take();
  assert.deepEqual([...agent.disk.keys()], ['agent.info']);
});

test('[C61] of frameworks that do not checkpoint nothing is written', () => {
  const agent = Checkpointed.start();
  agent.run(task('t1'));
  agent.update(agent.subscribe(), 't1', 'TASK_RUNNING', 1);
  agent.take();
  assert.deepEqual([...agent.disk.keys()], ['agent.info']);
});

test('[C67] a restarted agent tells the master all it runs, once its executors are back', () => {
  const { agent } = working();
  const again = agent.restart();
  assert.deepEqual(sentTypes(again.take()), [], 'the executor is not back yet');
  assert.equal(again.state.phase, 'RECOVERING');
  again.subscribe('e1');
  assert.equal(again.state.phase, 'DISCONNECTED');
  const [message] = sent(again.reregister(), 'REREGISTER_AGENT');
  assert.ok(message);
  assert.equal(message.agentInfo.id, AGENT);
  assert.deepEqual(message.frameworks, [CHECKPOINTING]);
  assert.deepEqual(message.executors?.map(({ pid, executorInfo: { executorId: id } }) => [id, pid]), [['e1', 42]]);
  assert.deepEqual(
    message.tasks?.map(({ taskId: id, state, statusUpdateState }) => [id, state, statusUpdateState]),
    [['t1', 'TASK_RUNNING', 'TASK_RUNNING']],
  );
  assert.notEqual(message.resourceVersion, agent.state.resourceVersion);
});

test('[C54] [D61] after a restart updates go on where they were: the same uuid, in order, none forgotten', () => {
  const { agent, link } = working();
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  const again = agent.restart();
  const back = again.subscribe('e1', {
    unacknowledgedUpdates: [{ status: { taskId: taskId('t1'), state: 'TASK_FINISHED', uuid: uuid(2) } }],
  });
  const known = again.take();
  assert.equal(sent(known, 'ACKNOWLEDGED', back).length, 1, 'a duplicate is acknowledged');
  assert.equal(only(known, 'Checkpoint').length, 0, 'and not stored again');
  again.reregister();
  assert.deepEqual(sent(again.take(), 'STATUS_UPDATE').map(({ update }) => update.uuid), [uuid(1)]);
  again.acknowledge('t1', 1);
  assert.deepEqual(sent(again.take(), 'STATUS_UPDATE').map(({ update }) => update.uuid), [uuid(2)]);
  const third = again.restart();
  third.subscribe('e1');
  third.reregister();
  assert.deepEqual(sent(third.take(), 'STATUS_UPDATE').map(({ update }) => update.uuid), [uuid(2)]);
  third.acknowledge('t1', 2);
  third.take();
  assert.equal([...third.disk.keys()].some((key) => key.includes('/tasks/')), false);
});

test('[C28] what an executor says that comes back counts: its updates, and the tasks it has not seen', () => {
  const agent = Checkpointed.start();
  agent.run(task('t1'), { frameworkInfo: CHECKPOINTING });
  agent.subscribe();
  agent.run(task('t2'), { frameworkInfo: CHECKPOINTING });
  const again = agent.restart();
  again.subscribe('e1', {
    unacknowledgedTasks: [task('t1')],
    unacknowledgedUpdates: [{ status: { taskId: taskId('t1'), state: 'TASK_RUNNING', uuid: uuid(1) } }],
  });
  again.reregister();
  assert.deepEqual(updates(again.take()), [
    ['t1', 'TASK_RUNNING', undefined, undefined],
    ['t2', 'TASK_DROPPED', 'REASON_AGENT_RESTARTED', 'Task launched during agent restart'],
  ]);
});

test('[C30] an executor that is not back in time is destroyed; without PARTITION_AWARE its tasks are lost', () => {
  const { agent } = working();
  agent.take();
  agent.disk.set(
    `frameworks/${FRAMEWORK}/framework.info`,
    encodeCheckpoint({ type: 'FRAMEWORK', frameworkInfo: { ...CHECKPOINTING, capabilities: [] } }).slice(),
  );
  const again = agent.restart();
  again.take();
  again.advance(1_999);
  assert.deepEqual(only(again.take(), 'DestroyExecutor'), []);
  again.advance(1);
  assert.equal(only(again.take(), 'DestroyExecutor').length, 1);
  const tooLate = again.subscribe('e1');
  assert.deepEqual(sentTypes(again.take(), tooLate), ['EXECUTOR_SHUTDOWN']);
  again.exit('e1', 9);
  again.reregister();
  again.acknowledge('t1', 1);
  assert.deepEqual(updates(again.take()).at(-1), [
    't1',
    'TASK_LOST',
    'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
    'Executor did not reregister within 2secs',
  ]);
});

test('[C27] an executor that had got no task is ended when it comes back; one that had goes on', () => {
  const idle = Checkpointed.start();
  idle.run(task('t1'), { frameworkInfo: CHECKPOINTING });
  const again = idle.restart();
  assert.deepEqual(sentTypes(again.take(), again.subscribe('e1')), []);
  assert.ok(sentTypes(again.take()).includes('EXECUTOR_SHUTDOWN'));
  const { agent, link } = working();
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.acknowledge('t1', 1);
  agent.acknowledge('t1', 2);
  const busy = agent.restart();
  const back = busy.subscribe('e1');
  assert.deepEqual(sentTypes(busy.take(), back), ['EXECUTOR_SUBSCRIBED']);
});

test('[C66] reservations and volumes survive, also when the agent comes back as a new one', () => {
  const cpu: Resource = { name: 'cpus', type: 'SCALAR', scalar: 1, reservations: [{ type: 'DYNAMIC', role: 'dev' }] };
  const agent = Checkpointed.start();
  agent.fromMaster({ type: 'CHECKPOINT_RESOURCES', resources: [cpu] });
  assert.ok(only(agent.take(), 'Checkpoint').length > 0);
  const again = agent.restart();
  assert.equal(String(again.state.totalResources), String(agent.state.totalResources));
  assert.match(String(again.state.checkpointedResources), /dev/);
  const fresh = createAgent(new Harness().state.config, recoverAgent(entries(agent.disk)));
  assert.equal(fresh.info.id, undefined);
  assert.match(String(fresh.checkpointedResources), /dev/);
  const small = new Harness().state.config.resources.minus(new Harness().state.config.resources);
  const config = { ...new Harness().state.config, resources: small };
  assert.throws(() => createAgent(config, recoverAgent(entries(agent.disk))), /the agent has/);
});

test('[C51] an agent that drains kills its tasks with the maximum grace, takes none, and survives a restart', () => {
  const { agent, link } = working();
  agent.take();
  agent.fromMaster({ type: 'DRAIN', config: { maxGracePeriodMs: 100, markGone: true } });
  const effects = agent.take();
  assert.deepEqual(sent(effects, 'EXECUTOR_KILL', link).map(({ killPolicy }) => killPolicy), [{ gracePeriodMs: 100 }]);
  agent.run(task('t2'), { frameworkInfo: CHECKPOINTING });
  const text = 'Task was received while agent was already draining';
  assert.deepEqual(updates(agent.take()), [['t2', 'TASK_DROPPED', 'REASON_AGENT_DRAINING', text]]);
  const again = agent.restart();
  const back = again.subscribe('e1');
  assert.ok(sentTypes(again.take(), back).includes('EXECUTOR_KILL'), 'told again');
  const [message] = sent(again.reregister(), 'REREGISTER_AGENT');
  assert.deepEqual(message?.drainConfig, { maxGracePeriodMs: 100, markGone: true });
  again.update(back, 't1', 'TASK_KILLED', 2);
  again.acknowledge('t1', 1);
  assert.deepEqual(updates(again.take()).at(-1)?.slice(0, 3), ['t1', 'TASK_GONE_BY_OPERATOR', 'REASON_AGENT_DRAINING']);
  again.acknowledge('t1', 2);
  again.exit('e1');
  again.take();
  assert.equal(again.state.drainConfig, null, 'nothing is left here');
  assert.equal(again.disk.has('drain_config'), false);
});

test('[C64] what of a checkpoint does not fit is left out and said', () => {
  const { agent } = working();
  agent.take();
  const whole = recoverAgent(entries(agent.disk));
  assert.deepEqual(whole.errors, []);
  for (const key of agent.disk.keys()) {
    const rest = entries(agent.disk).filter(([other]) => other !== key);
    const { errors, agentInfo } = recoverAgent(rest, []);
    const may = /forked\.pid$|updates|agent\.info$/.test(key);
    assert.equal(errors.length > 0, !may, key);
    if (key === 'agent.info') assert.equal(agentInfo, null);
  }
  const odd: [string, CheckpointRecord][] = [['frameworks/x/y', { type: 'BOOT', bootId: 'b' }]];
  assert.deepEqual(recoverAgent(odd, ['k: damaged']).errors, ['k: damaged', 'frameworks/x/y: it has no place']);
  const state = createAgent(new Harness().state.config, recoverAgent(odd));
  assert.equal(state.recoveryErrors, 1);
});

test('[C56] after a thousand updates of one task its checkpoint is small, and the newest are known', () => {
  const { agent, link } = working();
  for (let n = 2; n <= 1000; n++) {
    agent.acknowledge('t1', n - 1);
    agent.update(link, 't1', 'TASK_RUNNING', n);
    agent.take();
  }
  assert.ok(agent.disk.size < 150, String(agent.disk.size));
  const again = agent.restart();
  const back = again.subscribe('e1');
  again.take();
  again.update(back, 't1', 'TASK_RUNNING', 990);
  assert.deepEqual(only(again.take(), 'Checkpoint'), []);
  again.reregister();
  assert.deepEqual(sent(again.take(), 'STATUS_UPDATE').map(({ update }) => update.uuid), [uuid(1000)]);
  again.acknowledge('t1', 1000);
  again.update(back, 't1', 'TASK_FINISHED', 1001);
  again.acknowledge('t1', 1001);
  again.take();
  assert.equal([...again.disk.keys()].some((key) => key.includes('/tasks/')), false);
  assert.equal(again.executor().id, executorId('e1'));
});
