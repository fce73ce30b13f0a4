/**
 * Tasks that are commands: a process in a session and process group of its own, in a directory of its own below the
 * sandbox (`tasks/<task id>`, where Mesos has a link of that name to the sandbox of a nested container), or in the
 * sandbox itself for an executor that was made for this one command. There the agent has fetched the command's files;
 * for all others it is done here.
 * Facts: Mesos' command executor.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findMembers, killAll, signalAll, TASK_VARIABLE, type Marks } from '../containers/members.js';
import type { FetchOptions } from '../containers/fetcher.js';
import { commandOf, startProcess } from '../containers/process.js';
import { createDirectory } from '../containers/sandbox.js';
import type { SessionBook } from '../containers/sessions.js';
import { canSwitchUser, userToRunAs } from '../containers/users.js';
import { describeWaitStatus, isSuccess } from '../containers/wait-status.js';
import type { TaskInfo } from '../protocol/task.js';
import type { TaskEvents, TaskHandle } from './task-handle.js';

export interface CommandContext {
  readonly directory: string;
  readonly containerId: string;
  /** The environment of the executor, which tasks inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly sessions: SessionBook;
  /** The executor was made for this command alone. */
  readonly alone: boolean;
}

/** How often it is looked whether everything has ended after SIGTERM. */
const LOOK_MS = 25;

function environmentOf(info: TaskInfo, context: CommandContext, directory: string): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(context.environment)) {
    if (value !== undefined) environment[name] = value;
  }
  const role = info.resources?.find((resource) => resource.allocationInfo !== undefined)?.allocationInfo?.role;
  if (role !== undefined) environment['MESOS_ALLOCATION_ROLE'] = role;
  environment['MESOS_TASK_ID'] = info.taskId;
  environment['MESOS_SANDBOX'] = directory;
  for (const { name, value } of info.command?.environment?.variables ?? []) environment[name] = value ?? '';
  environment[TASK_VARIABLE] = `${context.containerId}/${info.taskId}`;
  return environment;
}

/** Brings what the command needs; the fetcher is loaded for those that need something. */
async function fetchUris(sandbox: string, options: FetchOptions): Promise<void> {
  const { createFetcher } = await import('../containers/fetcher.js');
  const arrivals = join(sandbox, '.fetch', randomUUID());
  try {
    await createFetcher(arrivals).fetch(options);
  } finally {
    await rm(arrivals, { recursive: true, force: true });
  }
}

/** Starts the command; what becomes of it is told to `events`. */
export function startCommandTask(info: TaskInfo, context: CommandContext, events: TaskEvents): TaskHandle {
  let marks: Marks | null = null;
  let killAtMs: number | null = null;
  let ended = false;
  let timer: NodeJS.Timeout | null = null;
  const giveUp = new AbortController();

  const killNow = (): void => {
    if (marks !== null && !ended) void killAll(marks);
  };
  const armKill = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(killNow, Math.max(0, (killAtMs ?? 0) - performance.now()));
  };

  /** The process has ended; what it left behind may end by itself while a kill is under way. */
  const clearUp = async (members: Marks): Promise<void> => {
    while (killAtMs !== null && performance.now() < killAtMs && findMembers(members).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    await killAll(members);
  };

  const run = async (): Promise<void> => {
    const directory = context.alone ? context.directory : join(context.directory, 'tasks', info.taskId);
    const command = commandOf(info.command ?? {});
    const user = userToRunAs(info.command?.user, canSwitchUser());
    if (!context.alone) {
      createDirectory(directory, user);
      const uris = info.command?.uris ?? [];
      if (uris.length > 0) await fetchUris(context.directory, { uris, directory, user, signal: giveUp.signal });
    }
    const environment = environmentOf(info, context, directory);
    const started = await startProcess({ command, directory, environment, user });
    context.sessions.add(started.pid);
    const members = { variable: `${TASK_VARIABLE}=${environment[TASK_VARIABLE]}`, sessions: new Set([started.pid]) };
    marks = members;
    events.running({ directory, environment, user });
    if (killAtMs !== null) {
      signalAll(members, 'SIGTERM');
      armKill();
    }
    const status = await started.ended;
    await clearUp(members);
    ended = true;
    if (timer !== null) clearTimeout(timer);
    context.sessions.remove(started.pid);
    const state = isSuccess(status) ? 'TASK_FINISHED' : 'TASK_FAILED';
    events.ended({ state, message: `Command ${describeWaitStatus(status)}` });
  };

  run().catch((error: Error) => {
    ended = true;
    events.ended({ state: 'TASK_FAILED', reason: 'REASON_CONTAINER_LAUNCH_FAILED', message: error.message });
  });

  return {
    kill: (graceMs) => {
      const atMs = performance.now() + graceMs;
      if (killAtMs !== null && killAtMs <= atMs) return;
      const first = killAtMs === null;
      killAtMs = atMs;
      giveUp.abort();
      if (marks === null || ended) return;
      if (first && graceMs > 0) signalAll(marks, 'SIGTERM');
      armKill();
    },
  };
}
