/**
 * A cluster on this machine: a master and agents, each a process of its own, started from this very program. They end
 * with the process that started them, however that ends. Their output goes to files in the work directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeteError } from '../base/errors.js';
import { isReadyMessage } from './service.js';

export interface LocalClusterOptions {
  readonly agents: number;
  /** Where the processes listen. */
  readonly ip: string;
  /** The port of the master; 0 takes a free one. */
  readonly port: number;
  /** Resources of an agent (counted from 0), as text. */
  readonly resourcesOf: (index: number) => string;
  /** Further flags for the master and for the agents. */
  readonly masterFlags: readonly string[];
  readonly agentFlags: readonly string[];
  /** Where logs and sandboxes go; undefined makes a directory that is removed at the end. */
  readonly workDir: string | undefined;
  readonly self: { readonly execPath: string; readonly args: readonly string[] };
}

export interface LocalCluster {
  /** `host:port` of the master. */
  readonly master: string;
  readonly workDir: string;
  /** Settles when one of the processes has ended without being told to; the text says which. */
  readonly broken: Promise<string>;
  close(): Promise<void>;
}

/** How long a child may take to serve, and to end after it was told to. */
const START_MS = 30_000;
const STOP_MS = 15_000;

interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: string;
}

function start(name: string, args: readonly string[], workDir: string, self: LocalClusterOptions['self']): Member {
  const log = join(workDir, `${name}.log`);
  const file = openSync(log, 'a');
  // A group of its own: Ctrl-C reaches the parent alone, which then stops the members in order.
  const child = spawn(self.execPath, [...self.args, ...args], {
    stdio: ['ignore', file, file, 'ipc'],
    detached: true,
  });
  closeSync(file);
  return { name, child, log };
}

function lastLine(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '';
}

/** The address a member serves at. Throws MeteError if it ends, or says nothing for too long. */
function ready({ name, child, log }: Member): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      child.removeAllListeners('message');
      reject(
        new MeteError('UNAVAILABLE', {
          field: `local ${name}`,
          value: lastLine(log),
          reason,
          mend: `look into ${log}`,
        }),
      );
    };
    const timer = setTimeout(() => fail(`it did not serve within ${START_MS / 1000} s`), START_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
    child.on('message', (message) => {
      if (!isReadyMessage(message)) return;
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(message.ready);
    });
  });
}

function hasEnded({ child }: Member): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(member: Member): Promise<void> {
  if (hasEnded(member)) return;
  const ended = new Promise<void>((resolve) => member.child.once('exit', () => resolve()));
  member.child.kill('SIGTERM');
  const timer = setTimeout(() => member.child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** Starts the master, then the agents; all or none. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { self } = options;
  const workDir = options.workDir ?? mkdtempSync(join(tmpdir(), 'mete-'));
  mkdirSync(workDir, { recursive: true });
  const members: Member[] = [];
  const close = async (): Promise<void> => {
    const [master, ...agents] = members;
    // Agents first: they end their executors while the master still listens to what becomes of the tasks.
    await Promise.all(agents.map(stop));
    if (master !== undefined) await stop(master);
    if (options.workDir === undefined) rmSync(workDir, { recursive: true, force: true });
  };
  try {
    const { ip } = options;
    // A cluster in a directory that stays is the same one when it is started again.
    const kept = options.workDir === undefined ? ['--registry', 'memory'] : ['--work-dir', join(workDir, 'master')];
    const masterArgs = ['master', '--ip', ip, '--port', String(options.port), ...kept, ...options.masterFlags];
    const master = start('master', masterArgs, workDir, self);
    members.push(master);
    const address = await ready(master);
    for (let n = 1; n <= options.agents; n++) {
      const where = ['--ip', ip, '--port', '0', '--master', address, '--work-dir', join(workDir, `agent-${n}`)];
      // They are few and the master is at hand: no reason to come one by one.
      const prompt = ['--registration-backoff-factor', '20ms'];
      const args = ['agent', ...where, ...prompt, '--resources', options.resourcesOf(n - 1), ...options.agentFlags];
      members.push(start(`agent-${n}`, args, workDir, self));
    }
    await Promise.all(members.slice(1).map(ready));
    const ends = members.map(
      ({ name, child, log }) =>
        new Promise<string>((resolve) => child.once('exit', () => resolve(`${name} has ended: ${lastLine(log)}`))),
    );
    return { master: address, workDir, broken: Promise.race(ends), close };
  } catch (error) {
    await close();
    throw error;
  }
}
