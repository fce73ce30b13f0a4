/** The executor API as bytes over real sockets: subscriptions, events, calls. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import type { AgentId, ExecutorId } from '../../../../src/protocol/schema.js';
import { startCluster, type TestCluster, type TestScheduler } from '../cluster.js';
import { ask, JSON_LINE, known, PATH, sleeper, taskOf, TestExecutor, updateOf, uuidOf } from './fixtures.js';

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
  const executor = sleeper(executorId);
  agentId = await scheduler.launch(taskIds.map((id) => taskOf(id, executor, { data: Buffer.from('in') })));
  await known(agent, executorId);
}

test("[C109] [D47] [D51] [D52] [D67] an executor subscribes and gets its tasks in Mesos' form", async (t) => {
  await launch('e1', 't1');
  const executor = await TestExecutor.subscribe(t, agent, scheduler, 'e1');
  assert.equal(executor.head.status, 200);
  assert.equal(executor.head.headers['content-type'], 'application/json');
  assert.equal(executor.head.headers['transfer-encoding'], 'chunked');
  assert.equal(executor.head.headers['mesos-stream-id'], undefined);
  const subscribed = await executor.next('SUBSCRIBED');
  const info = subscribed['executor_info'] as Record<string, unknown>;
  assert.deepEqual(info['executor_id'], { value: 'e1' });
  assert.deepEqual(info['framework_id'], { value: scheduler.frameworkId });
  assert.deepEqual(info['command'], { value: 'sleep 1000', shell: true });
  const framework = subscribed['framework_info'] as Record<string, unknown>;
  assert.deepEqual(framework['id'], { value: scheduler.frameworkId });
  assert.equal(framework['checkpoint'], true);
  assert.deepEqual((subscribed['agent_info'] as Record<string, unknown>)['id'], { value: agentId });
  assert.equal(typeof (subscribed['container_id'] as { value: string }).value, 'string');
  const { task } = (await executor.next('LAUNCH')) as { task: Record<string, unknown> };
  assert.deepEqual([task['task_id'], task['name'], task['agent_id']], [{ value: 't1' }, 't1', { value: agentId }]);
  assert.equal(task['data'], Buffer.from('in').toString('base64'));
});

test('[D48] [D55] [C47] [D49] [D56] updates are acknowledged at once, messages go both ways', async (t) => {
  await launch('e2', 't2');
  const executor = await TestExecutor.subscribe(t, agent, scheduler, 'e2');
  await executor.next('SUBSCRIBED');
  await executor.next('LAUNCH');
  const answer = await executor.update('t2', 'TASK_RUNNING', 1, { message: 'now', data: 'aGk=' });
  assert.deepEqual([answer.status, answer.headers['content-length'], answer.body], [202, '0', '']);
  assert.deepEqual(await executor.next('ACKNOWLEDGED'), { task_id: { value: 't2' }, uuid: uuidOf(1) });
  const running = await scheduler.running('t2');
  assert.deepEqual([running.message, running.executorId, Buffer.from(running.data!).toString()], ['now', 'e2', 'hi']);
  scheduler.send({ type: 'MESSAGE', agentId, executorId: 'e2' as ExecutorId, data: Buffer.from('down') });
  assert.deepEqual(await executor.next('MESSAGE'), { data: Buffer.from('down').toString('base64') });
  // One after the other on one connection, without waiting: the message comes before the update.
  executor.write('MESSAGE', { message: { data: Buffer.from('up').toString('base64') } });
  executor.write('UPDATE', updateOf('t2', 'TASK_FINISHED', 2));
  for (let i = 0; i < 2; i++) assert.equal((await executor.answer()).status, 202);
  assert.deepEqual(await executor.next('ACKNOWLEDGED'), { task_id: { value: 't2' }, uuid: uuidOf(2) });
  await scheduler.ended('t2');
  const order = scheduler.messages.filter(
    (message) =>
      (message.type === 'EXECUTOR_MESSAGE' && Buffer.from(message.data).toString() === 'up') ||
      (message.type === 'UPDATE' && message.status.taskId === 't2' && message.status.state === 'TASK_FINISHED'),
  );
  assert.deepEqual(order.map(({ type }) => type), ['EXECUTOR_MESSAGE', 'UPDATE']);
});

test('the endpoint is there twice', async (t) => {
  const { status, body } = await ask(t, agent, 'POST', `/slave(1)${PATH}`, [JSON_LINE], '{}');
  assert.deepEqual([status, body], [400, "Failed to validate Executor::Call: Expecting 'type' to be present"]);
});
