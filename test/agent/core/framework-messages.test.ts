/** Bytes between frameworks and executors, and news of frameworks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, executorId, FRAMEWORK, frameworkInfo, Harness, MASTER_LINK, sent, sentTypes } from './harness.js';
import { task, updates, uuid } from './harness.js';

const DATA = uuid(77);

function toExecutor(agent: Harness, id: string): void {
  agent.fromMaster({ type: 'FRAMEWORK_TO_EXECUTOR', frameworkId: FRAMEWORK, executorId: executorId(id), data: DATA });
}

function fromExecutor(agent: Harness, link: number): void {
  agent.event({ type: 'MessageReceived', at: agent.nowMs, link, message: { type: 'EXECUTOR_SEND', data: DATA } });
}

test('[C47] bytes pass both ways while the executor runs', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  toExecutor(agent, 'e1');
  fromExecutor(agent, link);
  assert.deepEqual(sent(agent.effects, 'FRAMEWORK_MESSAGE', link), [{ type: 'FRAMEWORK_MESSAGE', data: DATA }]);
  assert.deepEqual(sent(agent.take(), 'EXECUTOR_TO_FRAMEWORK', MASTER_LINK), [
    { type: 'EXECUTOR_TO_FRAMEWORK', agentId: AGENT, frameworkId: FRAMEWORK, executorId: 'e1', data: DATA },
  ]);
  assert.equal(agent.state.counters.validFrameworkMessages, 2);
});

test('[C47] otherwise they are dropped and counted', () => {
  const agent = Harness.registered();
  toExecutor(agent, 'e1');
  agent.run(task('t1'));
  toExecutor(agent, 'e1');
  toExecutor(agent, 'e2');
  const link = agent.subscribe();
  agent.fromMaster({ type: 'PING', connected: false });
  toExecutor(agent, 'e1');
  fromExecutor(agent, link);
  assert.equal(sent(agent.effects, 'FRAMEWORK_MESSAGE').length, 0);
  assert.equal(sent(agent.take(), 'EXECUTOR_TO_FRAMEWORK').length, 0);
  assert.equal(agent.state.counters.invalidFrameworkMessages, 5);
});

test('[C47] a message sent before an update reaches the master before it', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  fromExecutor(agent, link);
  agent.update(link, 't1', 'TASK_FINISHED', 1);
  assert.deepEqual(sentTypes(agent.take(), MASTER_LINK), ['EXECUTOR_TO_FRAMEWORK', 'STATUS_UPDATE']);
});

test('a framework that changed gets its updates again at once, and the new facts count', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.take();
  agent.fromMaster({ type: 'UPDATE_FRAMEWORK_INFO', frameworkInfo: frameworkInfo(FRAMEWORK, 'PARTITION_AWARE') });
  assert.deepEqual(updates(agent.take()).map(([id]) => id), ['t1']);
  agent.run(task('t2'), { resourceVersion: 'old' });
  assert.equal(updates(agent.take())[0]?.[1], 'TASK_DROPPED');
  agent.fromMaster({ type: 'UPDATE_FRAMEWORK_INFO', frameworkInfo: frameworkInfo('F9') });
  assert.deepEqual(sentTypes(agent.take()), []);
});
