/**
 * An agent is killed under a word count and started again: its executor goes on meanwhile, no task runs twice, and the
 * counts are right.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AgentProcess, type Cluster, PORTABLE, startCluster, type TaskView } from './cluster.js';
import { endOf, type Ground, NOVEL, openGround, waitFor } from './ground.js';
import { countedBySystem } from './words.js';

const COPIES = 60;
/** More tasks at a time than this machine has processors. */
const TASKS = 24;

let ground: Ground;
let cluster: Cluster;

before(async () => {
  ground = await openGround();
  const resources = `cpus:${TASKS};mem:${TASKS * 512};disk:100;ports:[]`;
  cluster = await startCluster(ground, PORTABLE, { agents: 1, resources });
});
after(() => ground.close());

async function tasks(): Promise<readonly TaskView[]> {
  return (await cluster.state()).frameworks.flatMap((framework) => framework.tasks);
}

/** Whether the executor has many tasks, some of which have begun. */
async function isBusy(): Promise<boolean> {
  const all = await tasks();
  return all.length >= 20 && all.some(({ state }) => state === 'TASK_RUNNING');
}

async function registered({ address }: AgentProcess): Promise<boolean> {
  const figures = (await (await fetch(`http://${address}/metrics/snapshot`)).json()) as Record<string, number>;
  return figures['slave/registered'] === 1;
}

async function taskCounts(): Promise<Record<string, number>> {
  const figures = await cluster.ask<Record<string, number>>('/metrics/snapshot');
  const names = ['failed', 'killed', 'lost', 'dropped', 'gone', 'unreachable'];
  return Object.fromEntries(names.map((name) => [name, figures[`master/tasks_${name}`] ?? 0]));
}

test('[D61] an agent is killed and started again under a job: no task runs twice, the counts are right', async () => {
  const counts = await taskCounts();
  const out = join(ground.directory, 'counts.tsv');
  const work = ['wordcount', '--input', NOVEL, '--copies', String(COPIES), '--out', out];
  const job = ground.start(['run', '--master', cluster.master, '--transport', 'ws', ...work]);
  await waitFor('tasks that run', isBusy, () => job.output);
  const [agent] = cluster.agents;
  const executors = cluster.executorsOf(agent!);
  assert.equal(executors.length, 1);
  process.kill(agent!.running.pid, 'SIGKILL');
  const again = await cluster.restart(agent!);
  assert.deepEqual(cluster.executorsOf(again), executors, 'the executor is the one that was there');
  await waitFor('the agent to be registered', () => registered(again));
  const { code, stdout, stderr } = await endOf(job, 'the job');
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.deepEqual(readFileSync(out), countedBySystem([NOVEL], COPIES));
  assert.doesNotMatch(stderr, /TASK_|REASON_/, 'no task has been given up');
  assert.deepEqual(await taskCounts(), counts);
  await cluster.isIdle();
});

test('[C62] an agent that is asked to stop leaves its executors to the next; SIGUSR1 ends them', async () => {
  const out = join(ground.directory, 'again.tsv');
  const work = ['wordcount', '--input', NOVEL, '--copies', String(COPIES), '--out', out];
  const job = ground.start(['run', '--master', cluster.master, '--transport', 'ws', ...work]);
  await waitFor('tasks that run', isBusy, () => job.output);
  const [agent] = cluster.agents;
  const executors = cluster.executorsOf(agent!);
  process.kill(agent!.running.pid, 'SIGTERM');
  assert.equal((await endOf(agent!.running, 'the agent')).code, 0);
  const again = await cluster.restart(agent!);
  assert.deepEqual(cluster.executorsOf(again), executors);
  await waitFor('the agent to be registered', () => registered(again));
  process.kill(job.pid, 'SIGSTOP');
  process.kill(again.running.pid, 'SIGUSR1');
  assert.equal((await endOf(again.running, 'the agent')).code, 0);
  assert.deepEqual(cluster.executorsOf(again), []);
  process.kill(job.pid, 'SIGKILL');
});
