/**
 * Starting one process as leader of a session and process group of its own, and learning how it ended. The process gets
 * exactly the environment it is given, nothing on standard input, and its output in files.
 */
import { spawn } from 'node:child_process';
import { MeteError } from '../base/errors.js';
import { closeOutput, openOutput } from './sandbox.js';
import type { User } from './users.js';
import { waitStatus } from './wait-status.js';

/** What to run: a text for the shell, or a program with its arguments, the first being its own name. */
export type Command =
  | { readonly shell: true; readonly value: string }
  | { readonly shell: false; readonly value: string; readonly arguments: readonly string[] };

export interface ProcessOptions {
  readonly command: Command;
  /** Where it starts, and where `stdout` and `stderr` are written. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Null: as ourselves. */
  readonly user: User | null;
}

/** A started process. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves to the wait status when the process itself has ended; its children may still run. Never rejects. */
  readonly ended: Promise<number>;
  /** This process may end before it. */
  readonly release: () => void;
}

/** The parts of CommandInfo that say what to run. Throws MeteError if there is nothing to run. */
export function commandOf(info: {
  shell?: boolean;
  value?: string;
  arguments?: readonly string[];
}): Command {
  const value = info.value ?? '';
  if (value === '') {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'command.value',
      value: info.value,
      reason: 'there is nothing to run',
      mend: 'give a shell command, or a program with shell set to false',
    });
  }
  if (info.shell ?? true) return { shell: true, value };
  return { shell: false, value, arguments: info.arguments ?? [] };
}

function refused(options: ProcessOptions, cause: Error): MeteError {
  const program = options.command.shell ? '/bin/sh' : options.command.value;
  return new MeteError('NOT_AVAILABLE', {
    field: 'command',
    value: program,
    reason: `it cannot be started: ${cause.message}`,
    mend: 'see that the program exists on the agent, may be executed, and is found in PATH',
    cause,
  });
}

/**
 * Starts a process. Resolves when it runs; rejects with MeteError NOT_AVAILABLE if it cannot be started (no such
 * program, no permission, no memory).
 */
export function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { command, user } = options;
  const program = command.shell ? '/bin/sh' : command.value;
  const rest = command.shell ? ['-c', command.value] : command.arguments.slice(1);
  const output = openOutput(options.directory, user);
  const argv0 = command.shell ? 'sh' : (command.arguments[0] ?? command.value);
  return new Promise((resolve, reject) => {
    let child;
    try {
      child = spawn(program, rest, {
        argv0,
        cwd: options.directory,
        env: { ...options.environment },
        detached: true,
        stdio: ['ignore', output.stdout, output.stderr],
        ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
      });
    } catch (cause) {
      reject(refused(options, cause as Error));
      return;
    } finally {
      closeOutput(output);
    }
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', (cause) => reject(refused(options, cause)));
      return;
    }
    child.on('error', () => undefined);
    const ended = new Promise<number>((end) => {
      child.once('exit', (code, signal) => end(waitStatus(code, signal)));
    });
    resolve({ pid, ended, release: () => child.unref() });
  });
}
