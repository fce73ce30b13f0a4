/** Frameworks and the agent end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, executorInfo, FRAMEWORK, frameworkId, Harness, launched, only, sent, sentTypes } from './harness.js';
import { task, taskId } from './harness.js';

test('[C32] all executors of a framework are shut down, and nothing more is reported', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.run(task('t2', { executor: executorInfo('e2') }));
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.take();
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK });
  assert.deepEqual(sentTypes(agent.take(), link), ['EXECUTOR_SHUTDOWN']);
  agent.update(link, 't1', 'TASK_KILLED', 2);
  agent.run(task('t3'));
  agent.fromMaster({ type: 'KILL_TASK', frameworkId: FRAMEWORK, taskId: taskId('t1') });
  agent.advance(5_000);
  assert.equal(only(agent.effects, 'DestroyExecutor').length, 2);
  agent.exit('e1');
  agent.exit('e2');
  assert.equal(sent(agent.effects, 'STATUS_UPDATE').length, 0);
  assert.equal(agent.state.counters.invalidStatusUpdates, 1);
  assert.equal(agent.state.frameworks.size, 0);
  assert.equal(agent.state.completedFrameworks.get(FRAMEWORK)?.completedExecutors[0]?.terminated.size, 1);
  agent.take();
  agent.advance(30_000);
  assert.deepEqual(sentTypes(agent.take()), []);
});

test('[C32] what waits for an acknowledgement is not repeated while the executors take their time', () => {
  const agent = Harness.registered({ executorShutdownGracePeriodMs: 60_000 });
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK });
  agent.take();
  agent.advance(30_000);
  assert.deepEqual(sentTypes(agent.take()), []);
});

test('[C32] an executor that only waited for acknowledgements goes at once', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.exit();
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK });
  assert.equal(agent.state.frameworks.size, 0);
  assert.equal(agent.state.streams.byFramework.size, 0);
});

test('[C32] while the agent is not registered it is ignored; of an unknown framework too', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: frameworkId('F9') });
  agent.fromMaster({ type: 'PING', connected: false });
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK });
  assert.equal(agent.executor().state, 'RUNNING');
});

test('[C33] the master ends the agent: executors first, then the process', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.fromMaster({ type: 'SHUTDOWN_AGENT', message: 'too old' });
  assert.equal(agent.state.phase, 'TERMINATING');
  assert.deepEqual(sentTypes(agent.effects, link), ['EXECUTOR_SHUTDOWN']);
  assert.deepEqual(only(agent.take(), 'Exit'), []);
  agent.run(task('t2'));
  agent.exit();
  const reason = 'asked by the master: too old';
  assert.deepEqual(only(agent.take(), 'Exit'), [{ type: 'Exit', reason, code: 0, forGood: true, keep: [] }]);
});

test('[C33] an agent that runs nothing ends at once, and does nothing after', () => {
  const agent = Harness.registered();
  agent.fromMaster({ type: 'SHUTDOWN_AGENT', message: 'bye' });
  assert.equal(agent.take().at(-1)?.type, 'Exit');
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:2' });
  assert.deepEqual(agent.take(), []);
});

test('[C8] told to unregister, the agent says farewell before it ends', () => {
  const agent = Harness.registered();
  agent.event({ type: 'ShutdownRequested', at: agent.nowMs, unregister: true });
  assert.deepEqual(sent(agent.effects, 'UNREGISTER_AGENT'), [{ type: 'UNREGISTER_AGENT', agentId: AGENT }]);
  const types = agent.take().map(({ type }) => type);
  assert.ok(types.indexOf('Send') < types.indexOf('Exit'));
});

test('[C8] told to end, it does not; executors that do not comply are destroyed', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  const { containerId } = launched(agent.take());
  agent.event({ type: 'ShutdownRequested', at: agent.nowMs, unregister: false });
  agent.event({ type: 'ShutdownRequested', at: agent.nowMs, unregister: true });
  assert.equal(sent(agent.take(), 'UNREGISTER_AGENT').length, 0);
  agent.close(1);
  agent.advance(5_000);
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), [{ type: 'DestroyExecutor', containerId }]);
  agent.exit('e1', 9);
  assert.equal(only(agent.take(), 'Exit')[0]?.code, 0);
});
