/**
 * Running other programs, for the scripts of this folder. They must work on a fresh clone, before anything is
 * installed: plain Node, no dependencies, no shell (paths may hold spaces).
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own folder. */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** One line to the person at the terminal about what a script is doing; on stderr, so that output stays clean.
 * @param {string} line */
export function say(line) {
  process.stderr.write(`mete: ${line}\n`);
}

/** Runs a program with this terminal; resolves to its exit code. Signals to us are passed on.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string | undefined>, cwd?: string }} [options]
 * @returns {Promise<number>} */
export function run(command, args, options = {}) {
  return new Promise((done) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(command, [...args], { cwd: options.cwd ?? ROOT, env, stdio: 'inherit' });
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => void child.kill(signal);
    process.on('SIGINT', pass).on('SIGTERM', pass);
    const end = (/** @type {number} */ code) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      done(code);
    };
    child.once('error', (error) => {
      say(`${command} could not be started: ${error.message}`);
      end(127);
    });
    child.once('exit', (code, signal) => end(code ?? (signal === null ? 1 : 130)));
  });
}

/** Runs a program to its end and keeps what it prints.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string | undefined>, cwd?: string }} [options]
 * @returns {{ code: number, text: string }} `text` holds stdout and then stderr; code 127 = could not be started */
export function capture(command, args, options = {}) {
  const env = { ...process.env, ...options.env };
  const result = spawnSync(command, [...args], {
    cwd: options.cwd ?? ROOT,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) return { code: 127, text: result.error.message };
  return { code: result.status ?? 1, text: `${result.stdout}${result.stderr}` };
}

/** How to call npm: through the one that runs us, if any.
 * @param {readonly string[]} args
 * @returns {[string, string[]]} command and arguments */
export function npmCommand(args) {
  const npm = process.env['npm_execpath'];
  if (npm?.endsWith('.js')) return [process.execPath, [npm, ...args]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', [...args]];
}

/** The first of `names` that can be run, or null. Names without a slash are looked up in PATH.
 * @param {readonly string[]} names */
export function findProgram(names) {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of names) {
    const bases = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
    const found = bases.flatMap((base) => suffixes.map((suffix) => base + suffix)).find(isProgram);
    if (found !== undefined) return found;
  }
  return null;
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
