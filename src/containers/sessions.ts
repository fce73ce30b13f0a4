/**
 * Sessions that a container has started besides its own, written down in its directory by whoever starts them (the
 * executor, for command tasks), so that the agent finds and ends them when their starter is gone. The file is replaced
 * as a whole; a line is a leader's process id and the time it started, which together are never used again.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProcess } from './proc.js';

const FILE = '.sessions';

/** The sessions of a container as their starter keeps them. */
export interface SessionBook {
  add(leader: number): void;
  remove(leader: number): void;
}

/** A new, empty book in `directory`. Writing that fails is reported to `onError` and does not stop anything. */
export function openSessionBook(directory: string, onError: (error: Error) => void): SessionBook {
  const lines = new Map<number, string>();
  const path = join(directory, FILE);
  const write = (): void => {
    try {
      writeFileSync(`${path}.new`, [...lines.values()].join(''), { mode: 0o640 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      onError(error as Error);
    }
  };
  return {
    add: (leader) => {
      lines.set(leader, `${leader} ${readProcess(leader)?.startTicks ?? 0}\n`);
      write();
    },
    remove: (leader) => {
      if (lines.delete(leader)) write();
    },
  };
}

/** True if the process has gone, or belongs to the owner of the directory: nobody may have others' processes ended. */
function maybeOwn(leader: number, uid: number): boolean {
  try {
    return statSync(`/proc/${leader}`).uid === uid;
  } catch {
    return true;
  }
}

/**
 * Leaders of the sessions written down in `directory`, without those whose number is another process' by now, and
 * without processes of other users than the owner of the directory, who could write down anything.
 */
export function readSessions(directory: string): Set<number> {
  const sessions = new Set<number>();
  let text: string;
  let uid: number;
  try {
    uid = statSync(directory).uid;
    text = readFileSync(join(directory, FILE), 'latin1');
  } catch {
    return sessions;
  }
  for (const line of text.split('\n')) {
    const [leader, startTicks] = line.split(' ').map(Number);
    if (leader === undefined || startTicks === undefined || !(leader > 1)) continue;
    const now = readProcess(leader);
    if (now !== null && now.startTicks !== startTicks) continue;
    if (maybeOwn(leader, uid)) sessions.add(leader);
  }
  return sessions;
}
