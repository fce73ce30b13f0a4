/** The executor against an agent that the test plays: subscriptions, groups, kills, and the ways it ends. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { readProcess } from '../../src/containers/proc.js';
import { readEnvironment } from '../../src/executor/environment.js';
import { runExecutor } from '../../src/executor/run-executor.js';
import type { MessageOf } from '../../src/protocol/messages.js';
import type { AgentId, TaskId } from '../../src/protocol/schema.js';
import type { TaskInfo, TaskState } from '../../src/protocol/task.js';
import { startFakeAgent, type FakeAgent } from './fake-agent.js';

const root = mkdtempSync(join(tmpdir(), 'mete-executor-'));
after(() => rmSync(root, { recursive: true, force: true }));

let counter = 0;

interface Running {
  readonly directory: string;
  readonly code: Promise<number>;
}

function start(agent: FakeAgent, more: Record<string, string> = {}): Running {
  const directory = mkdtempSync(join(root, 'sandbox-'));
  const code = runExecutor({
    PATH: process.env['PATH'],
    MESOS_FRAMEWORK_ID: 'f',
    MESOS_EXECUTOR_ID: 'e',
    MESOS_AGENT_ENDPOINT: `127.0.0.1:${agent.port}`,
    MESOS_DIRECTORY: directory,
    METE_CONTAINER_ID: `c${process.pid}-${counter++}`,
    ...more,
  });
  return { directory, code };
}

/** A command task as the agent gives it to an executor that runs several. */
function member(taskId: string, value: string, more: Partial<TaskInfo> = {}): TaskInfo {
  const executor = { executorId: 'e' as never };
  return { name: taskId, taskId: taskId as TaskId, agentId: 'a' as AgentId, command: { value }, executor, ...more };
}

function group(...tasks: TaskInfo[]): MessageOf<'LAUNCH_GROUP'> {
  return { type: 'LAUNCH_GROUP', taskGroup: { tasks } };
}

