/**
 * One look at a task: a command beside it, an HTTP request or a connection to a port of this machine. Facts: the
 * checker and health checker of Mesos.
 */
import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { User } from '../containers/users.js';
import { commandOf } from '../containers/process.js';
import type { CommandInfo } from '../protocol/common.js';

/** Where a task runs, so that commands can be run beside it. */
export interface ProbePlace {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: User | null;
}

/** What is looked at. */
export type Probe =
  | { readonly type: 'COMMAND'; readonly command: CommandInfo }
  | { readonly type: 'HTTP'; readonly port: number; readonly path?: string; readonly scheme?: string }
  | { readonly type: 'TCP'; readonly port: number };

/** What was found; a text if nothing could be found out. */
export type Finding =
  | { readonly type: 'COMMAND'; readonly exitCode: number }
  | { readonly type: 'HTTP'; readonly statusCode: number }
  | { readonly type: 'TCP'; readonly succeeded: boolean }
  | string;

const HOST = '127.0.0.1';

/** Looks once; settles within the time-out, or when `signal` ends it. */
export function look(probe: Probe, place: ProbePlace, timeoutMs: number, ended: AbortSignal): Promise<Finding> {
  const signal = timeoutMs > 0 ? AbortSignal.any([ended, AbortSignal.timeout(timeoutMs)]) : ended;
  const late = (): string => `${probe.type} has not returned after ${timeoutMs / 1000}secs`;
  switch (probe.type) {
    case 'COMMAND':
      return runCommand(probe.command, place, signal, late);
    case 'HTTP':
      return requestPage(probe, signal, late);
    case 'TCP':
      return openConnection(probe.port, signal, late);
  }
}

function runCommand(info: CommandInfo, place: ProbePlace, signal: AbortSignal, late: () => string): Promise<Finding> {
  const { user, directory, environment } = place;
  const command = commandOf(info);
  const args = command.shell ? ['-c', command.value] : command.arguments.slice(1);
  const own = Object.fromEntries((info.environment?.variables ?? []).map(({ name, value }) => [name, value ?? '']));
  return new Promise((resolve) => {
    const child = spawn(command.shell ? '/bin/sh' : command.value, args, {
      cwd: directory,
      env: { ...environment, ...own },
      stdio: 'ignore',
      detached: true,
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    child.on('error', (error) => resolve(`Failed to run the command: ${error.message}`));
    child.on('exit', (code) => {
      signal.removeEventListener('abort', kill);
      resolve(signal.aborted ? late() : { type: 'COMMAND', exitCode: code ?? -1 });
    });
  });
}

function requestPage(
  { port, path = '/', scheme }: Extract<Probe, { type: 'HTTP' }>,
  signal: AbortSignal,
  late: () => string,
): Promise<Finding> {
  return new Promise((resolve) => {
    const options = { host: HOST, port, path, signal, agent: false, rejectUnauthorized: false };
    const sent = (scheme === 'https' ? httpsRequest : httpRequest)(options, (answer) => {
      answer.resume();
      resolve({ type: 'HTTP', statusCode: answer.statusCode ?? 0 });
      sent.destroy();
    });
    sent.on('error', (error) => resolve(signal.aborted ? late() : error.message));
    sent.end();
  });
}

function openConnection(port: number, signal: AbortSignal, late: () => string): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, signal });
    socket.on('connect', () => {
      resolve({ type: 'TCP', succeeded: true });
      socket.destroy();
    });
    socket.on('error', () => resolve(signal.aborted ? late() : { type: 'TCP', succeeded: false }));
  });
}
