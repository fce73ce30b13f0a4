/**
 * A container without isolation: a sandbox and a process, with all that the process starts. It ends in one way only:
 * when its process has ended or `destroy` was called, every member is killed, and then `ended` tells how the process
 * ended. So when `ended` has resolved nothing of the container is left.
 */
import { killAll, signalAll, CONTAINER_VARIABLE, type Marks } from './members.js';
import { readProcess } from './proc.js';
import { startProcess, type Command } from './process.js';
import { createSandbox } from './sandbox.js';
import { readSessions } from './sessions.js';
import type { User } from './users.js';

export interface ContainerOptions {
  readonly containerId: string;
  readonly command: Command;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Null: as ourselves. */
  readonly user: User | null;
  /** Furnishes the sandbox before the process starts; if it rejects, nothing is started. */
  readonly furnish?: (directory: string, user: User | null) => Promise<void>;
}

/** A container that has been started. */
export interface Container {
  readonly containerId: string;
  readonly directory: string;
  readonly pid: number;
  /** When it started; with `pid` it names the process for good. 0 where the system does not tell. */
  readonly startTicks: number;
  /** Resolves to the wait status of its process when every process of the container is gone. Never rejects. */
  readonly ended: Promise<number>;
  /** How its members are recognised now. */
  marks(): Marks;
  /** Asks all members to end (SIGTERM). */
  terminate(): void;
  /** Kills all members for certain; resolves when they are gone. */
  destroy(): Promise<void>;
  /** Leaves it to live on without this process. `ended` then says nothing any more. */
  release(): void;
}

/** Makes the sandbox and starts the process. Rejects with MeteError if either cannot be. */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const { containerId, directory, user } = options;
  createSandbox(directory, user);
  await options.furnish?.(directory, user);
  const started = await startProcess({
    command: options.command,
    directory,
    environment: { ...options.environment, [CONTAINER_VARIABLE]: containerId },
    user,
  });
  const marks = (): Marks => ({
    variable: `${CONTAINER_VARIABLE}=${containerId}`,
    sessions: readSessions(directory).add(started.pid),
  });
  const ended = started.ended.then(async (status) => {
    await killAll(marks());
    return status;
  });
  return {
    containerId,
    directory,
    pid: started.pid,
    startTicks: readProcess(started.pid)?.startTicks ?? 0,
    ended,
    marks,
    terminate: () => signalAll(marks(), 'SIGTERM'),
    destroy: async () => {
      await killAll(marks());
      await ended;
    },
    release: started.release,
  };
}
