/**
 * Runs a job on a cluster: bundles its code, gathers its inputs, subscribes as a framework, serves code and inputs to
 * agents, launches tasks as offers come, merges what they give, and tears the framework down. Everything that decides
 * is in ../core; here are sockets, files and the clock.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { LogFields, LogLevel } from '../../base/core.js';
import { MeteError } from '../../base/errors.js';
import type { AnyJob, InputFile, Needs, OptionValue, Work } from '../../jobs/job.js';
import { readOptions } from '../../jobs/job-module.js';
import type { JobTask } from '../../jobs/job-task.js';
import type { FrameworkInfo } from '../../protocol/framework.js';
import { type Masters, masterSourceOf } from './master-source.js';
import { pack } from '../../protocol/pack.js';
import type { TaskId } from '../../protocol/schema.js';
import type { ExecutorInfo } from '../../protocol/task.js';
import { withCredential } from '../../transport/credentialed-transport.js';
import { chooseTransport, type TransportChoice } from '../../transport/choose-transport.js';
import { createJob, type JobProgress, type JobState } from '../core/job-state.js';
import { localAddressTowards } from './addresses.js';
import { bundleJob, type JobBundle } from './bundle.js';
import { gatherInputs } from './inputs.js';
import { checkOut, type JobOutcome } from './job-outcome.js';
import { playJob } from './job-process.js';
import { type JobServer, startJobServer } from './job-server.js';

export interface RunJobOptions {
  /** A job that comes with mete ('pi', 'wordcount'), or the path of a module. */
  readonly job: string;
  /** `host:port` of the masters, tried in turn; or `zk://…/path` or `etcd://…/path` of the servers that elect one. */
  readonly masters: Masters;
  /** Of the session with these servers. */
  readonly sessionTimeoutMs?: number;
  /** Options of the job, as values or as texts. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Files, directories, patterns. */
  readonly inputs?: readonly string[];
  /** Each input counts so many times, as files of their own. */
  readonly copies?: number;
  /** The result is also written to this file. */
  readonly out?: string;
  /** What a task needs, instead of what the job says. */
  readonly cpus?: number;
  readonly memMb?: number;
  /** A task may take so long; 0: as long as it takes. */
  readonly taskTimeoutMs?: number;
  readonly role?: string;
  readonly user?: string;
  readonly principal?: string;
  /** How long the master keeps tasks when the link is lost. */
  readonly failoverTimeoutSeconds?: number;
  /** The job fails if there is no master within this time at first … */
  readonly masterTimeoutMs?: number;
  /** … and within this time after it was lost. */
  readonly reconnectTimeoutMs?: number;
  /** The host that agents reach this process by; found out if it is not given. */
  readonly advertisedHost?: string;
  /** The port for agents; 0: any free one. */
  readonly port?: number;
  readonly transport?: TransportChoice;
  /** Who asks, and the secret that proves it to the master. */
  readonly credential?: { readonly principal: string; readonly secret: string };
  /** Memory of the executor itself, beside its tasks, in MB. */
  readonly executorMemMb?: number;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly progressMs?: number;
  readonly onLog?: (level: LogLevel, text: string, fields?: LogFields) => void;
  /** Aborting it cancels the job. */
  readonly signal?: AbortSignal;
}

const DEFAULT_EXECUTOR_MEM_MB = 32;
const DEFAULT_FAILOVER_SECONDS = 60;

/**
 * Runs a job to its end. Throws MeteError for what is wrong before anything is launched: the module, its options, the
 * inputs, addresses. What goes wrong later is in the outcome.
 */
