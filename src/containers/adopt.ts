/**
 * Containers that another process has started, this program's former run: found among all processes by what marks
 * them, taken over, or ended.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from './container.js';
import { CONTAINER_VARIABLE, killAll, type Marks, signal, signalAll, TASK_VARIABLE } from './members.js';
import { environmentOf, listProcesses } from './proc.js';
import { untilEnded } from './process-watch.js';
import { readSessions } from './sessions.js';

/** The main process of a container that lives. */
export interface FoundContainer {
  readonly containerId: string;
  readonly directory: string;
  readonly pid: number;
  readonly startTicks: number;
}

/** How it ended is only told to the parent of a process. */
const UNKNOWN_STATUS = -1;

/** The containers with sandboxes below `root`; of processes that this one may not look into it knows nothing. */
export function findContainers(root: string): Map<string, FoundContainer> {
  const found = new Map<string, FoundContainer>();
  for (const { pid, session, startTicks } of listProcesses()) {
    if (pid !== session || pid === process.pid) continue;
    const environment = environmentOf(pid);
    const containerId = environment.get(CONTAINER_VARIABLE);
    const directory = environment.get('MESOS_DIRECTORY');
    if (containerId === undefined || directory === undefined || environment.has(TASK_VARIABLE)) continue;
    if (directory.startsWith(`${root}/`)) found.set(containerId, { containerId, directory, pid, startTicks });
  }
  return found;
}

function marksOf({ containerId, directory, pid }: FoundContainer): Marks {
  return { variable: `${CONTAINER_VARIABLE}=${containerId}`, sessions: readSessions(directory).add(pid) };
}

/** Takes a container over; its end is noticed a little late, and its status is -1. */
export function adoptContainer(found: FoundContainer): Container {
  const { containerId, directory, pid, startTicks } = found;
  const marks = (): Marks => marksOf(found);
  const given = new AbortController();
  const ended = untilEnded(pid, startTicks, given.signal).then(async () => {
    await killAll(marks());
    return UNKNOWN_STATUS;
  });
  return {
    containerId,
    directory,
    pid,
    startTicks,
    ended,
    marks,
    terminate: () => signalAll(marks(), 'SIGTERM'),
    destroy: async () => {
      await killAll(marks());
      await ended;
    },
    release: () => given.abort(),
  };
}

/** Between killing the main processes of containers and looking for what they have left. */
const SETTLE_MS = 20;

/** Ends containers, with all that they have started. */
export async function endContainers(containers: readonly FoundContainer[]): Promise<void> {
  if (containers.length === 0) return;
  const all = containers.map(marksOf);
  for (const { sessions } of all) for (const leader of sessions) signal(-leader, 'SIGKILL');
  await sleep(SETTLE_MS);
  for (const marks of all) await killAll(marks);
}
