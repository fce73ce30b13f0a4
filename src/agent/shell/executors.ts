/**
 * The executors of an agent as processes: starts, ends and reports them. What an executor has said before it ended is
 * heard before its end is told, so that its last updates count.
 */
import { adoptContainer, type FoundContainer } from '../../containers/adopt.js';
import { startContainer, type Container } from '../../containers/container.js';
import type { Fetcher, FetchOptions } from '../../containers/fetcher.js';
import { commandOf } from '../../containers/process.js';
import { userToRunAs } from '../../containers/users.js';
import { readUsage, type Usage } from '../../containers/usage.js';
import type { ContainerId } from '../../protocol/schema.js';
import type { AgentEvent, LaunchExecutor } from '../core/events.js';
import type { WorkDir } from './work-dir.js';

export interface ExecutorsOptions {
  readonly workDir: WorkDir;
  readonly fetcher: Fetcher;
  readonly switchUser: boolean;
  /** More variables for an executor. */
  readonly environment?: (effect: LaunchExecutor) => Readonly<Record<string, string>>;
  readonly push: (event: AgentEvent) => void;
  readonly now: () => number;
  /** True while the executor of a container still has its link. */
  readonly isLinked: (containerId: ContainerId) => boolean;
}

export interface Executors {
  launch(effect: LaunchExecutor): void;
  /** Takes over a container that a former run has started; `isNews`: the core does not know its process. */
  adopt(found: FoundContainer, isNews: boolean): void;
  destroy(containerId: ContainerId): void;
  /** Kills what is left, but for those that are to live on; resolves when nothing else is. */
  destroyAll(keep?: ReadonlySet<ContainerId>): Promise<void>;
  usage(): Usage;
  /** Of one container; null if it does not run. */
  usageOf(containerId: ContainerId): Usage | null;
  readonly count: number;
}

/** An executor of the former run that has ended, and what is to be said about that beyond the fact. */
export interface Gone {
  readonly containerId: ContainerId;
  readonly message?: string;
}

/** What is left of the executors of a former run. */
export interface Leftovers {
  readonly alive: readonly FoundContainer[];
  readonly gone: readonly Gone[];
}

/** How long the link of an ended executor may still have something to say. */
const LAST_WORDS_MS = 1000;
const LOOK_MS = 5;

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A container from the moment it is asked for. */
interface Entry {
  container: Container | null;
  destroyed: boolean;
  /** Stops what is done before the start. */
  readonly giveUp: AbortController;
  readonly over: Promise<void>;
}

function environmentOf(effect: LaunchExecutor, workDir: WorkDir): Record<string, string> {
  const path = effect.environment['PATH'] ?? DEFAULT_PATH;
  return { ...effect.environment, PATH: `${workDir.binDirectory}:${path}` };
}

/** Brings what the command of an executor needs into its sandbox. */
async function fetchUris(
  fetcher: Fetcher,
  { executorInfo, containerId }: LaunchExecutor,
  where: Omit<FetchOptions, 'uris'>,
): Promise<void> {
  const uris = executorInfo.command?.uris ?? [];
  if (uris.length === 0) return;
  try {
    await fetcher.fetch({ uris, ...where });
  } catch (error) {
    throw new Error(`Failed to fetch all URIs for container '${containerId}': ${(error as Error).message}`);
  }
}

async function start(effect: LaunchExecutor, options: ExecutorsOptions, signal: AbortSignal): Promise<Container> {
  return startContainer({
    containerId: effect.containerId,
    command: commandOf(effect.executorInfo.command ?? {}),
    directory: effect.directory,
    environment: { ...environmentOf(effect, options.workDir), ...options.environment?.(effect) },
    user: userToRunAs(effect.user ?? undefined, options.switchUser),
    furnish: (directory, user) => fetchUris(options.fetcher, effect, { directory, user, signal }),
  });
}

function usageOfAll(entries: Iterable<Entry>): Usage {
  const sum = { processes: 0, cpuSeconds: 0, memoryBytes: 0 };
  for (const { container } of entries) {
    if (container === null) continue;
    const usage = readUsage(container.marks());
    sum.processes += usage.processes;
    sum.cpuSeconds += usage.cpuSeconds;
    sum.memoryBytes += usage.memoryBytes;
  }
  return sum;
}

/** What becomes of a container, told as it happens: from its start, or from where it is now, to its end. */
interface Lives {
  readonly live: (effect: LaunchExecutor, entry: Entry) => Promise<void>;
  readonly liveOn: (container: Container, entry: Entry, containerId: ContainerId) => Promise<void>;
  readonly started: (container: Container, containerId: ContainerId) => void;
}

function createLives(options: ExecutorsOptions): Lives {
  const { push, now, isLinked } = options;

  const lastWords = async (containerId: ContainerId): Promise<void> => {
    const endMs = performance.now() + LAST_WORDS_MS;
    // Calls over HTTP come on connections of their own, and may still wait to be read when the stream is gone.
    do await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    while (isLinked(containerId) && performance.now() < endMs);
  };

  const started = ({ pid, startTicks }: Container, containerId: ContainerId): void => {
    push({ type: 'ExecutorStarted', at: now(), containerId, pid, startTicks });
  };

  const live = async (effect: LaunchExecutor, entry: Entry): Promise<void> => {
    const { containerId } = effect;
    try {
      entry.container = await start(effect, options, entry.giveUp.signal);
    } catch (error) {
      push({ type: 'ExecutorFailedToStart', at: now(), containerId, message: (error as Error).message });
      return;
    }
    started(entry.container, containerId);
    await liveOn(entry.container, entry, containerId);
  };

  const liveOn = async (container: Container, entry: Entry, containerId: ContainerId): Promise<void> => {
    if (entry.destroyed) void container.destroy();
    const status = await container.ended;
    await lastWords(containerId);
    push({ type: 'ExecutorExited', at: now(), containerId, status });
  };

  return { live, liveOn, started };
}

function destroy(entry: Entry): void {
  if (entry.destroyed) return;
  entry.destroyed = true;
  entry.giveUp.abort();
  void entry.container?.destroy();
}

export function createExecutors(options: ExecutorsOptions): Executors {
  const entries = new Map<ContainerId, Entry>();
  const { live, liveOn, started } = createLives(options);

  const enter = (
    containerId: ContainerId,
    container: Container | null,
    life: (entry: Entry) => Promise<void>,
  ): void => {
    const entry: Entry = {
      container,
      destroyed: false,
      giveUp: new AbortController(),
      over: Promise.resolve().then(async () => {
        await life(entry);
        entries.delete(containerId);
      }),
    };
    entries.set(containerId, entry);
  };

  return {
    launch: (effect) => enter(effect.containerId, null, (entry) => live(effect, entry)),
    adopt: (found, isNews) => {
      const containerId = found.containerId as ContainerId;
      const container = adoptContainer(found);
      if (isNews) started(container, containerId);
      enter(containerId, container, (entry) => liveOn(container, entry, containerId));
    },
    destroy: (containerId) => {
      const entry = entries.get(containerId);
      if (entry !== undefined) destroy(entry);
    },
    destroyAll: async (keep = new Set()) => {
      const over: Promise<void>[] = [];
      for (const [containerId, entry] of entries) {
        if (keep.has(containerId)) {
          entry.container?.release();
          continue;
        }
        destroy(entry);
        over.push(entry.over);
      }
      await Promise.all(over);
    },
    usage: () => usageOfAll(entries.values()),
    usageOf: (containerId) => {
      const container = entries.get(containerId)?.container ?? null;
      return container === null ? null : readUsage(container.marks());
    },
    get count() {
      return entries.size;
    },
  };
}
