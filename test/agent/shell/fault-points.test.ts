/**
 * An agent is killed before each of the steps it takes for a task, one after the other, and started again: whatever the
 * step, the task is not started twice, and its framework learns how it ended, once.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TaskId } from '../../../src/protocol/schema.js';
import { isTerminal } from '../../../src/protocol/task.js';
import { waitFor } from '../../e2e/ground.js';
import { startCluster, type TestCluster } from './cluster.js';

const CHILD = fileURLToPath(new URL('agent-child.ts', import.meta.url));

let cluster: TestCluster;
const children: ChildProcess[] = [];

before(async () => {
  cluster = await startCluster();
});

after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await cluster.close();
});

interface Child {
  readonly process: ChildProcess;
  /** The steps so far. */
  readonly steps: string[];
  readonly ended: Promise<void>;
}

function startChild(workDir: string, dieAt: number): Child {
  const args = ['--import', 'tsx', CHILD, workDir, cluster.master.address, String(dieAt)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const steps: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => steps.push(...chunk.toString().trim().split('\n')));
  return { process: child, steps, ended: new Promise((resolve) => child.once('exit', () => resolve())) };
}

/** How often the command of a task was started, in whatever sandbox. */
function startsBelow(directory: string): number {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('/started') && !file.includes('latest'));
  return found.reduce((sum, file) => sum + readFileSync(join(directory, file), 'utf8').length / 2, 0);
}

/** Runs a task on an agent that dies at a step, and is then started again; tells the steps of the first run. */
async function play(name: string, dieAt: number): Promise<readonly string[]> {
  const workDir = join(cluster.root, name);
  const first = startChild(workDir, dieAt);
  const scheduler = await cluster.addFramework({ checkpoint: true, failoverTimeoutSeconds: 60 });
  const taskId = name as TaskId;
  const launched = scheduler.launch([{ taskId, command: { value: 'echo x >> started; sleep 0.3' } }]);
  const second = dieAt === 0 ? null : first.ended.then(() => startChild(workDir, 0));
  await launched;
  const { state, reason, message } = await scheduler.ended(name);
  // One that was never given to an executor, or was on its way to it, is lost; it then has not been started.
  const starts = existsSync(join(workDir, 'slaves')) ? startsBelow(join(workDir, 'slaves')) : 0;
  assert.ok(starts <= 1, `${name}: started ${starts} times`);
  if (state === 'TASK_FINISHED') assert.equal(starts, 1);
  else assert.deepEqual([state, starts], ['TASK_LOST', 0], `${name}: ${reason}, ${message}; ${first.steps.at(-1)}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const ends = scheduler.statuses.filter((status) => isTerminal(status.state));
  assert.equal(new Set(ends.map(({ uuid }) => String(uuid))).size, 1, `${name}: one end`);
  scheduler.send({ type: 'TEARDOWN' });
  scheduler.close();
  const last = second === null ? first : await second;
  // Before it has begun, the signal would not end it.
  await waitFor('the agent to have begun', () => last.steps.length > 0);
  last.process.kill('SIGUSR1');
  await last.ended;
  return first.steps;
}

test('[C54] [D61] killed between two steps, an agent neither loses the end of a task nor runs it twice', async () => {
  const steps = await play('whole', 0);
  const names = steps.map((step) => step.replace(/^\d+ /, ''));
  assert.ok(names.includes('commit') && names.includes('LaunchExecutor') && names.includes('send ACKNOWLEDGED'));
  const last = names.lastIndexOf('send STATUS_UPDATE') + 1;
  for (let step = 1; step <= last; step++) await play(`at-${step}`, step);
});
