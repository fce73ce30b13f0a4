/** The executor as Mesos' default executor, against an agent that the test plays: tasks stand and fall together. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { runExecutor } from '../../src/executor/run-executor.js';
import type { ExecutorEvent, MessageOf } from '../../src/protocol/messages.js';
import type { AgentId, ExecutorId, TaskId } from '../../src/protocol/schema.js';
import type { TaskInfo, TaskState, TaskStatus } from '../../src/protocol/task.js';
import { type FakeAgent, startFakeAgent } from './fake-agent.js';

const root = mkdtempSync(join(tmpdir(), 'mete-pods-'));
after(() => rmSync(root, { recursive: true, force: true }));

let counter = 0;

interface Pod {
  readonly agent: FakeAgent;
  readonly directory: string;
  readonly code: Promise<number>;
}

/** A default executor that has subscribed; it is ended after the test. */
async function startPod(t: TestContext, more: Record<string, string> = {}): Promise<Pod> {
  const agent = await startFakeAgent(0, ['TASK_KILLING_STATE'], 'DEFAULT');
  const directory = mkdtempSync(join(root, 'sandbox-'));
  const code = runExecutor({
    PATH: process.env['PATH'],
    MESOS_FRAMEWORK_ID: 'f',
    MESOS_EXECUTOR_ID: 'e',
    MESOS_AGENT_ENDPOINT: `127.0.0.1:${agent.port}`,
    MESOS_DIRECTORY: directory,
    METE_CONTAINER_ID: `p${process.pid}-${counter++}`,
    ...more,
  });
  t.after(async () => {
    agent.send({ type: 'EXECUTOR_SHUTDOWN' });
    await code;
    await agent.close();
  });
  await agent.subscribed(1);
  return { agent, directory, code };
}

function member(taskId: string, value: string, more: Partial<TaskInfo> = {}): TaskInfo {
  const executor = { executorId: 'e' as ExecutorId, type: 'DEFAULT' as const };
  return { name: taskId, taskId: taskId as TaskId, agentId: 'a' as AgentId, command: { value }, executor, ...more };
}

function group(...tasks: TaskInfo[]): MessageOf<'LAUNCH_GROUP'> {
  return { type: 'LAUNCH_GROUP', taskGroup: { tasks } };
}

function kill(taskId: string): ExecutorEvent {
  return { type: 'EXECUTOR_KILL', taskId: taskId as TaskId };
}

function statusesOf({ heard }: FakeAgent): TaskStatus[] {
  return heard.flatMap((message) => (message.type === 'EXECUTOR_UPDATE' ? [message.status] : []));
}

function statesOf(agent: FakeAgent, taskId: string): TaskState[] {
  return statusesOf(agent).filter((status) => status.taskId === taskId).map(({ state }) => state);
}

