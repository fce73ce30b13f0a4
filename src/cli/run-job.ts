/** Runs one job for the terminal: progress while it runs, its result, a line of figures at the end. */
import { credentialOfClient } from '../config/credentials.js';
import type { RunConfiguration } from '../config/run-settings.js';
import type { JobOutcome, JobStats } from '../framework/shell/job-outcome.js';
import type { Masters } from '../framework/shell/master-source.js';
import { runJob, type RunJobOptions } from '../framework/shell/run-job.js';
import { ExitCode, type Surroundings } from './surroundings.js';

/** What a job works on and where its result goes. */
export interface JobRequest {
  readonly job: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[] | undefined;
  readonly copies: number | undefined;
  readonly out: string | undefined;
}

const MIB = 2 ** 20;

/** Options of the framework shell for a request under a configuration. */
export function jobOptions(
  request: JobRequest,
  config: RunConfiguration,
  masters: Masters,
  warn: (text: string) => void = () => undefined,
): RunJobOptions {
  const given = {
    inputs: request.inputs,
    copies: request.copies,
    out: request.out,
    cpus: config.cpus,
    memMb: config.memBytes === undefined ? undefined : config.memBytes / MIB,
    taskTimeoutMs: config.taskTimeoutMs,
    role: config.role,
    user: config.user,
    principal: config.principal,
    credential: credentialOfClient(config, warn) ?? undefined,
    failoverTimeoutSeconds: config.failoverTimeoutMs / 1000,
    masterTimeoutMs: config.connectTimeoutMs,
    reconnectTimeoutMs: config.reconnectTimeoutMs,
    sessionTimeoutMs: config.zkSessionTimeoutMs,
    advertisedHost: config.advertiseIp,
    port: config.port,
    transport: config.transport,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { job: request.job, options: request.options, masters, ...Object.fromEntries(set) };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** One line on how a job went. */
export function describeStats(job: string, stats: JobStats): string {
  const { units, unit, runSeconds, failed, lost } = stats;
  const rate = runSeconds > 0 ? `${Math.round(units / runSeconds).toLocaleString('en')} ${unit}/s` : '';
  const trouble = failed + lost === 0 ? '' : `, ${failed} failed and ${lost} lost were run again`;
  const where = `${count(stats.tasks, 'task')} on ${count(stats.agents, 'agent')}`;
  return `${job}: ${where} in ${runSeconds.toFixed(2)} s${rate === '' ? '' : `, ${rate}`}${trouble}`;
}

/** Prints what became of a job; returns the exit code. */
export function report(job: string, outcome: JobOutcome, surroundings: Surroundings): number {
  switch (outcome.status) {
    case 'finished':
      for (const piece of outcome.print()) surroundings.write(piece);
      surroundings.err(describeStats(job, outcome.stats));
      return ExitCode.OK;
    case 'cancelled':
      surroundings.err(`mete: ${job} was cancelled: ${outcome.reason}`);
      return ExitCode.CANCELLED;
    case 'failed':
      for (const reason of outcome.reasons) surroundings.err(`mete: ${job} failed: ${reason}`);
      return outcome.unavailable ? ExitCode.TRY_AGAIN : ExitCode.FAILED;
  }
}

export { runJob };
