/** One task from the master's RUN_TASK to the acknowledgement of its last update. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, FRAMEWORK, Harness, launched, MASTER_LINK, sent, sentTypes, task, uuid } from './harness.js';

test('a task runs: registered, launched, delivered, reported, acknowledged, history', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { data: uuid(9) }));
  const { containerId, directory } = launched(agent.effects);
  const runs = `/var/lib/agent/slaves/${AGENT}/frameworks/${FRAMEWORK}/executors/e1/runs`;
  assert.equal(directory, `${runs}/${containerId}`);
  agent.event({ type: 'ExecutorStarted', at: agent.nowMs, containerId, pid: 42 });
  agent.take();

  const link = agent.subscribe();
  assert.deepEqual(sentTypes(agent.effects, link), ['EXECUTOR_SUBSCRIBED', 'LAUNCH']);
  assert.deepEqual(sent(agent.take(), 'LAUNCH')[0]?.task.data, uuid(9));

  agent.update(link, 't1', 'TASK_RUNNING', 1);
  assert.deepEqual(sentTypes(agent.effects, link), ['ACKNOWLEDGED']);
  const [update] = sent(agent.take(), 'STATUS_UPDATE', MASTER_LINK);
  assert.equal(update?.update.latestState, 'TASK_RUNNING');
  assert.equal(update.update.status.containerStatus?.executorPid, 42);
  agent.acknowledge('t1', 1);

  agent.update(link, 't1', 'TASK_FINISHED', 2);
  assert.equal(sent(agent.take(), 'STATUS_UPDATE')[0]?.update.status.state, 'TASK_FINISHED');
  agent.acknowledge('t1', 2);
  const executor = agent.executor();
  assert.equal(executor.state, 'RUNNING');
  assert.deepEqual(executor.completed.map(({ id }) => id), ['t1']);
  assert.equal(agent.state.frameworks.get(FRAMEWORK)?.tasks.size, 0);
  assert.equal(agent.state.counters.tasksFinished, 1);
});
