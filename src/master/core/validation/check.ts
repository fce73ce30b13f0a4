/** Checks, health checks, and the results of checks. */
import type { CommandInfo } from '../../../protocol/common.js';
import type { CheckInfo, HealthCheck } from '../../../protocol/container.js';
import type { TaskStatus } from '../../../protocol/task.js';
import { validateCommand } from './command.js';
import type { Refusal } from './refusal.js';

export function validateHealthCheck(check: HealthCheck): Refusal {
  if (check.type === undefined) return "HealthCheck must specify 'type'";
  switch (check.type) {
    case 'UNKNOWN':
      return "'UNKNOWN' is not a valid health check type";
    case 'COMMAND':
      if (check.command === undefined) return "Expecting 'command' to be set for COMMAND health check";
      return validateCheckCommand(check.command, 'health check') ?? validateTimes(check);
    case 'HTTP':
      return validateHealthCheckHttp(check.http) ?? validateTimes(check);
    case 'TCP':
      return check.tcp === undefined ? "Expecting 'tcp' to be set for TCP health check" : validateTimes(check);
  }
}

function validateHealthCheckHttp(http: HealthCheck['http']): Refusal {
  if (http === undefined) return "Expecting 'http' to be set for HTTP health check";
  if (http.scheme !== undefined && http.scheme !== 'http' && http.scheme !== 'https') {
    return `Unsupported HTTP health check scheme: '${http.scheme}'`;
  }
  if (http.path === undefined || http.path.startsWith('/')) return null;
  return `The path '${http.path}' of HTTP health check must start with '/'`;
}

export function validateCheck(check: CheckInfo): Refusal {
  if (check.type === undefined) return "CheckInfo must specify 'type'";
  switch (check.type) {
    case 'UNKNOWN':
      return "'UNKNOWN' is not a valid check type";
    case 'COMMAND':
      if (check.command === undefined) return "Expecting 'command' to be set for COMMAND check";
      return validateCheckCommand(check.command.command, 'check') ?? validateTimes(check);
    case 'HTTP': {
      if (check.http === undefined) return "Expecting 'http' to be set for HTTP check";
      const { path } = check.http;
      if (path !== undefined && !path.startsWith('/')) return `The path '${path}' of HTTP check must start with '/'`;
      return validateTimes(check);
    }
    case 'TCP':
      return check.tcp === undefined ? "Expecting 'tcp' to be set for TCP check" : validateTimes(check);
  }
}

function validateCheckCommand(command: CommandInfo, kind: 'check' | 'health check'): Refusal {
  const subject = kind === 'check' ? 'Check' : 'Health check';
  if (command.value === undefined) {
    const part = command.shell === false ? "'executable path'" : "'shell command'";
    return `${kind === 'check' ? 'Command check' : 'Command health check'} must contain ${part}`;
  }
  const refusal = validateCommand(command);
  return refusal === null ? null : `${subject}'s \`CommandInfo\` is invalid: ${refusal}`;
}

interface Times {
  readonly delaySeconds?: number;
  readonly gracePeriodSeconds?: number;
  readonly intervalSeconds?: number;
  readonly timeoutSeconds?: number;
}

function validateTimes(times: Times): Refusal {
  if ((times.delaySeconds ?? 0) < 0) return "Expecting 'delay_seconds' to be non-negative";
  if ((times.gracePeriodSeconds ?? 0) < 0) return "Expecting 'grace_period_seconds' to be non-negative";
  if ((times.intervalSeconds ?? 0) < 0) return "Expecting 'interval_seconds' to be non-negative";
  if ((times.timeoutSeconds ?? 0) < 0) return "Expecting 'timeout_seconds' to be non-negative";
  return null;
}

/** The result of a check in a status must have the part that its type names. */
export function validateCheckStatus(status: NonNullable<TaskStatus['checkStatus']>): Refusal {
  if (status.type === undefined) return "CheckStatusInfo must specify 'type'";
  switch (status.type) {
    case 'UNKNOWN':
      return "'UNKNOWN' is not a valid check's status type";
    case 'COMMAND':
      return status.command === undefined ? "Expecting 'command' to be set for COMMAND check's status" : null;
    case 'HTTP':
      return status.http === undefined ? "Expecting 'http' to be set for HTTP check's status" : null;
    case 'TCP':
      return status.tcp === undefined ? "Expecting 'tcp' to be set for TCP check's status" : null;
  }
}
