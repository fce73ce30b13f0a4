/** An agent with a real master and real executors: commands, jobs, and every way in which they end. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RunningAgent } from '../../../src/agent/shell/start-agent.js';
import { readProcess } from '../../../src/containers/proc.js';
import type { TaskId } from '../../../src/protocol/schema.js';
import type { TaskInfo } from '../../../src/protocol/task.js';
import { CODE, jobTask, partOf, startFramework, type TestFramework } from '../../executor/jobs.js';
import { executorOf, startCluster, type TestCluster, type TestScheduler } from './cluster.js';

let cluster: TestCluster;
let agent: RunningAgent;
let scheduler: TestScheduler;
let framework: TestFramework;

before(async () => {
  cluster = await startCluster();
  agent = await cluster.addAgent();
  framework = await startFramework(CODE);
  scheduler = await cluster.addFramework();
});

after(async () => {
  await cluster.close();
  await framework.close();
});

function get(path: string): Promise<Response> {
  return fetch(`http://${agent.address}${path}`);
}

/** The lines that a command task has printed into the sandbox of its executor. */
async function printed(taskId: string, atLeast = 1): Promise<string[]> {
  await scheduler.running(taskId);
  const path = join(await sandboxOf(taskId), 'stdout');
  const lines = (): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
  await until(() => lines().length >= atLeast);
  return lines();
}

interface AgentStateView {
  readonly frameworks: readonly {
    readonly id: string;
    readonly executors: readonly { readonly id: string; readonly directory: string; readonly container: string }[];
  }[];
}

/** The sandbox of an executor that runs. */
async function sandboxOf(executorId: string): Promise<string> {
  const state = (await (await get('/state')).json()) as AgentStateView;
  const executors = state.frameworks.flatMap(({ executors: all }) => all);
  return executors.find(({ id }) => id === executorId)!.directory;
}

function runsOf(executorId: string, agentId: string): string {
  const { frameworkId } = scheduler;
  return join(agent.workDir, `slaves/${agentId}/frameworks/${frameworkId}/executors/${executorId}/runs`);
}

function command(taskId: string, value: string, more: Partial<TaskInfo> = {}): Partial<TaskInfo> {
  return { taskId: taskId as TaskId, command: { value }, ...more };
}

