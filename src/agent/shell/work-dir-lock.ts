/**
 * One agent for each work directory: a file that names the process that has it. A lock whose process is gone is taken
 * over. Process ids are used again, so the file also has when the process started, where the system tells.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeteError } from '../../base/errors.js';
import { readProcess } from '../../containers/proc.js';

const FILE = 'agent.lock';

/** How often a lock that nobody holds is cleared away before giving up. */
const ATTEMPTS = 5;

export interface WorkDirLock {
  release(): void;
}

/** This process as its lock names it. */
function ownMark(): string {
  return `${process.pid} ${readProcess(process.pid)?.startTicks ?? 0}\n`;
}

/** The process id in a lock if that process lives, else null. What cannot be read as a lock belongs to nobody. */
function holderOf(mark: string): number | null {
  const [pid, startTicks] = mark.trim().split(' ').map(Number);
  if (pid === undefined || startTicks === undefined || !Number.isInteger(pid) || pid < 1) return null;
  const entry = readProcess(pid);
  if (entry !== null) return entry.startTicks === startTicks && entry.state !== 'Z' ? pid : null;
  if (startTicks !== 0) return null;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : null;
  }
}

function held(path: string, pid: number): MeteError {
  return new MeteError('ALREADY_EXISTS', {
    field: 'work directory',
    value: path,
    reason: `the agent with process id ${pid} works in it`,
    mend: 'end that one, or name another with --work-dir',
  });
}

function tryLink(fresh: string, lock: string): boolean {
  try {
    linkSync(fresh, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readMark(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Moves a lock that nobody holds out of the way; one that has just been taken by another is put back. */
function clear(lock: string, stale: string, aside: string): void {
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  if (readMark(aside) !== stale) tryLink(aside, lock);
  rmSync(aside, { force: true });
}

/** Takes the lock in `directory`. Throws MeteError ALREADY_EXISTS if a living process has it; errors of files. */
export function lockWorkDir(workDir: string, directory: string): WorkDirLock {
  const lock = join(directory, FILE);
  const own = ownMark();
  const fresh = `${lock}.${process.pid}`;
  const aside = `${lock}.${process.pid}.stale`;
  writeFileSync(fresh, own, { mode: 0o644 });
  try {
    for (let attempt = 1; ; attempt++) {
      if (tryLink(fresh, lock)) break;
      const mark = readMark(lock);
      const holder = holderOf(mark);
      if (holder !== null || attempt === ATTEMPTS) throw held(workDir, holder ?? 0);
      clear(lock, mark, aside);
    }
  } finally {
    rmSync(fresh, { force: true });
  }
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return;
      isHeld = false;
      if (readMark(lock) === own) rmSync(lock, { force: true });
    },
  };
}
