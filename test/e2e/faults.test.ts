/**
 * What happens to jobs when processes are killed or frozen under them: the results are right all the same. Processes
 * are frozen before they are killed, and the master is asked what runs there meanwhile, so that no fault is too late.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type AgentProcess, type Cluster, KINDS, startCluster } from './cluster.js';
import { endOf, type Ground, NOVEL, openGround, type Running, waitFor } from './ground.js';
import { countedBySystem } from './words.js';

const COPIES = 50;
const EXPECTED = countedBySystem([NOVEL], COPIES);

for (const kind of KINDS) {
  describe(`${kind.engine} engine, ${kind.transport}`, { skip: kind.missing }, () => {
    let ground: Ground;
    let cluster: Cluster;

    before(async () => {
      ground = await openGround();
      // A frozen agent is out of reach after two seconds.
      const masterFlags = ['--agent-ping-timeout', '1secs', '--max-agent-ping-timeouts', '2'];
      // Executors do not wait long for an agent that is killed.
      const agentFlags = ['--recovery-timeout', '1secs'];
      cluster = await startCluster(ground, kind, { masterFlags, agentFlags });
    });
    after(() => ground.close());

    const startCount = (...flags: string[]): { out: string; job: Running } => {
      const out = join(ground.directory, 'counts.tsv');
      const work = ['wordcount', '--input', NOVEL, '--copies', String(COPIES), '--out', out];
      const job = ground.start(['run', '--master', cluster.master, '--transport', kind.transport, ...flags, ...work]);
      return { out, job };
    };

    /** Freezes a process while a task runs on an agent; tells which agent that is. */
    const freezeInTask = async (pidOf: (agent: AgentProcess) => number | undefined): Promise<AgentProcess> => {
      const attempt = async (): Promise<AgentProcess | undefined> => {
        for (const agent of cluster.agents) {
          const pid = pidOf(agent);
          if (pid === undefined || !(await hasTask(agent))) continue;
          process.kill(pid, 'SIGSTOP');
          // What had left it before may still have ended the task.
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (await hasTask(agent)) return agent;
          process.kill(pid, 'SIGCONT');
        }
        return undefined;
      };
      return waitFor('a task that runs', attempt, () => cluster.state());
    };
    const hasTask = async ({ address }: AgentProcess): Promise<boolean> => {
      const port = Number(address.split(':').at(-1));
      const view = (await cluster.agentViews()).find((agent) => agent.port === port);
      const { frameworks } = await cluster.state();
      const tasks = frameworks.flatMap((framework) => framework.tasks);
      return tasks.some((task) => task.slave_id === view?.id && task.state === 'TASK_RUNNING');
    };
    const endsRight = async ({ out, job }: { out: string; job: Running }): Promise<string> => {
      const { code, stdout, stderr } = await endOf(job, 'the job');
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      assert.deepEqual(readFileSync(out), EXPECTED);
      return stderr;
    };

    test('an executor is killed: its tasks run again, the counts are right', async () => {
      const count = startCount();
      const agent = await freezeInTask((candidate) => cluster.executorsOf(candidate)[0]);
      process.kill(cluster.executorsOf(agent)[0]!, 'SIGKILL');
      assert.match(await endsRight(count), /REASON_EXECUTOR_TERMINATED/);
      await cluster.isIdle();
    });

    test('an agent is frozen until the master gives it up, and wakes again: the counts are right', async () => {
      const count = startCount();
      const { running } = await freezeInTask(({ running: { pid } }) => pid);
      const isGivenUp = async (): Promise<boolean> => (await cluster.state()).unreachable_slaves === 1;
      await waitFor('the master to give the agent up', isGivenUp, () => cluster.state());
      process.kill(running.pid, 'SIGCONT');
      await endsRight(count);
      await cluster.isIdle();
    });

    test('a framework is killed: it is removed when its time is over, and the job is right the next time', async () => {
      const { job } = startCount('--failover-timeout', '1secs');
      await freezeInTask(() => job.pid);
      const [framework] = (await cluster.state()).frameworks;
      process.kill(job.pid, 'SIGKILL');
      const isKept = async (): Promise<boolean> =>
        (await cluster.state()).frameworks.some(({ id, connected }) => id === framework!.id && !connected);
      await waitFor('the framework to be kept without a link', isKept, () => cluster.state());
      await cluster.isIdle();
      const completed = (await cluster.state()).completed_frameworks.map(({ id }) => id);
      assert.ok(completed.includes(framework!.id));
      await endsRight(startCount());
      await cluster.isIdle();
    });

    test('an agent is killed: its tasks run elsewhere, its executors end, the counts are right', async () => {
      await cluster.addAgent();
      await waitFor('three agents', async () => (await cluster.state()).activated_slaves === 3);
      const count = startCount();
      const agent = await freezeInTask(({ running: { pid } }) => pid);
      process.kill(agent.running.pid, 'SIGKILL');
      await endsRight(count);
      await cluster.isIdle(2);
    });
  });
}
