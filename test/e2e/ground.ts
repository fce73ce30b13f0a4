/**
 * The ground that end-to-end tests stand on: a directory of their own, and the compiled program started from it as real
 * processes. Whatever is started has that directory in its environment (as TMPDIR, executors and tasks in the names of
 * their sandboxes), so that everything that is left can be found, told, and ended.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDist } from '../../scripts/lib/dist.mjs';
import { ROOT } from '../../scripts/lib/process.mjs';

export const PROGRAM = join(ROOT, 'dist', 'bin', 'mete.js');
export const NOVEL = join(ROOT, 'data', 'anna-karenina.txt');

/** How long anything is waited for: the machine may be busy. */
export const PATIENCE_MS = 60_000;
const LOOK_MS = 20;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A program, with its first arguments, that starts ours: `unshare -m …`. */
  readonly through?: readonly string[];
}

export interface LivingProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly environment: string;
}

export interface Ground {
  readonly directory: string;
  /** Starts `mete ARGS…`. */
  start(args: readonly string[], options?: SpawnOptions): Running;
  /** Runs `mete ARGS…` to its end, which must come within the patience. */
  run(args: readonly string[], options?: SpawnOptions): Promise<Ended>;
  /** As `run`; the exit code must be 0. Gives standard output. */
  succeed(args: readonly string[], options?: SpawnOptions): Promise<string>;
  /** Every process that lives on this ground, those of tasks among them; none where there is no /proc. */
  processes(): LivingProcess[];
  /** Waits until nothing lives here but what is named, and the children of these. */
  nothingButLives(pids: readonly number[]): Promise<void>;
  /** Ends everything, removes the directory, and fails if a process was left that nobody had started here. */
  close(): Promise<void>;
}

/** Waits until `look` gives something true; says what it waited for, and `seen`, if that takes too long. */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  seen: () => unknown = () => '',
  patienceMs: number = PATIENCE_MS,
): Promise<NonNullable<Exclude<T, false>>> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > endMs) assert.fail(`waited ${patienceMs} ms for ${what}; ${JSON.stringify(await seen())}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function environmentOf(directory: string, more: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(METE_(?!ADDON)|NODE_)/.test(entry[0]),
  );
  return { ...Object.fromEntries(own), TMPDIR: directory, ...more };
}

/** Living processes whose environment names the directory. */
function processesOf(directory: string): LivingProcess[] {
  const found: LivingProcess[] = [];
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!environment.includes(directory)) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A zombie has no command line any more; it is its parent's to be buried.
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]);
      if (command !== '') found.push({ pid, parent, command, environment });
    } catch {
      // It has ended, or is another user's.
    }
  }
  return found;
}

function launch(directory: string, args: readonly string[], options: SpawnOptions): Running {
  const [program, ...rest] = [...(options.through ?? []), process.execPath, PROGRAM, ...args];
  const child = spawn(program!, rest, {
    cwd: directory,
    env: environmentOf(directory, options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  ended.catch(() => undefined);
  return { child, pid: child.pid ?? -1, output, ended };
}

/** The end of a process that must come; it is killed if it does not. */
export async function endOf(running: Running, what: string, patienceMs: number = PATIENCE_MS): Promise<Ended> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, patienceMs, null)));
  const ended = await Promise.race([running.ended, late]);
  clearTimeout(timer);
  if (ended !== null) return ended;
  running.child.kill('SIGKILL');
  const { stdout, stderr } = running.output;
  return assert.fail(`${what} did not end within ${patienceMs} ms; it printed\n${stdout}\n${stderr}`);
}

/** A ground whose program is the one that the sources make. */
export async function openGround(): Promise<Ground> {
  await ensureDist();
  const directory = mkdtempSync(join(tmpdir(), 'mete-e2e-'));
  const started: Running[] = [];
  const start: Ground['start'] = (args, options = {}) => {
    const running = launch(directory, args, options);
    started.push(running);
    return running;
  };
  const run: Ground['run'] = (args, options) => endOf(start(args, options), `mete ${args.join(' ')}`);
  const commands = (): string[] => processesOf(directory).map(({ pid, command }) => `${pid} ${command}`);
  const nothingButLives: Ground['nothingButLives'] = async (pids) => {
    const known = new Set(pids);
    const strangers = (): boolean =>
      processesOf(directory).some(({ pid, parent }) => !known.has(pid) && !known.has(parent));
    await waitFor('processes to end', () => !strangers(), commands);
  };
  return {
    directory,
    start,
    run,
    succeed: async (args, options) => {
      const { code, stdout, stderr } = await run(args, options);
      assert.equal(code, 0, `mete ${args.join(' ')}:\n${stdout}\n${stderr}`);
      return stdout;
    },
    processes: () => processesOf(directory),
    nothingButLives,
    close: async () => {
      // Agents first: they end their executors.
      for (const { child } of started.reverse()) {
        child.kill('SIGCONT');
        child.kill('SIGTERM');
      }
      try {
        await nothingButLives([]);
      } finally {
        for (const { pid } of processesOf(directory)) process.kill(pid, 'SIGKILL');
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}
