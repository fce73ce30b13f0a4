/** `mete execute`: one command on a cluster; prints what is heard of it, ends with it. */
import { userInfo } from 'node:os';
import { MeteError } from '../base/errors.js';
import { LOG_LEVELS } from '../config/common-settings.js';
import { credentialOfClient } from '../config/credentials.js';
import { EXECUTE_SETTINGS } from '../config/execute-settings.js';
import { executeCommand } from '../framework/shell/execute.js';
import type { TaskStatus } from '../protocol/task.js';
import { DEFAULT_MASTER } from './master-client.js';
import { configOf } from './settings-flags.js';
import { ExitCode, type Surroundings } from './surroundings.js';

type Flags = Readonly<Record<string, unknown>>;

function missing(field: string, value: unknown, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field, value, reason, mend });
}

/** `NAME=value` of each `--env`. */
function environmentOf(given: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    if (at < 1) throw missing('--env', text, 'it has no name or no value', 'write --env NAME=value');
    environment[text.slice(0, at)] = text.slice(at + 1);
  }
  return environment;
}

function lineOf({ taskId, state, agentId, message, reason, source }: TaskStatus): string {
  const more = [agentId && `on ${agentId}`, message && `'${message}'`, reason, state === 'TASK_RUNNING' ? '' : source];
  return `${taskId}: ${[state, ...more.filter(Boolean)].join(', ')}`;
}

/** The exit code: 0 if the task finished, 1 if it ended otherwise. */
export async function runExecute(flags: Flags, surroundings: Surroundings): Promise<number> {
  const { env = [], ...settings } = flags;
  const config = configOf(EXECUTE_SETTINGS, settings, surroundings);
  if (config.command === undefined) throw missing('--command', undefined, 'it is missing', "give one, as 'sleep 1'");
  const cancel = new AbortController();
  const onSignal = (): void => cancel.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const credential = credentialOfClient(config, (text) => surroundings.err(`mete: ${text}`));
    const last = await executeCommand({
      masters: config.master ?? [DEFAULT_MASTER],
      sessionTimeoutMs: config.zkSessionTimeoutMs,
      name: config.name,
      command: config.command,
      environment: environmentOf(env as string[]),
      resources: config.resources,
      role: config.role,
      user: config.user ?? userInfo().username,
      principal: config.principal,
      killAfterMs: config.killAfterMs,
      connectTimeoutMs: config.connectTimeoutMs,
      transport: config.transport,
      ...(credential === null ? {} : { credential }),
      onStatus: (status) => surroundings.out(lineOf(status)),
      onLog: (level, text) => {
        if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(config.logLevel)) surroundings.err(`mete: ${text}`);
      },
      signal: cancel.signal,
    });
    if (last === null) return ExitCode.CANCELLED;
    return last.state === 'TASK_FINISHED' ? ExitCode.OK : ExitCode.FAILED;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
