/** Executors, real processes, that outlive their agent, and the agent that starts again beside them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AgentOptions, RunningAgent } from '../../../src/agent/shell/start-agent.js';
import { environmentOf, listProcesses } from '../../../src/containers/proc.js';
import type { TaskId } from '../../../src/protocol/schema.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { startCluster, type TestCluster, type TestScheduler } from './cluster.js';

let cluster: TestCluster;

before(async () => {
  cluster = await startCluster();
});

after(() => cluster.close());

const CHECKPOINT = { checkpoint: true, failoverTimeoutSeconds: 60 };

/** Writes down how often it was started and by which process; ends when it finds the file `stop`. */
const COMMAND = 'echo $$ >> started; while [ ! -f stop ]; do echo tick; sleep 0.05; done';

interface Work {
  readonly agent: RunningAgent;
  readonly scheduler: TestScheduler;
  /** Where the command runs. */
  readonly sandbox: string;
  /** Of the executor. */
  readonly pid: number;
  readonly restart: (more?: Partial<AgentOptions>) => Promise<RunningAgent>;
}

interface StateView {
  readonly id: string;
  readonly frameworks: readonly { readonly executors: readonly ExecutorView[] }[];
}

interface ExecutorView {
  readonly id: string;
  readonly directory: string;
  readonly container: string;
}

async function stateOf(agent: RunningAgent): Promise<StateView> {
  return (await (await fetch(`http://${agent.address}/state`)).json()) as StateView;
}

async function figure(agent: RunningAgent, name: string): Promise<number | undefined> {
  const figures = (await (await fetch(`http://${agent.address}/metrics/snapshot`)).json()) as Record<string, number>;
  return figures[`slave/${name}`];
}

