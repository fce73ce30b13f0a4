/** Contender `cluster`: a master and agents as processes of their own, and frameworks in this one. */
import { availableParallelism } from 'node:os';
import { compiled } from './compiled.js';
import { type LocalCluster, startLocalCluster } from '../../src/cli/local-cluster.js';
import type { JobStats } from '../../src/framework/shell/job-outcome.js';
import { runJob, type RunJobOptions } from '../../src/framework/shell/run-job.js';

/** Two agents that have the processors of this machine between them, or one agent that has much. */
export function startCluster(agents: number): Promise<LocalCluster> {
  const cpus = Math.max(1, Math.floor(availableParallelism() / agents));
  return startLocalCluster({
    agents,
    ip: '127.0.0.1',
    port: 0,
    resourcesOf: () => `cpus:${cpus};mem:8000;disk:8000;ports:[31000-31100]`,
    masterFlags: ['--log-level', 'error'],
    agentFlags: ['--log-level', 'error'],
    workDir: undefined,
    self: { execPath: process.execPath, args: [compiled('bin/mete.js')] },
  });
}

/** Runs a job to its end and gives what it told, and its result as it prints it. */
export async function play(options: RunJobOptions): Promise<{ stats: JobStats; printed: string; result: unknown }> {
  const outcome = await runJob(options);
  if (outcome.status !== 'finished') throw new Error(`the job has not finished: ${JSON.stringify(outcome)}`);
  const printed = [...outcome.print()].map((piece) => Buffer.from(piece).toString('latin1')).join('');
  return { stats: outcome.stats, printed, result: outcome.result };
}
