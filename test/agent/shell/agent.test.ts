/** An agent with a real master and real executors: commands, jobs, and every way in which they end. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RunningAgent } from '../../../src/agent/shell/start-agent.js';
import { readProcess } from '../../../src/containers/proc.js';
import type { Resource } from '../../../src/protocol/common.js';
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

function command(taskId: string, value: string, more: Partial<TaskInfo> = {}): Partial<TaskInfo> {
  return { taskId: taskId as TaskInfo['taskId'], command: { value }, ...more };
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
  const directory = join(agent.workDir, 'slaves', end.agentId!, 'frameworks', scheduler.frameworkId, 'executors/alone/runs/latest');
  const lines = readFileSync(join(directory, 'stdout'), 'utf8').split('\n');
  assert.equal(lines[0], 'hello alone');
  assert.equal(statSync(directory).ino, statSync(lines[1]!).ino);
  assert.match(readFileSync(join(directory, 'stderr'), 'utf8'), /bad/);
  const read = await (await get(`/files/read?path=${encodeURIComponent(join(directory, 'stdout'))}&offset=0&length=5`)).json();
  assert.deepEqual(read, { data: 'hello', offset: 0 });
});