export async function runJob(given: RunJobOptions): Promise<JobOutcome> {
  const startMs = performance.now();
  const masters = masterSourceOf(given.masters, given.sessionTimeoutMs);
  if (given.out !== undefined) await checkOut(given.out);
  const directory = await mkdtemp(join(tmpdir(), 'mete-job-'));
  let server: JobServer | null = null;
  try {
    const { transport } = await chooseTransport(given.transport);
    const [bundle, inputs, advertisedHost] = await Promise.all([
      bundleJob(given.job, directory),
      gatherInputs(given.inputs ?? [], given.copies),
      given.advertisedHost ?? localAddressTowards(masters.towards),
    ]);
    const { job } = bundle;
    if (job.takesInput === true && given.inputs === undefined) throw missing('input', `say on what ${job.name} works`);
    const options = readOptions(job.options ?? {}, given.options ?? {});
    const work = splitWork(job, inputs, options);
    let state: JobState | null = null;
    server = await startJobServer({
      transport,
      host: isLoopback(advertisedHost) ? advertisedHost : '0.0.0.0',
      port: given.port ?? 0,
      advertisedHost,
      code: { sha256: bundle.sha256, bytes: bundle.code },
      inputs,
      directory,
      expects: (taskId) => state?.attempts.has(taskId as TaskId) === true,
    });
    const needs = { cpus: given.cpus ?? job.needs.cpus, memMb: given.memMb ?? job.needs.memMb };
    const encode = taskEncoder(bundle, options, work, inputs, server, {
      memoryMb: needs.memMb,
      timeoutMs: given.taskTimeoutMs ?? 0,
    });
    state = createJob({
      scheduler: {
        frameworkInfo: frameworkInfo(given, job, needs),
        masters: masters.addresses,
        seed: randomBytes(4).readUInt32LE(),
      },
      name: job.name,
      needs,
      executor: executorInfo(job, given.executorMemMb ?? DEFAULT_EXECUTOR_MEM_MB),
      work,
      encodeTask: encode,
      ...(given.masterTimeoutMs === undefined ? {} : { masterTimeoutMs: given.masterTimeoutMs }),
      ...(given.reconnectTimeoutMs === undefined ? {} : { reconnectTimeoutMs: given.reconnectTimeoutMs }),
    });
    return await playJob(state, {
      job,
      options,
      inputs,
      server,
      masters,
      transport: given.credential === undefined ? transport : withCredential(transport, given.credential),
      startMs,
      out: given.out,
      signal: given.signal,
      onProgress: given.onProgress,
      progressMs: given.progressMs ?? 100,
      onLog: given.onLog ?? (() => undefined),
    });
  } finally {
    await masters.close();
    await server?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function missing(field: string, mend: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field, value: undefined, reason: 'it is missing', mend });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The job's own `split`, whose errors and nonsense are told as such. */
function splitWork(job: AnyJob, inputs: readonly InputFile[], options: Record<string, OptionValue>): Work<unknown> {
  let work: Work<unknown>;
  try {
    work = job.split(inputs, options as never);
  } catch (cause) {
    if (cause instanceof MeteError) throw cause;
    throw badSplit(cause, 'it threw', cause);
  }
  if (!Number.isSafeInteger(work?.units) || work.units < 0) throw badSplit(work?.units, 'units is not a whole number');
  if (typeof (work as { piece?: unknown }).piece !== 'function') throw badSplit(undefined, 'piece is not a function');
  if (typeof work.unit !== 'string') throw badSplit(work.unit, 'unit is not a text');
  for (const name of ['stepUnits', 'maxUnits', 'unitsPerSecond'] as const) {
    const value = work[name];
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) throw badSplit(value, `${name} is not above 0`);
  }
  return work;
}

function badSplit(value: unknown, reason: string, cause?: unknown): MeteError {
  const shown = value instanceof Error ? value.message : value;
  const mend = 'return { units, unit, piece(from, to) }';
  return new MeteError('INVALID_ARGUMENT', { field: 'split of the job', value: shown, reason, mend, cause });
}

function frameworkInfo(given: RunJobOptions, job: AnyJob, needs: Needs): FrameworkInfo {
  const role = given.role ?? '*';
  // What is too small for a task is not worth an offer.
  const least = { quantities: { cpus: needs.cpus, mem: needs.memMb } };
  return {
    user: given.user ?? userInfo().username,
    name: `mete ${job.name}`,
    failoverTimeoutSeconds: given.failoverTimeoutSeconds ?? DEFAULT_FAILOVER_SECONDS,
    checkpoint: true,
    roles: [role],
    offerFilters: { [role]: { minAllocatableResources: [least] } },
    hostname: hostname(),
    capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }, { type: 'RESERVATION_REFINEMENT' }],
    ...(given.principal === undefined ? {} : { principal: given.principal }),
  };
}

/** The built-in executor. It counts no cpus: beside its tasks' threads it does next to nothing. */
function executorInfo(job: AnyJob, memMb: number): ExecutorInfo {
  return {
    type: 'CUSTOM',
    executorId: `mete-${job.name}` as ExecutorInfo['executorId'],
    name: `mete executor of ${job.name}`,
    command: { shell: false, value: 'mete', arguments: ['mete', 'executor', '--jobs'] },
    resources: [{ name: 'mem', type: 'SCALAR', scalar: memMb }],
  };
}

function taskEncoder(
  bundle: JobBundle,
  options: Readonly<Record<string, OptionValue>>,
  work: Work<unknown>,
  inputs: readonly InputFile[],
  server: JobServer,
  limits: JobTask['limits'],
): (span: { readonly from: number; readonly to: number }, taskId: string) => Uint8Array {
  const { job, sha256, code } = bundle;
  const jobCode = { name: job.name, sha256, bytes: code.length, url: server.codeUrl };
  return ({ from, to }, taskId) => {
    const piece = work.piece(from, to);
    const used = work.inputsOf === undefined ? inputs.map((input) => input.index) : work.inputsOf(piece);
    const taskInputs = used.map((index) => ({ ...inputs[index]!, url: server.inputUrl(index) }));
    const resultUrl = server.resultUrl(taskId);
    return pack({ job: jobCode, options, piece, inputs: taskInputs, resultUrl, limits } satisfies JobTask);
  };
}
