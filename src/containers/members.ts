/**
 * Which processes belong to a container, and how they are ended for certain.
 *
 * A container is started as leader of a session and process group of its own, with its id in its environment. To it
 * belong: every process of that session or of a session it is said to have started, every process started with that
 * variable, and every descendant of these. Children that left the session, whose parents died, or that emptied their
 * environment are so found by one of the other marks; only a process that does all three before it was ever seen
 * escapes (a container with a process namespace of its own leaves no such way).
 */
import { listProcesses, wasStartedWith, type ProcessEntry } from './proc.js';

/** The variables that mark the processes of a container, and those of one task in it. */
export const CONTAINER_VARIABLE = 'METE_CONTAINER_ID';
export const TASK_VARIABLE = 'METE_TASK_ID';

/** How the processes of a container, or of a task in it, are recognised. */
export interface Marks {
  /** `NAME=value` in the environment they were started with. */
  readonly variable: string;
  /** Leaders of the sessions that belong to them. */
  readonly sessions: ReadonlySet<number>;
}

/** The members among `processes`: sessions and marked ones, then what descends from these or shares their sessions. */
function membersAmong(processes: readonly ProcessEntry[], marks: Marks): ProcessEntry[] {
  const sessions = new Set(marks.sessions);
  const pids = new Set<number>();
  for (const entry of processes) {
    if (entry.pid === process.pid) continue;
    if (sessions.has(entry.session) || wasStartedWith(entry.pid, marks.variable)) pids.add(entry.pid);
  }
  for (let before = -1; before !== pids.size; ) {
    before = pids.size;
    for (const entry of processes) {
      if (entry.pid === process.pid || entry.pid === 1) continue;
      if (entry.pid === entry.session && pids.has(entry.pid)) sessions.add(entry.session);
      if (pids.has(entry.parent) || sessions.has(entry.session)) pids.add(entry.pid);
    }
  }
  return processes.filter((entry) => pids.has(entry.pid));
}

/** The living processes of a container; empty where there is no /proc. */
export function findMembers(marks: Marks): ProcessEntry[] {
  return membersAmong(listProcesses(), marks);
}

/** Sends a signal; a process that is gone, or not ours any more, is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Sends a signal to the process groups of a container's sessions and to every member that has left them. */
export function signalAll(marks: Marks, name: NodeJS.Signals): void {
  for (const leader of marks.sessions) signal(-leader, name);
  for (const entry of findMembers(marks)) {
    if (!marks.sessions.has(entry.group)) signal(entry.pid, name);
  }
}

/** How often the members are looked for again, and how many rounds at most; a fork bomb loses, since it is stopped. */
const ROUND_MS = 10;
const MOST_ROUNDS = 200;

/**
 * Ends every process of a container: all are stopped first, so that none starts others meanwhile, then killed, and the
 * list is read again until it is empty. Resolves to the number of processes that would not die (0 in practice).
 */
export async function killAll(marks: Marks): Promise<number> {
  for (const leader of marks.sessions) signal(-leader, 'SIGKILL');
  let members = findMembers(marks);
  for (let round = 0; members.length > 0 && round < MOST_ROUNDS; round++) {
    for (const entry of members) signal(entry.pid, 'SIGSTOP');
    for (const entry of findMembers(marks)) signal(entry.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    members = findMembers(marks);
  }
  return members.length;
}
