/**
 * The inputs of a job: files, directories and patterns become a list of files with sizes and times, in the order of
 * their paths, each once for each copy. What cannot be read is told before anything is launched.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { compareUtf8 } from '../../base/utf8.js';
import { MeteError } from '../../base/errors.js';
import type { InputFile } from '../../jobs/job.js';

/** The most files a job can have, copies counted. */
const MAX_INPUTS = 1_000_000;
/** Files looked at side by side. */
const TOGETHER = 64;

/**
 * The files that words name: a path of a file, a path of a directory (all files below it, but for hidden ones), or a
 * pattern. `copies` repeats the list. Throws MeteError INVALID_ARGUMENT or LIMIT_EXCEEDED.
 */
export async function gatherInputs(words: readonly string[], copies = 1): Promise<InputFile[]> {
  const found = new Set<string>();
  for (const word of words) for (const path of await filesOf(word)) found.add(path);
  const paths = [...found].sort(compareUtf8);
  if (paths.length * copies > MAX_INPUTS) {
    throw new MeteError('LIMIT_EXCEEDED', {
      field: 'input',
      value: paths.length * copies,
      reason: `a job has at most ${MAX_INPUTS} files`,
      mend: 'join small files, or run several jobs',
    });
  }
  const files: InputFile[] = [];
  for (let at = 0; at < paths.length; at += TOGETHER) {
    files.push(...(await Promise.all(paths.slice(at, at + TOGETHER).map((path, i) => describe(path, at + i)))));
  }
  const inputs: InputFile[] = [];
  for (let copy = 0; copy < copies; copy++) {
    for (const file of files) inputs.push({ ...file, index: inputs.length });
  }
  return inputs;
}

async function filesOf(word: string): Promise<string[]> {
  const found = await stat(word).catch(() => null);
  if (found?.isFile() === true) return [resolve(word)];
  if (found?.isDirectory() === true) return glob('**', { cwd: word, absolute: true, onlyFiles: true });
  if (found !== null) throw refusal(word, 'it is neither a file nor a directory', 'give files');
  if (!isDynamicPattern(word)) throw refusal(word, 'there is no such file or directory', 'give one that is there');
  const matches = await glob(word, { absolute: true, onlyFiles: true });
  if (matches.length === 0) throw refusal(word, 'no file matches the pattern', 'put patterns in quotes');
  return matches;
}

async function describe(path: string, index: number): Promise<InputFile> {
  try {
    await access(path, constants.R_OK);
    const { size, mtimeMs } = await stat(path);
    return { index, path, bytes: size, mtimeMs };
  } catch (cause) {
    const reason = `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw refusal(path, reason, 'make it readable, or leave it out', cause);
  }
}

function refusal(value: string, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field: 'input', value, reason, mend, cause });
}
