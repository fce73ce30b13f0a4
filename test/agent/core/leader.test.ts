/** An agent between two leaders: the old one is not listened to, tasks go on, updates wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, FRAMEWORK, frameworkInfo, Harness, MASTER_LINK, only, sent, task, taskId } from './harness.js';

test('[E17] without a leader tasks go on and updates wait; the old master is not listened to any more', () => {
  const agent = Harness.registered();
  const executor = agent.running('t1');
  agent.update(executor, 't1', 'TASK_RUNNING', 1);
  assert.equal(sent(agent.take(), 'STATUS_UPDATE').length, 1);
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: null });
  assert.deepEqual(only(agent.take(), 'CloseLink').map(({ link }) => link), [MASTER_LINK]);
  agent.fromMaster({ type: 'RUN_TASK', frameworkInfo: frameworkInfo(), task: task('t2') }, MASTER_LINK);
  agent.fromMaster({ type: 'KILL_TASK', frameworkId: FRAMEWORK, taskId: taskId('t1') }, MASTER_LINK);
  agent.fromMaster({ type: 'SHUTDOWN_AGENT', message: 'x' }, MASTER_LINK);
  agent.update(executor, 't1', 'TASK_FINISHED', 2);
  agent.advance(3_600_000);
  const waiting = agent.take();
  assert.deepEqual([...agent.state.frameworks.get(FRAMEWORK)!.tasks.keys()], ['t1']);
  assert.equal(sent(waiting, 'EXECUTOR_KILL').length + sent(waiting, 'EXECUTOR_SHUTDOWN').length, 0);
  assert.equal(sent(waiting, 'STATUS_UPDATE').length, 0, 'nobody is there to get it');
  assert.equal(only(waiting, 'ConnectMaster').length + only(waiting, 'Exit').length, 0);
});

test('[E17] a new leader gets the tasks and, in order, the updates that have waited', () => {
  const agent = Harness.registered();
  const executor = agent.running('t1');
  agent.update(executor, 't1', 'TASK_RUNNING', 1);
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: null });
  agent.update(executor, 't1', 'TASK_FINISHED', 2);
  agent.take();
  agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm:2' });
  agent.advance(2_000, 'register');
  assert.equal(only(agent.take(), 'ConnectMaster')[0]?.address, 'm:2');
  agent.openMaster(99);
  const [call] = sent(agent.take(), 'REREGISTER_AGENT', 99);
  assert.deepEqual(call?.tasks?.map(({ taskId: id, state }) => [id, state]), [['t1', 'TASK_FINISHED']]);
  assert.equal(call.tasks[0]?.statusUpdateState, 'TASK_RUNNING', 'what the framework has still to see');
  agent.fromMaster({ type: 'AGENT_REREGISTERED', agentId: AGENT, masterId: 'M2', totalPingTimeoutSeconds: 75 }, 99);
  const states = (): string[] => sent(agent.take(), 'STATUS_UPDATE', 99).map((m) => m.update.status.state);
  assert.deepEqual(states(), ['TASK_RUNNING']);
  agent.acknowledge('t1', 1);
  assert.deepEqual(states(), ['TASK_FINISHED']);
});
