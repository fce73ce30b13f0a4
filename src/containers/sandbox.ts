/**
 * Sandboxes: the directory a container works in, `…/runs/<containerId>`, seen by its owner and group only, with the
 * link `latest` beside it that names the newest run, and the files `stdout` and `stderr` inside.
 */
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MeteError } from '../base/errors.js';
import type { User } from './users.js';

/** Who may enter a sandbox: the owner may do all, its group may look. */
const SANDBOX_MODE = 0o750;

function refuse(directory: string, cause: unknown): MeteError {
  return new MeteError('NOT_AVAILABLE', {
    field: 'sandbox',
    value: directory,
    reason: `it cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
    mend: 'let the agent write in its work directory, and see that the disk is not full',
    cause,
  });
}

/** Makes a directory that belongs to `user` (null: to us). Throws MeteError NOT_AVAILABLE. */
export function createDirectory(directory: string, user: User | null): void {
  try {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, SANDBOX_MODE);
    if (user !== null) chownSync(directory, user.uid, user.gid);
  } catch (cause) {
    throw refuse(directory, cause);
  }
}

/** Lets `latest` beside the directory name it. The link is replaced in one step, so that it always leads somewhere. */
function linkLatest(directory: string): void {
  const runs = dirname(directory);
  const fresh = join(runs, `.latest-${basename(directory)}`);
  rmSync(fresh, { force: true });
  symlinkSync(basename(directory), fresh);
  renameSync(fresh, join(runs, 'latest'));
}

/** Makes the sandbox of a run and links `latest` to it. Throws MeteError NOT_AVAILABLE. */
export function createSandbox(directory: string, user: User | null): void {
  createDirectory(directory, user);
  try {
    linkLatest(directory);
  } catch (cause) {
    throw refuse(directory, cause);
  }
}

/** Opens `stdout` and `stderr` in a directory for appending; close the descriptors with `closeOutput`. */
export function openOutput(directory: string, user: User | null): { stdout: number; stderr: number } {
  const open = (name: string): number => {
    const path = join(directory, name);
    const descriptor = openSync(path, 'a', 0o644);
    if (user !== null) chownSync(path, user.uid, user.gid);
    return descriptor;
  };
  try {
    return { stdout: open('stdout'), stderr: open('stderr') };
  } catch (cause) {
    throw refuse(directory, cause);
  }
}

export function closeOutput(output: { stdout: number; stderr: number }): void {
  closeSync(output.stdout);
  closeSync(output.stderr);
}
