/** Programs of the system (tar, unzip, cp …) that work for us, as a user where there is one, for a bounded time. */
import { spawn } from 'node:child_process';
import { MeteError } from '../base/errors.js';
import type { User } from './users.js';

export interface ToolOptions {
  readonly directory: string;
  /** Null: as ourselves. */
  readonly user: User | null;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

/** How much of what a program complains about is told. */
const COMPLAINT_CHARACTERS = 300;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function failed(program: string, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError('NOT_AVAILABLE', { field: 'program', value: program, reason, mend, cause });
}

function notStarted(program: string, cause: NodeJS.ErrnoException): MeteError {
  if (cause.code !== 'ENOENT') return failed(program, cause.message, 'see what the agent may do', cause);
  return failed(program, 'it is not on this agent', `install ${program}, or do without it`, cause);
}

/** Runs a program to its end. Rejects with MeteError NOT_AVAILABLE if it is not there, fails, or is ended. */
export function runTool(program: string, args: readonly string[], options: ToolOptions): Promise<void> {
  const { directory, user, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { PATH, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < COMPLAINT_CHARACTERS) complaint += chunk.toString();
    });
    child.on('error', (error) => {
      reject(signal.aborted ? (signal.reason as Error) : notStarted(program, error));
    });
    child.on('close', (code, by) => {
      if (code === 0) return resolve();
      const end = code === null ? `was ended by ${by ?? 'a signal'}` : `failed with status ${code}`;
      const said = complaint.slice(0, COMPLAINT_CHARACTERS).trim().split('\n').join('; ');
      reject(failed(program, `it ${end}${said === '' ? '' : `: ${said}`}`, 'see that the file is what its name says'));
    });
  });
}
