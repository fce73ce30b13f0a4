/** Streams of executors that break, are replaced, end; and what is said in the meantime. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import type { AgentId, ExecutorId, TaskId } from '../../../../src/protocol/schema.js';
import { startCluster, type TestCluster, type TestScheduler } from '../cluster.js';
import { type Json, known, sleeper, taskOf, TestExecutor, updateOf, uuidOf } from './fixtures.js';

let cluster: TestCluster;
let agent: RunningAgent;
let scheduler: TestScheduler;
let agentId: AgentId;

before(async () => {
  cluster = await startCluster();
  agent = await cluster.addAgent();
  scheduler = await cluster.addFramework({ checkpoint: true });
});

after(() => cluster.close());

async function launch(executorId: string, ...taskIds: string[]): Promise<void> {
  agentId = await scheduler.launch(taskIds.map((id) => taskOf(id, sleeper(executorId))));
  await known(agent, executorId);
}

async function subscribed(t: TestContext, executorId: string, subscribe: Json = {}): Promise<TestExecutor> {
  const executor = await TestExecutor.subscribe(t, agent, scheduler, executorId, subscribe);
  await executor.next('SUBSCRIBED');
  return executor;
}

test('[D63] a second subscription ends the first stream; what was sent is not sent again', async (t) => {
  await launch('twice', 'w1');
  const first = await subscribed(t, 'twice');
  await first.next('LAUNCH');
  await first.update('w1', 'TASK_RUNNING', 1);
  await first.next('ACKNOWLEDGED');
  const second = await subscribed(t, 'twice', { unacknowledged_tasks: [] });
  assert.equal(await first.event(), null);
  await launch('twice', 'w2');
  const { task } = (await second.next('LAUNCH')) as { task: Json };
  assert.deepEqual(task['task_id'], { value: 'w2' });
});

test('[D63] updates that were not acknowledged come again with the subscription, and count once', async (t) => {
  await launch('again', 'a1', 'a2', 'a3');
  const first = await subscribed(t, 'again');
  for (let i = 0; i < 3; i++) await first.next('LAUNCH');
  await first.update('a1', 'TASK_RUNNING', 1);
  await first.next('ACKNOWLEDGED');
  first.breakStream();
  const task = (id: string): Json => ({ name: id, task_id: { value: id }, agent_id: { value: agentId } });
  const second = await subscribed(t, 'again', {
    unacknowledged_tasks: [task('a2')],
    unacknowledged_updates: [updateOf('a1', 'TASK_RUNNING', 1)['update'], updateOf('a1', 'TASK_FINISHED', 2)['update']],
  });
  for (const uuid of [1, 2]) {
    assert.deepEqual(await second.next('ACKNOWLEDGED'), { task_id: { value: 'a1' }, uuid: uuidOf(uuid) });
  }
  assert.equal((await scheduler.ended('a1')).state, 'TASK_FINISHED');
  assert.equal(scheduler.statuses.filter(({ taskId }) => taskId === ('a1' as TaskId)).length, 2);
  const lost = await scheduler.ended('a3');
  assert.deepEqual(
    [lost.state, lost.reason, lost.message],
    ['TASK_LOST', 'REASON_AGENT_RESTARTED', 'Task launched during agent restart'],
  );
});

test('an executor whose stream has broken is still heard', async (t) => {
  await launch('broken', 'b1');
  const executor = await subscribed(t, 'broken');
  await executor.next('LAUNCH');
  executor.breakStream();
  assert.equal((await executor.update('b1', 'TASK_RUNNING', 1)).status, 202);
  await scheduler.running('b1');
  assert.equal((await executor.update('b1', 'TASK_FINISHED', 2)).status, 202);
  assert.equal((await scheduler.ended('b1')).state, 'TASK_FINISHED');
});

test('[D54] [C44] an executor is told to kill a task, with the policy', async (t) => {
  await launch('kills', 'k1');
  const executor = await subscribed(t, 'kills');
  await executor.next('LAUNCH');
  await executor.update('k1', 'TASK_RUNNING', 1);
  await executor.next('ACKNOWLEDGED');
  scheduler.send({ type: 'KILL', taskId: 'k1' as TaskId, killPolicy: { gracePeriodMs: 3000 } });
  const kill = await executor.next('KILL');
  assert.deepEqual(kill, { task_id: { value: 'k1' }, kill_policy: { grace_period: { nanoseconds: 3e9 } } });
});

test('[D53] tasks of a group come in one event', async (t) => {
  const plain = sleeper('pod');
  const resources = [...plain.resources!, { name: 'disk', type: 'SCALAR' as const, scalar: 1 }];
  const executor = { ...plain, resources, frameworkId: scheduler.frameworkId };
  const tasks = ['g1', 'g2'].map((id) => ({ name: id, taskId: id as TaskId, command: { value: 'x' } }));
  await scheduler.launchGroup(executor, tasks);
  await known(agent, 'pod');
  const pod = await subscribed(t, 'pod');
  const { task_group: group } = (await pod.next('LAUNCH_GROUP')) as { task_group: { tasks: Json[] } };
  assert.deepEqual(group.tasks.map((task) => task['task_id']), [{ value: 'g1' }, { value: 'g2' }]);
});

test('[D58] [C42] [C45] tasks killed before delivery never reach the executor, which is told to end', async (t) => {
  await launch('idle', 'i1');
  scheduler.send({ type: 'KILL', taskId: 'i1' as TaskId });
  const end = await scheduler.ended('i1');
  assert.deepEqual([end.state, end.reason], ['TASK_KILLED', 'REASON_TASK_KILLED_DURING_LAUNCH']);
  const executor = await TestExecutor.subscribe(t, agent, scheduler, 'idle');
  await executor.next('SHUTDOWN');
  const failure = await scheduler.failureOf('idle');
  assert.equal(failure.executorId, 'idle' as ExecutorId);
  assert.equal(await executor.event(), null, 'the stream ends with the process');
});

test('[D69] data of megabytes go both ways', async (t) => {
  const data = Buffer.alloc(3 * 2 ** 20, 'mete');
  agentId = await scheduler.launch([taskOf('large', sleeper('bulk'), { data })]);
  await known(agent, 'bulk');
  const executor = await subscribed(t, 'bulk');
  const { task } = (await executor.next('LAUNCH')) as { task: Json };
  assert.ok(Buffer.from(task['data'] as string, 'base64').equals(data));
  await executor.update('large', 'TASK_FINISHED', 1, { data: data.toString('base64') });
  assert.deepEqual(await executor.next('ACKNOWLEDGED'), { task_id: { value: 'large' }, uuid: uuidOf(1) });
  assert.ok(Buffer.from((await scheduler.ended('large')).data!).equals(data));
});