async function until(what: string, is: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = Date.now() + 20_000;
  while (!(await is())) {
    assert.ok(Date.now() < endMs, `waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function executorsIn(sandbox: string): number[] {
  return listProcesses().flatMap(({ pid, session }) => {
    const environment = pid === session ? environmentOf(pid) : new Map<string, string>();
    return environment.get('MESOS_DIRECTORY') === sandbox && !environment.has('METE_TASK_ID') ? [pid] : [];
  });
}

const started = (sandbox: string): string[] => readFileSync(join(sandbox, 'started'), 'utf8').trim().split('\n');
const ended = (pid: number) => (): boolean => !listProcesses().some((entry) => entry.pid === pid);

/** An agent of its own with a framework that runs the command as task `t`. */
async function startWork(name: string, info: Parameters<TestCluster['addFramework']>[0] = CHECKPOINT): Promise<Work> {
  const options: Partial<AgentOptions> = {
    workDir: join(cluster.root, name),
    resources: parseResources(`cpus:4;mem:1024;disk:10;ports:[];${name}:1`),
  };
  const agent = await cluster.addAgent(options);
  const scheduler = await cluster.addFramework(info);
  const resources = [
    { name, type: 'SCALAR', scalar: 1 },
    { name: 'cpus', type: 'SCALAR', scalar: 0.1 },
  ] as const;
  await scheduler.launchOn(name, [{ taskId: 't' as TaskId, command: { value: COMMAND }, resources: [...resources] }]);
  await scheduler.running('t');
  const sandbox = (await stateOf(agent)).frameworks[0]!.executors[0]!.directory;
  await until('the command', () => existsSync(join(sandbox, 'started')));
  const [pid] = executorsIn(sandbox);
  assert.ok(pid !== undefined);
  const restart: Work['restart'] = (more = {}) => cluster.addAgent({ ...options, ...more });
  return { agent, scheduler, sandbox, pid, restart };
}

test('[C62] a restarted agent takes up its executors: same id, same process, the task goes on to its end', async () => {
  const { agent, scheduler, sandbox, pid, restart } = await startWork('taken');
  const { id } = await stateOf(agent);
  await agent.close('leave');
  const written = statSync(join(sandbox, 'stdout')).size;
  assert.equal(ended(pid)(), false);
  const again = await restart();
  assert.equal(again.address, agent.address, 'executors find it where it was');
  assert.equal((await stateOf(again)).id, id);
  await until('the agent to be registered', async () => (await figure(again, 'registered')) === 1);
  assert.deepEqual([await figure(again, 'executors_running'), await figure(again, 'tasks_running')], [1, 1]);
  await until('more output', () => statSync(join(sandbox, 'stdout')).size > written);
  writeFileSync(join(sandbox, 'stop'), '');
  const { state, message } = await scheduler.ended('t');
  assert.deepEqual([state, message], ['TASK_FINISHED', 'Command exited with status 0']);
  assert.equal(started(sandbox).length, 1);
  assert.deepEqual(
    scheduler.statuses.map((status) => status.state),
    ['TASK_RUNNING', 'TASK_FINISHED'],
  );
  await until('the executor to end', ended(pid));
});

test('[C54] what a task says while its agent is away is told when that is back', async () => {
  const { agent, scheduler, sandbox, restart } = await startWork('away');
  await agent.close('leave');
  writeFileSync(join(sandbox, 'stop'), '');
  await until('the command to end', () => !readdirSync('/proc').includes(started(sandbox)[0]!));
  await restart();
  assert.equal((await scheduler.ended('t')).state, 'TASK_FINISHED');
});

test('[C62] the tasks of an executor that ends while its agent is away fail', async () => {
  const { agent, scheduler, pid, restart } = await startWork('killed');
  await agent.close('leave');
  process.kill(pid, 'SIGKILL');
  await until('the executor to end', ended(pid));
  const again = await restart();
  const { state, reason, message, source } = await scheduler.ended('t');
  assert.deepEqual(
    [state, reason, message, source],
    ['TASK_FAILED', 'REASON_EXECUTOR_TERMINATED', 'Executor terminated', 'SOURCE_AGENT'],
  );
  await until('the framework to be gone', async () => (await stateOf(again)).frameworks.length === 0);
});

test('[C30] an executor that does not come back in time is destroyed, and its tasks are gone', async () => {
  const { agent, scheduler, pid, restart } = await startWork('frozen', {
    ...CHECKPOINT,
    capabilities: [{ type: 'PARTITION_AWARE' }],
  });
  await agent.close('leave');
  process.kill(pid, 'SIGSTOP');
  const core = { version: '1.11.0', registrationBackoffMs: 10, executorReregistrationTimeoutMs: 250 };
  await restart({ core });
  const { state, reason, message } = await scheduler.ended('t');
  const text = 'Executor did not reregister within 250ms';
  assert.deepEqual([state, reason, message], ['TASK_GONE', 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT', text]);
  await until('the executor to end', ended(pid));
});

test('[C65] executors of another run of the machine are not taken up; the agent keeps its id', async () => {
  const { agent, scheduler, pid, restart } = await startWork('rebooted');
  const { id } = await stateOf(agent);
  await agent.close('leave');
  const again = await restart({ bootId: 'another' });
  assert.equal((await stateOf(again)).id, id);
  const { state, reason, message } = await scheduler.ended('t');
  const text = 'Abnormal executor termination: unknown container';
  assert.deepEqual([state, reason, message], ['TASK_FAILED', 'REASON_EXECUTOR_TERMINATED', text]);
  await until('the executor to end', ended(pid));
});

test('[C62] executors of frameworks that do not checkpoint end with their agent', async () => {
  const { agent, scheduler, pid, restart } = await startWork('plain', {});
  await agent.close('leave');
  assert.equal(ended(pid)(), true);
  await restart();
  assert.equal((await scheduler.ended('t')).state, 'TASK_LOST');
});

test('[C62] with --recover=cleanup the executors of the former run are ended, and the agent with them', async () => {
  const { agent, pid, restart } = await startWork('cleaned');
  await agent.close('leave');
  const again = await restart({ recover: 'cleanup' });
  const { code, reason } = await again.ended;
  assert.deepEqual([code, ended(pid)()], [0, true], reason);
  const third = await restart();
  assert.deepEqual((await stateOf(third)).frameworks, []);
});

test('with --recover=none the executors of the former run are ended, and the agent is a new one', async () => {
  const { agent, pid, restart } = await startWork('forgotten');
  const { id } = await stateOf(agent);
  await agent.close('leave');
  const again = await restart({ recover: 'none' });
  assert.equal(ended(pid)(), true);
  await until('the agent to be registered', async () => (await figure(again, 'registered')) === 1);
  assert.notEqual((await stateOf(again)).id, id);
});
