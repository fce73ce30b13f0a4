/** Custom executors as real processes that speak HTTP by hand, with files, user and environment. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import { canSwitchUser, findUser } from '../../../../src/containers/users.js';
import type { ExecutorId, TaskId } from '../../../../src/protocol/schema.js';
import type { ExecutorInfo } from '../../../../src/protocol/task.js';
import { executorOf, startCluster, type TestCluster, type TestScheduler } from '../cluster.js';

const SCRIPT = fileURLToPath(new URL('executor-script.mjs', import.meta.url));

/** As the word-count program of a user does: long enough for any default time-out of a keep-alive connection. */
const IDLE_MS = process.env['METE_TEST_IDLE_MS'] ?? '6000';

let cluster: TestCluster;
let agent: RunningAgent;
let scheduler: TestScheduler;

before(async () => {
  cluster = await startCluster();
  chmodSync(cluster.root, 0o755);
  agent = await cluster.addAgent({
    core: { version: '1.11.0', registrationBackoffMs: 10, executorEnvironment: { FROM_AGENT: 'yes', OWN: 'not this' } },
  });
  scheduler = await cluster.addFramework({ checkpoint: true });
});

after(() => cluster.close());

function scripted(id: string, more: ExecutorInfo['command'] = {}): ExecutorInfo {
  const value = `env > variables; id -u > uid; ps -o pgid=,sid= -p $$ > group; exec '${process.execPath}' executor.mjs`;
  const script = join(cluster.root, 'executor.mjs');
  copyFileSync(SCRIPT, script);
  return { ...executorOf(id), name: id, command: { value, uris: [{ value: script }], ...more } };
}

async function finish(executor: ExecutorInfo, taskId: string, idleMs: string): Promise<string> {
  await scheduler.launch([{ taskId: taskId as TaskId, executor, data: Buffer.from(idleMs) }]);
  const end = await scheduler.ended(taskId);
  assert.equal(end.state, 'TASK_FINISHED', end.message);
  assert.equal(Buffer.from(end.data!).toString(), 'connections: 1', 'all calls came over the same connection');
  const { frameworkId } = scheduler;
  const runs = `slaves/${end.agentId}/frameworks/${frameworkId}/executors/${executor.executorId}/runs/latest`;
  return join(agent.workDir, runs);
}

test('[C38] [C40] [C101] [D64] an executor over HTTP gets files and environment, and does its work', async () => {
  const environment = { variables: [{ name: 'OWN', value: 'mine' }] };
  const executor = { ...scripted('script', { environment }), shutdownGracePeriodMs: 90_000 };
  const sandbox = await finish(executor, 'task', IDLE_MS);
  const variables = new Map(
    readFileSync(join(sandbox, 'variables'), 'utf8').trim().split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const expected: Record<string, string> = {
    MESOS_FRAMEWORK_ID: scheduler.frameworkId,
    MESOS_EXECUTOR_ID: 'script',
    MESOS_AGENT_ENDPOINT: agent.address,
    MESOS_SLAVE_PID: `slave(1)@${agent.address}`,
    MESOS_CHECKPOINT: '1',
    MESOS_RECOVERY_TIMEOUT: '15mins',
    MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '90secs',
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    LIBPROCESS_PORT: '0',
    FROM_AGENT: 'yes',
    OWN: 'mine',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(variables.get(name), value, name);
  assert.equal(variables.get('MESOS_DIRECTORY'), variables.get('MESOS_SANDBOX'));
  assert.equal(statSync(variables.get('MESOS_SANDBOX')!).ino, statSync(sandbox).ino);
  const [group, session] = readFileSync(join(sandbox, 'group'), 'utf8').trim().split(/\s+/);
  assert.equal(group, session, 'it leads a session and a group of its own');
  assert.notEqual(Number(session), process.pid);
});

test('[C47] what is said before an update is heard before it; an executor that is shut down leaves', async () => {
  const sandbox = await finish(scripted('talks'), 'talking', '0');
  const heard = scheduler.messages.flatMap((message) => {
    if (message.type === 'EXECUTOR_MESSAGE' && message.executorId === ('talks' as ExecutorId)) {
      return [Buffer.from(message.data).toString()];
    }
    return message.type === 'UPDATE' && message.status.taskId === ('talking' as TaskId) ? [message.status.state] : [];
  });
  assert.deepEqual([...new Set(heard)], ['TASK_RUNNING', 'one', 'two', 'three', 'TASK_FINISHED']);
  const { agentId } = await scheduler.running('talking');
  scheduler.send({ type: 'SHUTDOWN', executorId: 'talks' as ExecutorId, agentId: agentId! });
  assert.equal((await scheduler.failureOf('talks')).status, 0);
  const events = readFileSync(join(sandbox, 'stdout'), 'utf8').trim().split('\n');
  assert.deepEqual(events.filter((type) => type !== 'ACKNOWLEDGED'), ['SUBSCRIBED', 'LAUNCH', 'SHUTDOWN']);
});

test('[C41] an executor runs as the user that its command names', async (t) => {
  if (!canSwitchUser()) return t.diagnostic('needs root');
  const sandbox = await finish(scripted('other', { user: 'nobody' }), 'as-nobody', '0');
  assert.equal(Number(readFileSync(join(sandbox, 'uid'), 'utf8')), findUser('nobody').uid);
});