function isAlive(pid: number): boolean {
  const entry = readProcess(pid);
  return entry !== null && entry.state !== 'Z';
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('[C35] a command task runs in a sandbox, with its environment, and tells how it ended', async () => {
  const value = 'echo "$GREETING $MESOS_TASK_ID"; echo bad >&2; pwd; exit 3';
  const variables = [{ name: 'GREETING', value: 'hello' }];
  await scheduler.launch([command('alone', value, { command: { value, environment: { variables } } })]);
  await scheduler.running('alone');
  const end = await scheduler.ended('alone');
  assert.equal(end.state, 'TASK_FAILED');
  assert.equal(end.message, 'Command exited with status 3');
  const directory = join(runsOf('alone', end.agentId!), 'latest');
  const lines = readFileSync(join(directory, 'stdout'), 'utf8').split('\n');
  assert.equal(lines[0], 'hello alone');
  assert.equal(statSync(directory).ino, statSync(lines[1]!).ino);
  assert.match(readFileSync(join(directory, 'stderr'), 'utf8'), /bad/);
  const path = encodeURIComponent(join(directory, 'stdout'));
  const read = await get(`/files/read?path=${path}&offset=0&length=5`);
  assert.deepEqual(await read.json(), { data: 'hello', offset: 0 });
});

test('[C46] job tasks run in the executor that is named, data goes there and back; it stays for the next', async () => {
  const executor = executorOf('jobs');
  const first = jobTask(framework, { kind: 'echo', value: 'a' }, { cpus: 0.1 });
  const second = jobTask(framework, { kind: 'echo', value: 'b' }, { cpus: 0.1 });
  await scheduler.launch([first, second].map(({ taskId, data }) => ({ taskId, data: data!, executor })));
  assert.equal(partOf(await scheduler.ended(first.taskId)), 'a');
  assert.equal(partOf(await scheduler.ended(second.taskId)), 'b');
  const states = scheduler.statuses.filter(({ taskId }) => taskId === first.taskId).map(({ state }) => state);
  assert.deepEqual(states, ['TASK_RUNNING', 'TASK_FINISHED']);
  const sandbox = await sandboxOf('jobs');
  const third = jobTask(framework, { kind: 'count' }, { cpus: 0.1 });
  await scheduler.launch([{ taskId: third.taskId, data: third.data!, executor }]);
  await scheduler.ended(third.taskId);
  assert.equal(await sandboxOf('jobs'), sandbox, 'the same run');
  const failing = jobTask(framework, { kind: 'exit' }, { cpus: 0.1 });
  await scheduler.launch([{ taskId: failing.taskId, data: failing.data!, executor }]);
  assert.match((await scheduler.ended(failing.taskId)).message!, /exited with code: 3/);
  assert.equal(await sandboxOf('jobs'), sandbox, 'the executor lives');
});

test('[C44] a killed task is asked to end and, after the grace period of its policy, ended', async () => {
  const script = (asked: string): string => `trap '${asked}' TERM; echo ready; while :; do sleep 0.05; done`;
  await scheduler.launch([
    command('stubborn', script('echo asked'), { killPolicy: { gracePeriodMs: 200 } }),
    command('patient', script('echo bye; exit 0')),
  ]);
  await printed('stubborn');
  await printed('patient');
  const sandboxes = [await sandboxOf('stubborn'), await sandboxOf('patient')];
  scheduler.send({ type: 'KILL', taskId: 'stubborn' as TaskId });
  scheduler.send({ type: 'KILL', taskId: 'patient' as TaskId, killPolicy: { gracePeriodMs: 600_000 } });
  const stubborn = await scheduler.ended('stubborn');
  assert.deepEqual([stubborn.state, stubborn.message], ['TASK_KILLED', 'Command terminated with signal Killed']);
  const patient = await scheduler.ended('patient');
  assert.deepEqual([patient.state, patient.message], ['TASK_KILLED', 'Command exited with status 0']);
  const outputs = sandboxes.map((sandbox) => readFileSync(join(sandbox, 'stdout'), 'utf8'));
  assert.deepEqual(outputs, ['ready\nasked\n', 'ready\nbye\n']);
});

test('[B73] a task that takes longer than its maximum completion time fails with the reason', async () => {
  await scheduler.launch([command('long', 'sleep 1000', { maxCompletionTimeMs: 100 })]);
  const end = await scheduler.ended('long');
  assert.deepEqual([end.state, end.reason], ['TASK_FAILED', 'REASON_MAX_COMPLETION_TIME_REACHED']);
});

test('[C34] an executor that dies fails its tasks, and nothing that they started stays', async () => {
  const script = 'echo $$; sleep 1000 & echo $!; (setsid sleep 1000 & echo $!); exec env -i sleep 1000';
  const job = jobTask(framework, { kind: 'loop' });
  await scheduler.launch([command('orphan', script)]);
  await scheduler.launch([{ taskId: job.taskId, data: job.data!, executor: executorOf('victim') }]);
  const { containerStatus } = await scheduler.running(job.taskId);
  const pids = (await printed('orphan', 3)).map(Number);
  assert.ok(pids.every(isAlive));
  process.kill(readProcess(pids[0]!)!.parent, 'SIGKILL');
  process.kill(containerStatus!.executorPid!, 'SIGKILL');
  for (const taskId of ['orphan', job.taskId]) {
    const end = await scheduler.ended(taskId);
    assert.deepEqual([end.state, end.reason], ['TASK_FAILED', 'REASON_EXECUTOR_TERMINATED']);
  }
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal((await scheduler.failureOf('victim')).status, 9);
});

test('[C31] an executor that is shut down ends its tasks first, and leaves in time', async () => {
  const executor = executorOf('leaving');
  const job = jobTask(framework, { kind: 'cooperate' });
  await scheduler.launch([{ taskId: job.taskId, data: job.data!, executor }]);
  const { agentId, containerStatus } = await scheduler.running(job.taskId);
  scheduler.send({ type: 'SHUTDOWN', executorId: executor.executorId, agentId: agentId! });
  assert.equal((await scheduler.ended(job.taskId)).state, 'TASK_KILLED');
  await until(() => !isAlive(containerStatus!.executorPid!));
  const left = await scheduler.failureOf('leaving');
  assert.equal(left.status, 0);
});

test('[C38] [C40] a custom executor runs as its command says, with the variables of executors', async () => {
  const custom = {
    value: 'env > variables; touch "$MESOS_SANDBOX/there"; command -v mete > out; exit 9',
    environment: { variables: [{ name: 'OWN', value: 'mine' }] },
  };
  const executor = { ...executorOf('custom'), command: custom };
  await scheduler.launch([{ taskId: 'never' as TaskId, executor }]);
  const end = await scheduler.ended('never');
  assert.deepEqual([end.state, end.reason], ['TASK_FAILED', 'REASON_EXECUTOR_TERMINATED'], end.message);
  const directory = realpathSync(join(runsOf('custom', end.agentId!), 'latest'));
  const variables = new Map(
    readFileSync(join(directory, 'variables'), 'utf8')
      .split('\n')
      .map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]),
  );
  const expected: Record<string, string> = {
    MESOS_FRAMEWORK_ID: scheduler.frameworkId,
    MESOS_EXECUTOR_ID: 'custom',
    MESOS_AGENT_ID: end.agentId!,
    MESOS_SLAVE_ID: end.agentId!,
    MESOS_AGENT_ENDPOINT: agent.address,
    MESOS_DIRECTORY: directory,
    MESOS_SANDBOX: directory,
    MESOS_CHECKPOINT: '0',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
    OWN: 'mine',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(variables.get(name), value, name);
  assert.ok(variables.get('PATH')!.startsWith(`${agent.workDir}/bin:`));
  assert.equal(variables.has('HOME'), process.env['HOME'] === undefined, 'nothing of the agent is inherited');
  assert.ok(existsSync(join(directory, 'there')));
  assert.equal(readFileSync(join(directory, 'out'), 'utf8'), `${agent.workDir}/bin/mete\n`);
});

