/**
 * The work directory of an agent: made if it is not there, checked before anything else, and furnished with what
 * executors need: the program `mete` in a directory that comes first in their PATH, and a place for code of jobs.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { MeteError } from '../../base/errors.js';

/** How to start this program: what to execute, and the arguments that come before a command. */
export interface Program {
  readonly execPath: string;
  readonly args: readonly string[];
}

export interface WorkDir {
  readonly path: string;
  /** First in the PATH of executors. */
  readonly binDirectory: string;
  /** Code of jobs, for all executors, whoever they run as. */
  readonly cacheDirectory: string;
  /** What must survive the agent. */
  readonly metaDirectory: string;
  /** Of the fetcher alone. */
  readonly fetchDirectory: string;
}

function refuse(path: string, reason: string, cause?: unknown): MeteError {
  const mend = 'name a directory that the agent may write to, such as --work-dir=/var/lib/mete';
  return new MeteError('INVALID_ARGUMENT', { field: 'work directory', value: path, reason, mend, cause });
}

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/** Options of Node that name a module to load, which must be found from any directory. */
const MODULE_OPTIONS: ReadonlySet<string> = new Set(['--import', '--require', '-r', '--loader']);

function findModule(specifier: string): string {
  if (isAbsolute(specifier) || /^[a-z]+:/.test(specifier)) return specifier;
  return specifier.startsWith('.') ? resolve(specifier) : import.meta.resolve(specifier);
}

/** The arguments with names of modules replaced by where they are. */
function movable(args: readonly string[]): string[] {
  return args.map((argument, i) => {
    const [option = '', value] = argument.split('=', 2);
    if (value !== undefined && MODULE_OPTIONS.has(option)) return `${option}=${findModule(value)}`;
    return MODULE_OPTIONS.has(args[i - 1] ?? '') ? findModule(argument) : argument;
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Writes the program `mete` as a small script that starts this very version of it. */
function writeLauncher(directory: string, program: Program): void {
  const path = join(directory, 'mete');
  const words = [program.execPath, ...movable(program.args)].map(quote).join(' ');
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  renameSync(fresh, path);
}

/** Makes and checks the work directory. Throws MeteError INVALID_ARGUMENT that says what is wrong with it. */
export function prepareWorkDir(given: string, program: Program): WorkDir {
  if (given === '') throw refuse(given, 'it is missing');
  const path = resolve(given);
  const binDirectory = join(path, 'bin');
  const cacheDirectory = join(path, 'cache');
  const metaDirectory = join(path, 'meta');
  try {
    mkdirSync(path, { recursive: true });
    if (!statSync(path).isDirectory()) throw refuse(path, 'it is no directory');
    const probe = join(path, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
    makeDirectory(binDirectory, 0o755);
    mkdirSync(metaDirectory, { recursive: true });
    // As /tmp: all may add, nobody may replace what is another's.
    makeDirectory(cacheDirectory, 0o1777);
    writeLauncher(binDirectory, program);
  } catch (cause) {
    if (cause instanceof MeteError) throw cause;
    throw refuse(path, `it cannot be used: ${(cause as Error).message}`, cause);
  }
  return { path, binDirectory, cacheDirectory, metaDirectory, fetchDirectory: join(path, 'fetch') };
}
