/** Status updates: from executors through streams to the master and back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId } from '../../../src/protocol/schema.js';
import { MAX_PENDING } from '../../../src/agent/core/status-updates.js';
import { AGENT, executorId, executorInfo, FRAMEWORK, frameworkInfo, Harness, launched } from './harness.js';
import { MASTER_LINK, only, sent, sentTypes, task, taskId, updates, uuid } from './harness.js';

function states(agent: Harness): string[] {
  return updates(agent.take()).map(([id, state]) => `${id} ${state}`);
}

test('[C52] one update of a task is in flight; the next goes when it is acknowledged', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.run(task('t2'));
  agent.update(link, 't1', 'TASK_STARTING', 1);
  agent.update(link, 't1', 'TASK_RUNNING', 2);
  agent.update(link, 't1', 'TASK_FINISHED', 3);
  agent.update(link, 't2', 'TASK_RUNNING', 4);
  assert.deepEqual(states(agent), ['t1 TASK_STARTING', 't2 TASK_RUNNING']);
  agent.acknowledge('t1', 1);
  assert.deepEqual(states(agent), ['t1 TASK_RUNNING']);
  agent.acknowledge('t1', 2);
  assert.deepEqual(states(agent), ['t1 TASK_FINISHED']);
  agent.acknowledge('t1', 3);
  assert.deepEqual(states(agent), []);
});

test('[C52] an acknowledgement of another uuid, task or framework changes nothing', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.take();
  agent.acknowledge('t1', 2);
  agent.acknowledge('t9', 1);
  agent.acknowledge('t1', 1, frameworkInfo('F9').id);
  assert.deepEqual(states(agent), []);
  agent.acknowledge('t1', 1);
  agent.acknowledge('t1', 1);
  assert.deepEqual(states(agent), ['t1 TASK_FINISHED']);
});

test('[C53] an update is repeated after 10 s, then twice as long each time, up to 10 min', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.take();
  const start = agent.nowMs;
  const atMs: number[] = [];
  while (atMs.length < 9) {
    agent.fromMaster({ type: 'PING', connected: true });
    agent.advance(1_000);
    for (const update of sent(agent.take(), 'STATUS_UPDATE')) {
      assert.deepEqual(update.update.uuid, uuid(1));
      atMs.push(agent.nowMs - start);
    }
  }
  const pauses = atMs.map((ms, i) => (ms - (atMs[i - 1] ?? 0)) / 1_000);
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
});

test('[C53] each update has a deadline of its own, although they share one timer', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  for (const [i, id] of ['t1', 't2', 't3'].entries()) {
    if (i > 0) agent.run(task(id));
    agent.update(link, id, 'TASK_RUNNING', i);
    agent.advance(3_000);
  }
  agent.acknowledge('t1', 0);
  agent.take();
  agent.advance(3_999);
  assert.deepEqual(states(agent), []);
  agent.advance(1);
  assert.deepEqual(states(agent), ['t2 TASK_RUNNING']);
  agent.advance(3_000);
  assert.deepEqual(states(agent), ['t3 TASK_RUNNING']);
});

test('[C53] thousands of updates need one timer, and it is rarely set', () => {
  const agent = Harness.registered();
  const link = agent.running('t0');
  for (let i = 0; i < 1_000; i++) {
    agent.run(task(`t${i}`));
    agent.update(link, `t${i}`, 'TASK_FINISHED', i);
    agent.acknowledge(`t${i}`, i);
    agent.advance(5);
  }
  assert.ok(only(agent.effects, 'SetTimer').length < 5);
});

test('[C55] the executor is told as soon as the agent has the update, whether or not it went on', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  assert.deepEqual(sent(agent.take(), 'ACKNOWLEDGED', link), [
    { type: 'ACKNOWLEDGED', taskId: 't1', uuid: uuid(1) },
    { type: 'ACKNOWLEDGED', taskId: 't1', uuid: uuid(2) },
  ]);
});

test('[C56] an update that comes again is acknowledged and otherwise ignored, at any time', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.acknowledge('t1', 1);
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.acknowledge('t1', 2);
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  assert.equal(sentTypes(agent.effects, link).length, 6);
  assert.deepEqual(states(agent), ['t1 TASK_RUNNING', 't1 TASK_FINISHED']);
});

test('[C57] without a master nothing is sent or repeated; afterwards everything that waits is', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.run(task('t2'));
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.close(MASTER_LINK);
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.update(link, 't2', 'TASK_RUNNING', 3);
  agent.take();
  agent.advance(100_000);
  assert.deepEqual(states(agent), []);
  agent.openMaster(80);
  agent.acknowledge('t1', 1);
  assert.deepEqual(states(agent), []);
  agent.fromMaster({ type: 'AGENT_REREGISTERED', agentId: AGENT, masterId: 'N', totalPingTimeoutSeconds: 75 });
  assert.deepEqual(states(agent), ['t1 TASK_RUNNING', 't2 TASK_RUNNING']);
  agent.advance(10_000);
  assert.deepEqual(states(agent), ['t1 TASK_RUNNING', 't2 TASK_RUNNING']);
  agent.acknowledge('t1', 1);
  assert.deepEqual(states(agent), ['t1 TASK_FINISHED']);
});

test('[C58] the agent adds what it knows: itself, the executor, the source, the time, the container', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  const { containerId } = launched(agent.take());
  agent.event({ type: 'ExecutorStarted', at: agent.nowMs, containerId, pid: 77 });
  const link = agent.subscribe();
  agent.take();
  agent.update(link, 't1', 'TASK_RUNNING', 1, { executorId: executorId('other'), source: 'SOURCE_MASTER' });
  const [message] = sent(agent.take(), 'STATUS_UPDATE');
  const timestamp = agent.nowMs / 1000;
  const common = { agentId: AGENT, executorId: 'e1', timestamp, uuid: uuid(1) };
  assert.deepEqual(message?.update, {
    frameworkId: FRAMEWORK,
    ...common,
    latestState: 'TASK_RUNNING',
    status: {
      taskId: 't1',
      state: 'TASK_RUNNING',
      source: 'SOURCE_EXECUTOR',
      ...common,
      containerStatus: {
        containerId,
        networkInfos: [{ ipAddresses: [{ ipAddress: '10.0.0.1' }] }],
        executorPid: 77,
      },
    },
  });
});

test('[C58] what the executor says of time, uuid and container is kept; a missing uuid is made', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  const networkInfos = [{ ipAddresses: [{ ipAddress: '172.0.0.9' }] }];
  agent.update(link, 't1', 'TASK_RUNNING', 1, { timestamp: 12.5, containerStatus: { networkInfos } });
  const [{ update } = assert.fail()] = sent(agent.take(), 'STATUS_UPDATE');
  assert.equal(update.timestamp, 12.5);
  assert.deepEqual(update.status.containerStatus?.networkInfos, networkInfos);
  assert.equal(update.status.containerStatus?.containerId, agent.executor().containerId);
  agent.acknowledge('t1', 1);
  const status = { taskId: taskId('t1'), state: 'TASK_FINISHED' } as const;
  agent.event({ type: 'MessageReceived', at: agent.nowMs, link, message: { type: 'EXECUTOR_UPDATE', status } });
  const made = sent(agent.effects, 'STATUS_UPDATE')[0]?.update.uuid;
  assert.equal(made?.length, 16);
  assert.equal(made[6]! >> 4, 4);
  assert.deepEqual(sent(agent.take(), 'ACKNOWLEDGED')[0]?.uuid, made);
});

test('[C58] the agent\'s own updates say so', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.exit();
  const [{ update } = assert.fail()] = sent(agent.take(), 'STATUS_UPDATE');
  assert.equal(update.status.source, 'SOURCE_AGENT');
  assert.equal(update.status.agentId, AGENT);
  assert.deepEqual(update.status.uuid, update.uuid);
  assert.equal(update.status.executorId, 'e1');
});

test('[C59] each update carries the latest state of its task, also when it is repeated', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  assert.equal(sent(agent.take(), 'STATUS_UPDATE')[0]?.update.latestState, 'TASK_RUNNING');
  agent.update(link, 't1', 'TASK_FINISHED', 2);
  agent.advance(10_000);
  const [{ update } = assert.fail()] = sent(agent.take(), 'STATUS_UPDATE');
  assert.deepEqual([update.status.state, update.latestState], ['TASK_RUNNING', 'TASK_FINISHED']);
});

test('[C60] updates of terminating frameworks, for other agents or with broken uuids are dropped and counted', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1, { agentId: 'S9' as AgentId });
  agent.update(link, 't1', 'TASK_RUNNING', 1, { uuid: new Uint8Array(3) });
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK });
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  assert.deepEqual(sentTypes(agent.take()), ['EXECUTOR_SHUTDOWN', 'ACKNOWLEDGED'], 'so that it need not wait');
  assert.equal(agent.state.counters.invalidStatusUpdates, 3);
  assert.equal(agent.state.counters.validStatusUpdates, 0);
});

test('[C60] an executor that says TASK_STAGING is shut down', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_STAGING', 1);
  assert.deepEqual(sentTypes(agent.take()), ['EXECUTOR_SHUTDOWN']);
  assert.equal(agent.state.counters.invalidStatusUpdates, 1);
});

test('a second end of a task is acknowledged to the executor and goes no further', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_FINISHED', 1);
  agent.update(link, 't1', 'TASK_FAILED', 2);
  agent.update(link, 't1', 'TASK_RUNNING', 3);
  assert.equal(sent(agent.effects, 'ACKNOWLEDGED').length, 3);
  assert.deepEqual(states(agent), ['t1 TASK_FINISHED']);
  assert.equal(agent.executor().terminated.get(taskId('t1'))?.state, 'TASK_FINISHED');
});

test('a task that is queued cannot be running, whoever says so', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.run(task('t2', { executor: executorInfo('e2') }));
  agent.update(link, 't2', 'TASK_RUNNING', 1);
  assert.deepEqual(sentTypes(agent.take()), ['ACKNOWLEDGED']);
  assert.equal(agent.executor('e2').queued.size, 1);
});

test('the status of a task nobody knows is passed on, within a bound', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 'x', 'TASK_RUNNING', 1);
  assert.deepEqual(states(agent), ['x TASK_RUNNING']);
  for (let i = 0; i < 2_000; i++) agent.update(link, `y${i}`, 'TASK_RUNNING', i);
  assert.equal(sent(agent.take(), 'ACKNOWLEDGED').length, 1_000);
  assert.equal(agent.state.counters.invalidStatusUpdates, 1_000);
});

test('updates that nobody acknowledges: so many wait, more must come again, the last one is taken', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  for (let i = 0; i <= MAX_PENDING; i++) agent.update(link, 't1', 'TASK_RUNNING', i);
  assert.equal(sent(agent.take(), 'ACKNOWLEDGED').length, MAX_PENDING);
  agent.update(link, 't1', 'TASK_FINISHED', 5_000);
  assert.equal(sent(agent.take(), 'ACKNOWLEDGED').length, 1);
  assert.equal(agent.executor().terminated.size, 1);
});

test('results are not kept in the history of a task', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_FINISHED', 1, { data: uuid(3) });
  assert.deepEqual(sent(agent.take(), 'STATUS_UPDATE')[0]?.update.status.data, uuid(3));
  agent.acknowledge('t1', 1);
  assert.equal(agent.executor().completed[0]?.statuses[0]?.data, undefined);
});