test('[C101] an executor that cannot be started fails its task with the reason', async () => {
  const bad = { ...executorOf('bad'), command: { shell: false, value: '/no/such/program' } };
  const uris = { ...executorOf('uris'), command: { value: 'true', uris: [{ value: 'http://127.0.0.1:2/x' }] } };
  await scheduler.launch([{ taskId: 'bad' as TaskId, executor: bad }]);
  await scheduler.launch([{ taskId: 'uris' as TaskId, executor: uris }]);
  const notFetched = /^Failed to launch container: Failed to fetch all URIs for container '[-0-9a-f]+': .*ECONNREFUSED/;
  for (const [taskId, text] of [['bad', /ENOENT/], ['uris', notFetched]] as const) {
    const end = await scheduler.ended(taskId);
    assert.deepEqual([end.state, end.reason], ['TASK_FAILED', 'REASON_CONTAINER_LAUNCH_FAILED']);
    assert.match(end.message!, text);
  }
});

test('[C111] the agent answers over HTTP, below /slave(1) too', async () => {
  assert.equal((await get('/health')).status, 200);
  assert.equal(((await (await get('/slave(1)/version')).json()) as { version: string }).version, '1.11.0');
  const figures = (await (await get('/metrics/snapshot')).json()) as Record<string, number>;
  assert.equal(figures['slave/registered'], 1);
  assert.equal(figures['slave/cpus_total'], 4);
  assert.ok(figures['containers/processes']! > 0);
  const containers = (await (await get('/containers')).json()) as {
    readonly executor_id: string;
    readonly container_id: string;
    readonly status: { readonly container_id: object };
    readonly statistics: { readonly mem_rss_bytes: number };
  }[];
  const jobs = containers.find(({ executor_id: id }) => id === 'jobs')!;
  assert.deepEqual(jobs.status.container_id, { value: jobs.container_id });
  assert.ok(jobs.statistics.mem_rss_bytes > 0);
  const statistics = (await (await get('/slave(1)/monitor/statistics')).json()) as { executor_id: string }[];
  assert.deepEqual(statistics.map(({ executor_id: id }) => id), containers.map(({ executor_id: id }) => id));
  const { flags } = (await (await get('/flags')).json()) as { flags: Record<string, string> };
  assert.deepEqual([flags['work_dir'], flags['executor_shutdown_grace_period']], [agent.workDir, '5secs']);
  assert.equal((await get('/files/read')).status, 400);
  for (const path of ['/etc/passwd', '../../../etc/passwd', `${agent.workDir}/bin/mete`, 'nothing']) {
    assert.equal((await get(`/files/read?path=${encodeURIComponent(path)}&offset=0`)).status, 404, path);
  }
});

test('[C8] an agent that is told to unregister leaves for good, and nothing of it stays', async () => {
  const more = { killPolicy: { gracePeriodMs: 50 } };
  await scheduler.launch([command('sleeper', "trap '' TERM; echo $$; exec sleep 1000", more)]);
  const [pid] = await printed('sleeper');
  const { slaves } = (await (await fetch(`http://${cluster.master.address}/slaves`)).json()) as { slaves: unknown[] };
  assert.equal(slaves.length, 1);
  process.emit('SIGUSR1', 'SIGUSR1');
  const ended = await agent.ended;
  assert.match(ended.reason, /unregistering/);
  assert.equal(ended.code, 0);
  assert.equal(isAlive(Number(pid)), false);
  const after_ = (await (await fetch(`http://${cluster.master.address}/slaves`)).json()) as { slaves: unknown[] };
  assert.deepEqual(after_.slaves, []);
  assert.equal((await scheduler.ended('sleeper')).state, 'TASK_LOST');
});
