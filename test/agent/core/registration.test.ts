/** Finding the master, staying with it, coming back to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, AGENT, FRAMEWORK, frameworkInfo, Harness, MASTER_LINK, sent, sentTypes, START_MS } from './harness.js';
import { executorInfo, frameworkId, task, taskId, updates } from './harness.js';

const ANSWER = { agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 };
const REGISTERED = { type: 'AGENT_REGISTERED', ...ANSWER } as const;
const REREGISTERED = { type: 'AGENT_REREGISTERED', ...ANSWER } as const;

test('[C11] registration waits a random time up to the back-off, which doubles up to one minute', () => {
  const agent = new Harness({ seed: 3 });
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:1' });
  const pausesMs: number[] = [];
  for (let i = 0; i < 200; i++) {
    const atMs = agent.timers.get('register')!;
    pausesMs.push(atMs - agent.nowMs);
    agent.advance(atMs - agent.nowMs);
  }
  const bounds = pausesMs.map((_, i) => Math.min(1_000 * 2 ** i, 60_000));
  pausesMs.forEach((ms, i) => assert.ok(ms >= 0 && ms <= bounds[i]!, `${i}: ${ms}`));
  assert.ok(Math.max(...pausesMs) > 55_000);
  assert.ok(pausesMs.slice(6).some((ms) => ms < 10_000));
  assert.equal(only(agent.effects, 'ConnectMaster').length, 200);
  assert.deepEqual(only(agent.effects, 'ConnectMaster')[0], { type: 'ConnectMaster', address: 'm:1' });
});

test('[C11] over an open link registration is repeated until it is answered', () => {
  const agent = new Harness();
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:1' });
  agent.advance(1_000, 'register');
  agent.openMaster();
  assert.deepEqual(sentTypes(agent.take()), ['REGISTER_AGENT']);
  agent.advance(2_000, 'register');
  assert.deepEqual(sentTypes(agent.take()), ['REGISTER_AGENT']);
  agent.fromMaster(REGISTERED);
  assert.equal(agent.state.phase, 'RUNNING');
  agent.take();
  agent.advance(70_000);
  assert.deepEqual(sentTypes(agent.take()), []);
});

test('[C14] registration tells version, capabilities, resources and their version', () => {
  const agent = new Harness({ capabilities: ['MULTI_ROLE', 'X'] });
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:1' });
  agent.advance(1_000, 'register');
  agent.openMaster();
  const [message] = sent(agent.take(), 'REGISTER_AGENT', MASTER_LINK);
  assert.deepEqual(message, {
    type: 'REGISTER_AGENT',
    agentInfo: {
      hostname: 'host',
      port: 5051,
      resources: [
        { name: 'cpus', type: 'SCALAR', scalar: 4 },
        { name: 'mem', type: 'SCALAR', scalar: 4096 },
      ],
    },
    version: '1.2.3',
    capabilities: ['MULTI_ROLE', 'X'],
    checkpointedResources: [],
    resourceVersion: agent.state.resourceVersion,
  });
});

test('after a lost link the agent registers again, with its tasks, executors and frameworks', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  agent.run(task('t2', { executor: executorInfo('e2') }));
  agent.run(task('c1', { command: { value: 'sleep' } }));
  const link = agent.subscribe();
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.take();
  agent.close(MASTER_LINK);
  assert.equal(agent.state.phase, 'DISCONNECTED');
  agent.advance(1_000, 'register');
  assert.equal(only(agent.take(), 'ConnectMaster').length, 1);
  agent.openMaster(90);
  const [message] = sent(agent.take(), 'REREGISTER_AGENT', 90);
  assert.equal(message?.agentInfo.id, AGENT);
  assert.deepEqual(message.frameworks, [frameworkInfo()]);
  assert.deepEqual(message.executors?.map(({ executorInfo: { executorId } }) => executorId), ['e1', 'e2']);
  assert.deepEqual(
    message.tasks?.map(({ taskId: id, state, executorId, statusUpdateState }) => [
      id,
      state,
      executorId,
      statusUpdateState,
    ]),
    [
      ['t1', 'TASK_RUNNING', 'e1', 'TASK_RUNNING'],
      ['t2', 'TASK_STAGING', 'e2', undefined],
      ['c1', 'TASK_STAGING', undefined, undefined],
    ],
  );
  agent.fromMaster(REREGISTERED);
  assert.equal(agent.state.phase, 'RUNNING');
});

test('tasks that the master believes here and that are not are answered, the others are not', () => {
  const agent = Harness.registered();
  agent.run(task('t1'), { frameworkInfo: frameworkInfo(FRAMEWORK, 'PARTITION_AWARE') });
  agent.fromMaster({ type: 'PING', connected: false });
  agent.take();
  const tasks = [{ taskId: taskId('t1') }, { taskId: taskId('gone') }];
  const other = { frameworkId: frameworkId('F2'), tasks: [{ taskId: taskId('x') }] };
  agent.fromMaster({ ...REREGISTERED, reconciliations: [{ frameworkId: FRAMEWORK, tasks }, other] });
  const text = 'Reconciliation: task unknown to the agent';
  assert.deepEqual(updates(agent.take()), [
    ['gone', 'TASK_DROPPED', 'REASON_RECONCILIATION', text],
    ['x', 'TASK_LOST', 'REASON_RECONCILIATION', text],
  ]);
});

test('[B33] a ping that says the agent is disconnected makes it register again over the same link', () => {
  const agent = Harness.registered();
  agent.fromMaster({ type: 'PING', connected: true });
  assert.equal(agent.state.phase, 'RUNNING');
  agent.fromMaster({ type: 'PING', connected: false });
  assert.deepEqual(sentTypes(agent.take(), MASTER_LINK), ['PONG', 'PONG']);
  assert.equal(agent.state.phase, 'DISCONNECTED');
  agent.advance(1_000, 'register');
  assert.deepEqual(sentTypes(agent.take(), MASTER_LINK), ['REREGISTER_AGENT']);
});

test('[C68] without a ping for the time the master gave, the agent leaves the link and registers anew', () => {
  const agent = Harness.registered();
  const start = agent.nowMs;
  agent.advance(60_000);
  agent.fromMaster({ type: 'PING', connected: true });
  agent.advance(74_999);
  assert.equal(agent.state.phase, 'RUNNING');
  agent.take();
  agent.advance(1);
  assert.equal(agent.nowMs - start, 135_000);
  assert.equal(agent.state.phase, 'DISCONNECTED');
  assert.equal(only(agent.effects, 'CloseLink')[0]?.link, MASTER_LINK);
  agent.advance(1_000, 'register');
  assert.equal(only(agent.take(), 'ConnectMaster').length, 1);
});

test('[C68] an agent that never hears a ping leaves too', () => {
  const agent = Harness.registered();
  agent.advance(74_999);
  assert.equal(agent.state.phase, 'RUNNING');
  agent.advance(1);
  assert.equal(agent.state.phase, 'DISCONNECTED');
});

test('another master: the link to the old one is closed and its late answer ignored', () => {
  const agent = Harness.registered();
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:2' });
  assert.equal(only(agent.take(), 'CloseLink')[0]?.link, MASTER_LINK);
  agent.fromMaster(REREGISTERED, MASTER_LINK);
  assert.equal(agent.state.phase, 'DISCONNECTED');
  agent.advance(1_000, 'register');
  assert.deepEqual(only(agent.take(), 'ConnectMaster'), [{ type: 'ConnectMaster', address: 'm:2' }]);
  agent.event({ type: 'MasterLinkOpened', at: agent.nowMs, link: 40, master: 'm:1' });
  assert.equal(only(agent.take(), 'CloseLink')[0]?.link, 40);
  agent.event({ type: 'MasterLinkOpened', at: agent.nowMs, link: 41, master: 'm:2' });
  assert.deepEqual(sentTypes(agent.take(), 41), ['REREGISTER_AGENT']);
});

test('no master: nothing is tried until there is one', () => {
  const agent = Harness.registered();
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: null });
  agent.take();
  agent.advance(600_000);
  assert.deepEqual(agent.take(), []);
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:1' });
  agent.advance(1_000, 'register');
  assert.equal(only(agent.take(), 'ConnectMaster').length, 1);
});

test('an agent that is given another id ends', () => {
  const agent = Harness.registered();
  agent.fromMaster({ ...REGISTERED, agentId: 'S9' as typeof AGENT });
  const reason = 'Registered but got wrong id: S9 (expected: S0)';
  assert.deepEqual(only(agent.take(), 'Exit'), [{ type: 'Exit', reason, code: 1, forGood: false, keep: [] }]);
  agent.fromMaster({ type: 'PING', connected: true });
  assert.deepEqual(agent.take(), []);
});

test('messages of a master count on the link to the leading one only', () => {
  const agent = Harness.registered();
  agent.event({ type: 'LinkOpened', at: START_MS, link: 70, remote: 'r' });
  agent.fromMaster({ type: 'RUN_TASK', frameworkInfo: frameworkInfo(), task: task('t1') }, 70);
  const effects = agent.take();
  assert.deepEqual(only(effects, 'CloseLink').map(({ link }) => link), [70]);
  assert.equal(only(effects, 'LaunchExecutor').length, 0);
  assert.equal(agent.state.counters.droppedMessages, 1);
});
