/** A service of mete that a fault test kills, freezes and starts again at the same place, and everything it logged. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, type Ground, PATIENCE_MS, type Running, waitFor } from '../e2e/ground.js';
import type { Host } from './network.js';

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly process: string;
  readonly pid: number;
  readonly text: string;
  readonly [field: string]: unknown;
}

export interface Service {
  readonly name: string;
  readonly host: Host;
  /** `host:port` that it serves on. */
  readonly address: string;
  readonly workDir: string;
  readonly isRunning: boolean;
  readonly pid: number;
  /** How often it was started. */
  readonly starts: number;
  /** Starts it; resolves when it answers over HTTP. `env` is for this run alone. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it with a signal, SIGKILL unless told otherwise; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Resolves with the exit code when it has ended by itself. */
  ended(): Promise<number | null>;
  /** What all its runs have logged, in order. */
  log(): LogLine[];
  /** What it printed to standard error that is no log line; for people who read a failed test. */
  words(): string;
}

export interface ServiceOptions {
  readonly ground: Ground;
  readonly host: Host;
  readonly name: string;
  readonly port: number;
  readonly workDir: string;
  /** `master …` or `agent …`, without address and work directory. */
  readonly args: readonly string[];
  /** A program, with its first arguments, that starts it, within its host. */
  readonly through?: readonly string[];
}

function parse(line: string): LogLine | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}

/** A service that has not been started yet. */
export function createService(options: ServiceOptions): Service {
  const { ground, host, name, port, workDir } = options;
  const logFile = join(ground.directory, `${name}.log`);
  const runs: Running[] = [];
  mkdirSync(workDir, { recursive: true });
  closeSync(openSync(logFile, 'a'));
  const [command, ...flags] = options.args;
  const own = ['--ip', host.address, '--hostname', host.address, '--port', String(port), '--work-dir', workDir];
  const args = [command!, ...own, '--log-level', 'info', '--log-file', logFile, ...flags];
  const current = (): Running => runs.at(-1)!;
  const isRunning = (): boolean => {
    const child = runs.at(-1)?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  };
  const words = (): string => runs.map(({ output }) => output.stderr).join('\n').slice(-4000);
  const address = `${host.address}:${port}`;
  const answers = async (): Promise<boolean> => {
    if (!isRunning()) throw new Error(`${name} ended: ${words()}`);
    try {
      return (await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  };
  return {
    name,
    host,
    address,
    workDir,
    get isRunning() {
      return isRunning();
    },
    get pid() {
      return current().pid;
    },
    get starts() {
      return runs.length;
    },
    start: async (env = {}) => {
      runs.push(ground.start(args, { env, through: [...host.through, ...(options.through ?? [])] }));
      await waitFor(`${name} to serve`, answers, words);
    },
    kill: async (signal = 'SIGKILL') => {
      if (!isRunning()) return;
      current().child.kill(signal);
      await endOf(current(), name);
    },
    freeze: () => void current().child.kill('SIGSTOP'),
    thaw: () => void current().child.kill('SIGCONT'),
    ended: async () => (await endOf(current(), name, PATIENCE_MS)).code,
    log: () => readFileSync(logFile, 'utf8').split('\n').flatMap((line) => parse(line) ?? []),
    words,
  };
}
