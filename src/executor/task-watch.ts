/**
 * Checks of a task while it runs. A health check says whether the task is well, and after enough failures in a row that
 * it is to be ended; failures while the task starts do not count. A check only tells what it finds, whenever that
 * changes. Facts: `HealthCheckerProcess`, `CheckerProcess` of Mesos.
 */
import type { TaskInfo, TaskStatus } from '../protocol/task.js';
import { type Finding, look, type Probe, type ProbePlace } from './probe.js';

type HealthCheck = NonNullable<TaskInfo['healthCheck']>;
type Check = NonNullable<TaskInfo['check']>;
export type CheckStatus = NonNullable<TaskStatus['checkStatus']>;

export interface TaskWatchOptions {
  readonly info: TaskInfo;
  readonly place: ProbePlace;
  /** `kill`: it has failed often enough. */
  readonly onHealth: (healthy: boolean, kill: boolean, message: string) => void;
  readonly onCheck: (status: CheckStatus) => void;
}

const DELAY_SECONDS = 15;
const INTERVAL_SECONDS = 10;
const TIMEOUT_SECONDS = 20;
const GRACE_PERIOD_SECONDS = 10;
const CONSECUTIVE_FAILURES = 3;

/** What a check says before it has found anything. */
export function noCheckStatus({ check }: TaskInfo): CheckStatus | undefined {
  return check === undefined ? undefined : emptyStatus(check);
}

function emptyStatus({ type = 'UNKNOWN' }: Check): CheckStatus {
  if (type === 'COMMAND') return { type, command: {} };
  if (type === 'HTTP') return { type, http: {} };
  return type === 'TCP' ? { type, tcp: {} } : { type };
}

function probeOf({ type, command, http, tcp }: HealthCheck | Check): Probe | null {
  if (type === 'COMMAND' && command !== undefined) {
    return { type, command: 'command' in command ? command.command : command };
  }
  if (type === 'HTTP' && http !== undefined) {
    const { port, path } = http;
    const scheme = 'scheme' in http ? http.scheme : undefined;
    return { type, port, ...(path === undefined ? {} : { path }), ...(scheme === undefined ? {} : { scheme }) };
  }
  return type === 'TCP' && tcp !== undefined ? { type, port: tcp.port } : null;
}

/** Starts to watch; the result ends it. */
export function watchTask({ info, place, onHealth, onCheck }: TaskWatchOptions): () => void {
  const end = new AbortController();
  if (info.healthCheck !== undefined) watchHealth(info.healthCheck, place, end.signal, onHealth);
  if (info.check !== undefined) watchCheck(info.check, place, end.signal, onCheck);
  return () => end.abort();
}

/** Looks again and again. */
async function repeat(
  of: HealthCheck | Check,
  place: ProbePlace,
  ended: AbortSignal,
  found: (finding: Finding) => void,
): Promise<void> {
  const probe = probeOf(of);
  if (probe === null) return;
  const { delaySeconds = DELAY_SECONDS, intervalSeconds = INTERVAL_SECONDS, timeoutSeconds = TIMEOUT_SECONDS } = of;
  await pause(delaySeconds, ended);
  while (!ended.aborted) {
    const finding = await look(probe, place, timeoutSeconds * 1000, ended);
    if (ended.aborted) return;
    found(finding);
    await pause(intervalSeconds, ended);
  }
}

function pause(seconds: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      ended.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    ended.addEventListener('abort', done);
  });
}

/** Why a finding is no good; null: it is. */
function faultOf(finding: Finding, { http }: HealthCheck): string | null {
  if (typeof finding === 'string') return finding;
  switch (finding.type) {
    case 'COMMAND':
      return finding.exitCode === 0 ? null : `Command returned exited with status ${finding.exitCode}`;
    case 'TCP':
      return finding.succeeded ? null : 'Connection failed';
    case 'HTTP': {
      const { statusCode } = finding;
      const statuses = http?.statuses ?? [];
      const isGood = statuses.length > 0 ? statuses.includes(statusCode) : statusCode >= 200 && statusCode < 400;
      return isGood ? null : `Unexpected HTTP response code: ${statusCode}`;
    }
  }
}

function watchHealth(
  check: HealthCheck,
  place: ProbePlace,
  ended: AbortSignal,
  onHealth: TaskWatchOptions['onHealth'],
): void {
  const { gracePeriodSeconds = GRACE_PERIOD_SECONDS, consecutiveFailures: most = CONSECUTIVE_FAILURES } = check;
  const graceEndMs = performance.now() + gracePeriodSeconds * 1000;
  let isStarting = true;
  let failures = 0;
  void repeat(check, place, ended, (finding) => {
    const fault = faultOf(finding, check);
    if (fault === null) {
      if (isStarting || failures > 0) onHealth(true, false, '');
      isStarting = false;
      failures = 0;
      return;
    }
    if (isStarting && performance.now() < graceEndMs) return;
    failures++;
    onHealth(false, failures >= most, fault);
  });
}

function watchCheck(check: Check, place: ProbePlace, ended: AbortSignal, onCheck: TaskWatchOptions['onCheck']): void {
  let last = JSON.stringify(emptyStatus(check));
  void repeat(check, place, ended, (finding) => {
    const status = statusOf(check, finding);
    const text = JSON.stringify(status);
    if (text === last) return;
    last = text;
    onCheck(status);
  });
}

function statusOf(check: Check, finding: Finding): CheckStatus {
  if (typeof finding === 'string') return emptyStatus(check);
  const { type } = finding;
  if (type === 'COMMAND') return { type, command: { exitCode: finding.exitCode } };
  if (type === 'HTTP') return { type, http: { statusCode: finding.statusCode } };
  return { type, tcp: { succeeded: finding.succeeded } };
}
