/** What an agent tells an executor: the MESOS_* variables of its environment, read and checked once. */
import { MeteError } from '../base/errors.js';
import type { ExecutorId, FrameworkId } from '../protocol/schema.js';

export interface ExecutorEnvironment {
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  readonly containerId: string;
  /** Where the agent listens. */
  readonly host: string;
  readonly port: number;
  /** The sandbox. */
  readonly directory: string;
  /** Where code of jobs is kept, for all executors of the agent. */
  readonly cacheDirectory: string;
  /** Whether to wait for an agent that is away, and for how long. */
  readonly checkpoint: boolean;
  readonly recoveryTimeoutMs: number;
  readonly maxBackoffMs: number;
  readonly shutdownGracePeriodMs: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  secs: 1000,
  mins: 60_000,
  hrs: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

const DEFAULT_RECOVERY_TIMEOUT_MS = 15 * 60_000;
const DEFAULT_BACKOFF_MS = 2000;
const DEFAULT_GRACE_MS = 5000;

function refuse(name: string, value: unknown, reason: string): MeteError {
  const mend = 'an agent sets it when it starts an executor; do not start one by hand';
  return new MeteError('INVALID_ARGUMENT', { field: name, value, reason, mend });
}

function required(variables: Variables, name: string): string {
  const value = variables[name];
  if (value === undefined || value === '') throw refuse(name, value, 'it is not set');
  return value;
}

function durationMs(variables: Variables, name: string, fallback: number): number {
  const value = variables[name];
  if (value === undefined) return fallback;
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|secs|mins|hrs|days|weeks)$/.exec(value);
  if (match === null) throw refuse(name, value, 'it is not a duration as 5secs');
  return Number(match[1]) * UNITS_MS[match[2]!]!;
}

/** Reads the environment. Throws MeteError INVALID_ARGUMENT for what is missing or malformed. */
export function readEnvironment(variables: Variables): ExecutorEnvironment {
  const endpoint = required(variables, 'MESOS_AGENT_ENDPOINT');
  const match = /^\[?(.+?)\]?:(\d{1,5})$/.exec(endpoint);
  if (match === null) throw refuse('MESOS_AGENT_ENDPOINT', endpoint, 'it is not an address with a port');
  const directory = variables['MESOS_SANDBOX'] || required(variables, 'MESOS_DIRECTORY');
  return {
    frameworkId: required(variables, 'MESOS_FRAMEWORK_ID') as FrameworkId,
    executorId: required(variables, 'MESOS_EXECUTOR_ID') as ExecutorId,
    containerId: variables['METE_CONTAINER_ID'] ?? '',
    host: match[1]!,
    port: Number(match[2]),
    directory,
    cacheDirectory: variables['METE_CACHE_DIR'] || `${directory}/cache`,
    checkpoint: variables['MESOS_CHECKPOINT'] === '1',
    recoveryTimeoutMs: durationMs(variables, 'MESOS_RECOVERY_TIMEOUT', DEFAULT_RECOVERY_TIMEOUT_MS),
    maxBackoffMs: durationMs(variables, 'MESOS_SUBSCRIPTION_BACKOFF_MAX', DEFAULT_BACKOFF_MS),
    shutdownGracePeriodMs: durationMs(variables, 'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', DEFAULT_GRACE_MS),
  };
}
