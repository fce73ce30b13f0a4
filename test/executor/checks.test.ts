/** Checks and health checks of command tasks, against an agent that the test plays. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { look } from '../../src/executor/probe.js';
import { runExecutor } from '../../src/executor/run-executor.js';
import type { Message, MessageOf } from '../../src/protocol/messages.js';
import type { AgentId, TaskId } from '../../src/protocol/schema.js';
import type { TaskInfo, TaskStatus } from '../../src/protocol/task.js';
import { type FakeAgent, startFakeAgent } from './fake-agent.js';

const root = mkdtempSync(join(tmpdir(), 'mete-checks-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** As often as can be. */
const SOON = { delaySeconds: 0, intervalSeconds: 0.02, timeoutSeconds: 5 };

interface Scene {
  readonly agent: FakeAgent;
  readonly directory: string;
  readonly launch: (more: Partial<TaskInfo>) => void;
  /** The first status of the task that satisfies. */
  readonly status: (is: (status: TaskStatus) => boolean) => Promise<TaskStatus>;
}

async function scene(t: TestContext): Promise<Scene> {
  const agent = await startFakeAgent(0, []);
  const directory = mkdtempSync(join(root, 'sandbox-'));
  const code = runExecutor({
    PATH: process.env['PATH'],
    MESOS_FRAMEWORK_ID: 'f',
    MESOS_EXECUTOR_ID: 'e',
    MESOS_AGENT_ENDPOINT: `127.0.0.1:${agent.port}`,
    MESOS_DIRECTORY: directory,
    METE_CONTAINER_ID: `checks-${process.pid}-${directory.slice(-6)}`,
  });
  await agent.subscribed(1);
  t.after(async () => {
    agent.send({ type: 'EXECUTOR_SHUTDOWN' });
    await code;
    await agent.close();
  });
  const executor = { executorId: 'e' as never };
  return {
    agent,
    directory,
    launch(more) {
      const ids = { name: 't', taskId: 't' as TaskId, agentId: 'a' as AgentId };
      agent.send({ type: 'LAUNCH', task: { ...ids, command: { value: 'exec sleep 1000' }, executor, ...more } });
    },
    async status(is) {
      const isIt = (message: Message): message is MessageOf<'EXECUTOR_UPDATE'> =>
        message.type === 'EXECUTOR_UPDATE' && is(message.status);
      return (await agent.hear(isIt)).status;
    },
  };
}

test('[C49] a task is well, then not, then ended after failures in a row', async (t) => {
  const { launch, status, directory } = await scene(t);
  const command = { value: `test ! -e ${join(directory, 'ill')}` };
  const healthCheck = { ...SOON, type: 'COMMAND' as const, command, consecutiveFailures: 3, gracePeriodSeconds: 0 };
  launch({ healthCheck, killPolicy: { gracePeriodMs: 2000 } });
  const well = await status(({ healthy }) => healthy === true);
  assert.deepEqual([well.state, well.reason], ['TASK_RUNNING', 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED']);
  writeFileSync(join(directory, 'ill'), '');
  const ill = await status(({ healthy }) => healthy === false);
  assert.deepEqual([ill.state, ill.reason], ['TASK_RUNNING', 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED']);
  assert.match(ill.message!, /exited with status 1/);
  const end = await status(({ state }) => state === 'TASK_KILLED');
  assert.equal(end.healthy, false);
});

test('[C49] failures while a task starts do not count, what comes after them does', async (t) => {
  const { agent, launch, status, directory } = await scene(t);
  const counter = join(directory, 'count');
  // Fails five times, more often than would be borne later, then never.
  const command = { value: `echo >> ${counter}; test $(wc -l < ${counter}) -gt 5` };
  launch({ healthCheck: { ...SOON, type: 'COMMAND', command, consecutiveFailures: 1, gracePeriodSeconds: 1000 } });
  await status(({ healthy }) => healthy === true);
  const updates = agent.heard.filter((message) => message.type === 'EXECUTOR_UPDATE');
  assert.deepEqual(updates.map((message) => message.status.healthy), [undefined, true]);
});

test('[C49] health over HTTP is a good status, over TCP a connection', async (t) => {
  let statusCode = 200;
  const server = createServer((_request, answer) => {
    answer.writeHead(statusCode).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const over = await scene(t);
  const healthCheck = { ...SOON, consecutiveFailures: 1, gracePeriodSeconds: 0 };
  over.launch({ healthCheck: { ...healthCheck, type: 'HTTP', http: { port, path: '/health', statuses: [200] } } });
  await over.status(({ healthy }) => healthy === true);
  statusCode = 204;
  assert.match((await over.status(({ healthy }) => healthy === false)).message!, /HTTP response code: 204/);
  await over.status(({ state }) => state === 'TASK_KILLED');
  const tcp = await scene(t);
  tcp.launch({ healthCheck: { ...healthCheck, type: 'TCP', tcp: { port } } });
  await tcp.status(({ healthy }) => healthy === true);
});

test('[C50] a check tells what it finds when that changes, and ends nothing', async (t) => {
  const { agent, launch, status, directory } = await scene(t);
  const file = join(directory, 'code');
  writeFileSync(file, '3\n');
  launch({ check: { ...SOON, type: 'COMMAND', command: { command: { value: `exit $(cat ${file})` } } } });
  const first = await status(({ state }) => state === 'TASK_RUNNING');
  assert.deepEqual([first.reason, first.checkStatus], [undefined, { type: 'COMMAND', command: {} }]);
  const found = await status(({ checkStatus }) => checkStatus?.command?.exitCode === 3);
  assert.deepEqual([found.state, found.reason], ['TASK_RUNNING', 'REASON_TASK_CHECK_STATUS_UPDATED']);
  writeFileSync(file, '0\n');
  await status(({ checkStatus }) => checkStatus?.command?.exitCode === 0);
  const updates = agent.heard.filter((message) => message.type === 'EXECUTOR_UPDATE');
  assert.equal(updates.length, 3, 'the same is not told twice');
  assert.ok(updates.every((message) => message.status.healthy === undefined));
});

test('[C50] what does not answer in time is not known', async () => {
  const place = { directory: root, environment: { PATH: process.env['PATH']! }, user: null };
  const never = new AbortController().signal;
  const slow = await look({ type: 'COMMAND', command: { value: 'sleep 1000' } }, place, 50, never);
  assert.equal(slow, 'COMMAND has not returned after 0.05secs');
  const argv = { shell: false, value: 'sh', arguments: ['sh', '-c', 'exit $CODE'] };
  const variables = [{ name: 'CODE', value: '7' }];
  const command = { ...argv, environment: { variables } };
  assert.deepEqual(await look({ type: 'COMMAND', command }, place, 5000, never), { type: 'COMMAND', exitCode: 7 });
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  assert.equal(await look({ type: 'HTTP', port }, place, 50, never), 'HTTP has not returned after 0.05secs');
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  assert.deepEqual(await look({ type: 'TCP', port }, place, 5000, never), { type: 'TCP', succeeded: false });
});
