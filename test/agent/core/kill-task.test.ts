/** Killing tasks, wherever they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executorId, executorInfo, FRAMEWORK, frameworkId, frameworkInfo, Harness } from './harness.js';
import { sent, sentTypes, task, taskId, updates } from './harness.js';
import type { KillPolicy } from '../../../src/protocol/task.js';

function kill(agent: Harness, id: string, killPolicy?: KillPolicy): void {
  const policy = killPolicy === undefined ? {} : { killPolicy };
  agent.fromMaster({ type: 'KILL_TASK', frameworkId: FRAMEWORK, taskId: taskId(id), ...policy });
}

const DURING = 'REASON_TASK_KILLED_DURING_LAUNCH';

test('[C42] a task that is killed before delivery never reaches its executor', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  agent.run(task('t2'));
  kill(agent, 't1');
  assert.deepEqual(updates(agent.take()), [['t1', 'TASK_KILLED', DURING, 'Killed before delivery to the executor']]);
  agent.subscribe();
  assert.deepEqual(sent(agent.take(), 'LAUNCH').map((message) => message.task.taskId), ['t2']);
  assert.equal(agent.state.counters.tasksKilled, 1);
});

test('[C42] with a task the whole group is killed before delivery', () => {
  const agent = Harness.registered();
  const taskGroup = { tasks: [task('a'), task('b')] };
  agent.fromMaster({ type: 'RUN_TASK_GROUP', frameworkInfo: frameworkInfo(), executor: executorInfo(), taskGroup });
  agent.run(task('t1'));
  agent.take();
  kill(agent, 'b');
  const text = 'A task within the task group was killed before delivery to the executor';
  assert.deepEqual(updates(agent.take()), [
    ['a', 'TASK_KILLED', DURING, text],
    ['b', 'TASK_KILLED', DURING, text],
  ]);
  const link = agent.subscribe();
  assert.deepEqual(sentTypes(agent.take(), link), ['EXECUTOR_SUBSCRIBED', 'LAUNCH']);
});

test('[C43] a kill of a task that is not here is answered, as the framework understands it', () => {
  for (const [capability, state] of [
    ['PARTITION_AWARE', 'TASK_DROPPED'],
    ['MULTI_ROLE', 'TASK_LOST'],
  ] as const) {
    const agent = Harness.registered();
    agent.run(task('t1'), { frameworkInfo: frameworkInfo(FRAMEWORK, capability) });
    agent.take();
    kill(agent, 'x');
    assert.deepEqual(updates(agent.take()), [['x', state, 'REASON_EXECUTOR_TERMINATED', 'Cannot find executor']]);
  }
});

test('[C43] a kill for a framework that is not here is ignored', () => {
  const agent = Harness.registered();
  agent.fromMaster({ type: 'KILL_TASK', frameworkId: frameworkId('F9'), taskId: taskId('t1') });
  assert.deepEqual(sentTypes(agent.take()), []);
  assert.equal(agent.state.counters.droppedMessages, 1);
});

test('[C44] a kill goes to the executor with its policy', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  kill(agent, 't1', { gracePeriodMs: 3_000 });
  kill(agent, 't1');
  assert.deepEqual(sent(agent.take(), 'EXECUTOR_KILL', link), [
    { type: 'EXECUTOR_KILL', taskId: 't1', killPolicy: { gracePeriodMs: 3_000 } },
    { type: 'EXECUTOR_KILL', taskId: 't1' },
  ]);
});

test('[C44] a kill while the executor is away is told when it is back', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_RUNNING', 1);
  agent.close(link);
  kill(agent, 't1', { gracePeriodMs: 1_000 });
  agent.take();
  const again = agent.subscribe();
  const [message] = sent(agent.take(), 'EXECUTOR_KILL', again);
  assert.deepEqual(message?.killPolicy, { gracePeriodMs: 1_000 });
});

test('a kill while the executor is ending is left to its end', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.fromMaster({ type: 'SHUTDOWN_EXECUTOR', frameworkId: FRAMEWORK, executorId: executorId('e1') });
  agent.take();
  kill(agent, 't1');
  assert.deepEqual(sentTypes(agent.take()), []);
});