async function filled(path: string): Promise<void> {
  while (!existsSync(path) || statSync(path).size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

const SLEEP = 'exec sleep 1000';
/** Ends when a file of this name is in the directory of the task. */
const UNTIL_GO = 'while [ ! -e go ]; do sleep 0.02; done';

test('[C37] all tasks of a group are TASK_STARTING before one runs; the executor ends with the last', async (t) => {
  const { agent, directory, code } = await startPod(t);
  agent.send(group(member('a', 'pwd; echo $MESOS_SANDBOX'), member('b', UNTIL_GO)));
  await agent.status('a', 'TASK_FINISHED');
  await agent.status('b', 'TASK_RUNNING');
  assert.deepEqual(statesOf(agent, 'b'), ['TASK_STARTING', 'TASK_RUNNING'], 'one that finishes leaves others alone');
  assert.deepEqual(statusesOf(agent).slice(0, 2).map(({ taskId, state }) => [taskId, state]), [
    ['a', 'TASK_STARTING'],
    ['b', 'TASK_STARTING'],
  ]);
  writeFileSync(join(directory, 'tasks/b/go'), '');
  assert.equal((await agent.status('b', 'TASK_FINISHED')).message, 'Command exited with status 0');
  assert.equal(await code, 0);
  const own = join(directory, 'tasks', 'a');
  assert.equal(readFileSync(join(own, 'stdout'), 'utf8'), `${own}\n${own}\n`);
});

test('[C37] a task that fails takes its group along, each by its own kill policy; others go on', async (t) => {
  const { agent, directory, code } = await startPod(t);
  agent.send(group(member('other', UNTIL_GO)));
  await agent.status('other', 'TASK_RUNNING');
  const FOREVER = 'while :; do sleep 0.02; done';
  const stubborn = member('stubborn', `trap '' TERM; ${FOREVER}`, { killPolicy: { gracePeriodMs: 40 } });
  const killPolicy = { gracePeriodMs: 600_000 };
  const tidy = member('tidy', `trap 'sleep 0.2; exit 7' TERM; echo ready; ${FOREVER}`, { killPolicy });
  agent.send(group(member('bad', `${UNTIL_GO}; exit 3`), stubborn, tidy, member('done', 'true')));
  for (const taskId of ['bad', 'stubborn', 'tidy']) await agent.status(taskId, 'TASK_RUNNING');
  await agent.status('done', 'TASK_FINISHED');
  await filled(join(directory, 'tasks/tidy/stdout'));
  writeFileSync(join(directory, 'tasks/bad/go'), '');
  assert.equal((await agent.status('bad', 'TASK_FAILED')).message, 'Command exited with status 3');
  assert.equal((await agent.status('stubborn', 'TASK_KILLED')).message, 'Command terminated with signal Killed');
  assert.equal((await agent.status('tidy', 'TASK_KILLED')).message, 'Command exited with status 7');
  assert.deepEqual(statesOf(agent, 'tidy'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED']);
  assert.deepEqual(statesOf(agent, 'other'), ['TASK_STARTING', 'TASK_RUNNING']);
  writeFileSync(join(directory, 'tasks/other/go'), '');
  await agent.status('other', 'TASK_FINISHED');
  assert.equal(await code, 0);
});

test('[C37] a kill of one task ends its group; one that cannot start fails it', async (t) => {
  const { agent, code } = await startPod(t);
  agent.send(group(member('rest', SLEEP)));
  agent.send(group(member('a', SLEEP), member('b', SLEEP)));
  await agent.status('b', 'TASK_RUNNING');
  agent.send(kill('a'));
  await agent.status('a', 'TASK_KILLED');
  await agent.status('b', 'TASK_KILLED');
  agent.send(group(member('m', '', { command: { shell: false, value: '/no/such' } }), member('n', SLEEP)));
  assert.equal((await agent.status('m', 'TASK_FAILED')).reason, 'REASON_CONTAINER_LAUNCH_FAILED');
  await agent.status('n', 'TASK_KILLED');
  assert.ok(!statesOf(agent, 'rest').includes('TASK_KILLED'));
  agent.send({ type: 'EXECUTOR_SHUTDOWN' });
  assert.equal((await agent.status('rest', 'TASK_KILLED')).message, 'Command terminated with signal Terminated');
  assert.equal(await code, 0);
});

test('[C37] files that a task of a group names are brought into its own directory', async (t) => {
  const { agent, directory } = await startPod(t);
  const file = join(root, 'greeting');
  writeFileSync(file, 'hello\n');
  const uris = [{ value: file }];
  const missing = [{ value: join(root, 'missing') }];
  agent.send(group(member('wait', UNTIL_GO)));
  agent.send(group(member('cat', '', { command: { value: 'cat greeting', uris } })));
  await agent.status('cat', 'TASK_FINISHED');
  assert.equal(readFileSync(join(directory, 'tasks/cat/stdout'), 'utf8'), 'hello\n');
  agent.send(group(member('lost', '', { command: { value: 'true', uris: missing } })));
  assert.match((await agent.status('lost', 'TASK_FAILED')).message!, /missing/);
});

test('[C37] what was not acknowledged is told again before the executor ends', async (t) => {
  const { agent, code } = await startPod(t, { MESOS_CHECKPOINT: '1', MESOS_SUBSCRIPTION_BACKOFF_MAX: '100ms' });
  agent.acknowledges = false;
  agent.send(group(member('t', 'true')));
  await agent.status('t', 'TASK_FINISHED');
  agent.hangUp();
  const { unacknowledgedUpdates } = await agent.subscribed(2);
  const states = unacknowledgedUpdates!.map(({ status }) => status.state);
  assert.deepEqual(states, ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
  agent.acknowledges = true;
  agent.send(group(member('late', 'true')));
  await agent.status('late', 'TASK_FINISHED');
  for (const { status } of unacknowledgedUpdates!) {
    agent.send({ type: 'ACKNOWLEDGED', taskId: status.taskId, uuid: status.uuid! });
  }
  assert.equal(await code, 0);
});

test('[C37] LAUNCH is nothing for it, as in Mesos: it ends', async (t) => {
  const { agent, code } = await startPod(t);
  agent.send(group(member('a', SLEEP)));
  await agent.status('a', 'TASK_RUNNING');
  agent.send({ type: 'LAUNCH', task: member('b', SLEEP) });
  await agent.status('a', 'TASK_KILLED');
  assert.equal(await code, 0);
  assert.deepEqual(statesOf(agent, 'b'), []);
});
