/**
 * One process for each directory: a file that names the process that has it. A lock whose process is gone is taken
 * over. Process ids are used again, so the file also has when the process started, where the system tells.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** How often a lock that nobody holds is cleared away before giving up. */
const ATTEMPTS = 5;

export interface ProcessLock {
  release(): void;
}

interface Started {
  /** When the process started, in ticks of the system. */
  readonly ticks: number;
  readonly isZombie: boolean;
}

/** Null if there is no such process, or no /proc. */
function startOf(pid: number): Started | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { ticks: Number(fields[19]), isZombie: fields[0] === 'Z' };
  } catch {
    return null;
  }
}

/** This process as its lock names it. */
function ownMark(): string {
  return `${process.pid} ${startOf(process.pid)?.ticks ?? 0}\n`;
}

/** The process id in a lock if that process lives, else null. What cannot be read as a lock belongs to nobody. */
function holderOf(mark: string): number | null {
  const [pid, ticks] = mark.trim().split(' ').map(Number);
  if (pid === undefined || ticks === undefined || !Number.isInteger(pid) || pid < 1) return null;
  const start = startOf(pid);
  if (start !== null) return start.ticks === ticks && !start.isZombie ? pid : null;
  if (ticks !== 0) return null;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : null;
  }
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

/** Takes the lock at `path`. Throws what `held` makes of the living process that has it; errors of files. */
export function lockProcess(path: string, held: (pid: number) => Error): ProcessLock {
  const own = ownMark();
  const fresh = `${path}.${process.pid}`;
  const aside = `${path}.${process.pid}.stale`;
  writeFileSync(fresh, own, { mode: 0o644 });
  try {
    for (let attempt = 1; ; attempt++) {
      if (tryLink(fresh, path)) break;
      const mark = readMark(path);
      const holder = holderOf(mark);
      if (holder !== null || attempt === ATTEMPTS) throw held(holder ?? 0);
      clear(path, mark, aside);
    }
  } finally {
    rmSync(fresh, { force: true });
  }
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return;
      isHeld = false;
      if (readMark(path) === own) rmSync(path, { force: true });
    },
  };
}