async function printed(path: string): Promise<string> {
  while (!existsSync(path) || !readFileSync(path, 'utf8').includes('\n')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return readFileSync(path, 'utf8');
}

function isAlive(pid: number): boolean {
  const entry = readProcess(pid);
  return entry !== null && entry.state !== 'Z';
}

test('tasks of a group run side by side, each in a directory of its own', async () => {
  const agent = await startFakeAgent();
  const { directory, code } = start(agent);
  await agent.subscribed(1);
  agent.send(group(member('a', 'pwd; echo $MESOS_SANDBOX'), member('b', 'kill -SEGV $$')));
  assert.equal((await agent.status('a', 'TASK_FINISHED')).message, 'Command exited with status 0');
  assert.equal((await agent.status('b', 'TASK_FAILED')).message, 'Command terminated with signal Segmentation fault');
  const own = join(directory, 'tasks', 'a');
  assert.equal(readFileSync(join(own, 'stdout'), 'utf8'), `${own}\n${own}\n`);
  const source = agent.heard.flatMap((message) => (message.type === 'EXECUTOR_UPDATE' ? [message.status] : []));
  assert.ok(source.every(({ source: by, uuid }) => by === 'SOURCE_EXECUTOR' && uuid?.length === 16));
  agent.send({ type: 'EXECUTOR_SHUTDOWN' });
  assert.equal(await code, 0);
  await agent.close();
});

test('[C28] [C55] an executor that comes back tells what was not acknowledged, until it is', async () => {
  const agent = await startFakeAgent();
  agent.acknowledges = false;
  const { code } = start(agent, { MESOS_CHECKPOINT: '1', MESOS_RECOVERY_TIMEOUT: '15mins' });
  const first = await agent.subscribed(1);
  assert.deepEqual([first.unacknowledgedTasks, first.unacknowledgedUpdates], [[], []]);
  agent.send(group(member('x', 'exit 1'), member('y', 'exec sleep 1000')));
  const running = await agent.status('x', 'TASK_RUNNING');
  const failed = await agent.status('x', 'TASK_FAILED');
  const other = await agent.status('y', 'TASK_RUNNING');
  agent.hangUp();
  const second = await agent.subscribed(2);
  assert.deepEqual(second.unacknowledgedTasks!.map(({ taskId }) => taskId), ['x', 'y']);
  assert.deepEqual(second.unacknowledgedUpdates!.map(({ status }) => status), [running, failed, other].sort(byTime));
  agent.send(
    { type: 'ACKNOWLEDGED', taskId: running.taskId, uuid: running.uuid! },
    { type: 'ACKNOWLEDGED', taskId: running.taskId, uuid: failed.uuid! },
    { type: 'ACKNOWLEDGED', taskId: running.taskId, uuid: other.uuid! },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  agent.hangUp();
  const third = await agent.subscribed(3);
  assert.deepEqual(third.unacknowledgedTasks!.map(({ taskId }) => taskId), ['y'], 'an uuid counts for its task only');
  assert.deepEqual(third.unacknowledgedUpdates!.map(({ status }) => status), [other]);
  agent.acknowledges = true;
  agent.send({ type: 'EXECUTOR_SHUTDOWN' });
  assert.equal((await agent.status('y', 'TASK_KILLED')).message, 'Command terminated with signal Terminated');
  assert.equal(await code, 0);
  await agent.close();
});

function byTime(a: { uuid?: Uint8Array }, b: { uuid?: Uint8Array }): number {
  return Buffer.compare(a.uuid!, b.uuid!);
}

test('an executor without checkpoint ends with its agent, and its tasks with it', async () => {
  const agent = await startFakeAgent();
  const { directory, code } = start(agent, { MESOS_CHECKPOINT: '0' });
  await agent.subscribed(1);
  agent.send(group(member('long', "trap '' TERM; echo $$; while :; do sleep 0.05; done")));
  const pid = Number(await printed(join(directory, 'tasks/long/stdout')));
  await agent.close();
  assert.equal(await code, 1);
  assert.equal(isAlive(pid), false);
});

test('an executor with checkpoint waits for its agent, and comes back to it', async () => {
  const agent = await startFakeAgent();
  const { directory, code } = start(agent, { MESOS_CHECKPOINT: '1', MESOS_SUBSCRIPTION_BACKOFF_MAX: '100ms' });
  await agent.subscribed(1);
  agent.send(group(member('task', 'while [ ! -e go ]; do sleep 0.05; done')));
  await agent.status('task', 'TASK_RUNNING');
  await agent.close();
  writeFileSync(join(directory, 'tasks/task/go'), '');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const again = await startFakeAgent(agent.port);
  const { unacknowledgedUpdates } = await again.subscribed(1);
  assert.equal(unacknowledgedUpdates!.at(-1)!.status.state, 'TASK_FINISHED');
  again.send({ type: 'EXECUTOR_SHUTDOWN' });
  assert.equal(await code, 0);
  await again.close();
});

test('an executor with checkpoint whose agent does not come back in time ends', async () => {
  const agent = await startFakeAgent();
  const { code } = start(agent, { MESOS_CHECKPOINT: '1', MESOS_RECOVERY_TIMEOUT: '150ms' });
  await agent.subscribed(1);
  await agent.close();
  assert.equal(await code, 1);
});

function kill(taskId: string, gracePeriodMs?: number): MessageOf<'EXECUTOR_KILL'> {
  const killPolicy = gracePeriodMs === undefined ? {} : { killPolicy: { gracePeriodMs } };
  return { type: 'EXECUTOR_KILL', taskId: taskId as TaskId, ...killPolicy };
}

function statesOf(agent: FakeAgent, taskId: string): TaskState[] {
  const statuses = agent.heard.flatMap((message) => (message.type === 'EXECUTOR_UPDATE' ? [message.status] : []));
  return statuses.filter((status) => status.taskId === taskId).map(({ state }) => state);
}

test('[B85] TASK_KILLING is told if the framework has the capability for it, and only then', async () => {
  for (const able of [true, false]) {
    const agent = await startFakeAgent(0, able ? ['PARTITION_AWARE', 'TASK_KILLING_STATE'] : ['PARTITION_AWARE']);
    const { code } = start(agent);
    await agent.subscribed(1);
    agent.send(group(member('t', 'sleep 1000')));
    await agent.status('t', 'TASK_RUNNING');
    agent.send(kill('t'));
    await agent.status('t', 'TASK_KILLED');
    const ends = able ? ['TASK_KILLING', 'TASK_KILLED'] : ['TASK_KILLED'];
    assert.deepEqual(statesOf(agent, 't').slice(-ends.length - 1), ['TASK_RUNNING', ...ends]);
    agent.send({ type: 'EXECUTOR_SHUTDOWN' });
    assert.equal(await code, 0);
    await agent.close();
  }
});

test('kills: right after launch, twice, of what is unknown; TASK_KILLING is told once', async () => {
  const agent = await startFakeAgent();
  const { code } = start(agent);
  await agent.subscribed(1);
  agent.send(group(member('soon', "trap '' TERM; sleep 1000")), kill('soon', 600_000), kill('soon', 0), kill('nobody'));
  assert.equal((await agent.status('soon', 'TASK_KILLED')).reason, undefined);
  const states = statesOf(agent, 'soon');
  assert.equal(states.filter((state) => state === 'TASK_KILLING').length, 1);
  assert.equal(states.at(-1), 'TASK_KILLED');
  const tail = "(trap 'sleep 0.2; exit' TERM; while :; do sleep 0.05; done) & exec sleep 1000";
  agent.send(group(member('tail', tail)));
  agent.send({ type: 'EXECUTOR_SHUTDOWN' });
  assert.equal(await code, 0);
  await agent.close();
});

test('what cannot be started fails its task and nothing else', async () => {
  const agent = await startFakeAgent();
  const { code } = start(agent);
  await agent.subscribed(1);
  const missing = { shell: false, value: '/no/such' };
  const user = { value: 'true', user: 'no-such-user' };
  agent.send(group(member('m', '', { command: missing }), member('u', '', { command: user }), member('e', '')));
  for (const [taskId, text] of [['m', /ENOENT/], ['u', /no user/], ['e', /nothing to run/]] as const) {
    const status = await agent.status(taskId, 'TASK_FAILED');
    assert.equal(status.reason, 'REASON_CONTAINER_LAUNCH_FAILED');
    assert.match(status.message!, text);
  }
  agent.send({ type: 'EXECUTOR_ERROR', message: 'enough' });
  assert.equal(await code, 1);
  await agent.close();
});

test('[C35] an executor that was made for one command ends with it', async () => {
  const agent = await startFakeAgent();
  const { directory, code } = start(agent);
  await agent.subscribed(1);
  const { executor: _executor, ...alone } = member('only', 'echo here');
  agent.send({ type: 'LAUNCH', task: alone });
  assert.equal(await code, 0);
  assert.equal(readFileSync(join(directory, 'stdout'), 'utf8'), 'here\n');
  await agent.close();
});

test('an environment that no agent has made is refused with the name of what is wrong', () => {
  const good = {
    MESOS_FRAMEWORK_ID: 'f',
    MESOS_EXECUTOR_ID: 'e',
    MESOS_AGENT_ENDPOINT: '[::1]:5051',
    MESOS_DIRECTORY: '/d',
    MESOS_RECOVERY_TIMEOUT: '2.5mins',
  };
  const read = readEnvironment(good);
  assert.deepEqual([read.host, read.port, read.recoveryTimeoutMs], ['::1', 5051, 150_000]);
  const bad: Record<string, string>[] = [
    { MESOS_FRAMEWORK_ID: '' },
    { MESOS_AGENT_ENDPOINT: 'nowhere' },
    { MESOS_DIRECTORY: '' },
    { MESOS_RECOVERY_TIMEOUT: 'soon' },
  ];
  for (const change of bad) {
    const name = Object.keys(change)[0];
    const isRight = (error: unknown): boolean => error instanceof MeteError && error.field === name;
    assert.throws(() => readEnvironment({ ...good, ...change }), isRight);
  }
});
