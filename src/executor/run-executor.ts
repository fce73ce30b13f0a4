/**
 * The process `mete executor`: connects an executor to its agent and ends with it. Nothing survives it: tasks that run
 * when it ends are ended first.
 */
import { openSessionBook } from '../containers/sessions.js';
import { pack } from '../protocol/pack.js';
import type { TaskInfo } from '../protocol/task.js';
import { connect } from '../transport/ws-connect.js';
import { openAgentLink, type AgentLink } from './agent-link.js';
import { startCommandTask } from './command-task.js';
import { readEnvironment } from './environment.js';
import { createExecutor } from './executor.js';
import { createJobCodeCache } from './job-code.js';
import type { JobPool } from './job-pool.js';
import type { TaskEvents, TaskHandle } from './task-handle.js';

type Variables = Readonly<Record<string, string | undefined>>;

type OpenPool = Pick<JobPool, 'start' | 'warm' | 'close'>;

export interface ExecutorRunOptions {
  /** Its tasks will be jobs: a worker thread starts at once, beside the link to the agent. */
  readonly forJobs?: boolean;
}

/** What makes an executor end as if its agent had asked for it. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** How long an executor that has never reached its agent tries. */
const FIRST_LINK_MS = 60_000;

function log(text: string): void {
  process.stderr.write(`mete executor: ${text}\n`);
}

/** Piscina and its threads are loaded with the first job; executors of commands do without. */
async function openPool(cacheDirectory: string, link: () => AgentLink): Promise<OpenPool> {
  const [{ createJobPool }, { createHttpClient }] = await Promise.all([
    import('./job-pool.js'),
    import('../http/client.js'),
  ]);
  const http = createHttpClient();
  const pool = createJobPool({
    code: createJobCodeCache(cacheDirectory, http),
    http,
    progress: (taskId, doneUnits) =>
      link().send({ type: 'EXECUTOR_SEND', data: pack({ type: 'progress', taskId, doneUnits }) }),
  });
  const close = async (): Promise<void> => {
    await pool.close();
    http.close();
  };
  return { start: pool.start, warm: pool.warm, close };
}

/** Starts job tasks in a pool that is opened with the first of them. */
function createJobStarter(open: () => Promise<OpenPool>): {
  start: (info: TaskInfo, events: TaskEvents) => TaskHandle;
  /** Opens the pool and starts a thread, ahead of the first task. */
  warm: () => void;
  close: () => Promise<void>;
} {
  let opening: Promise<OpenPool> | null = null;
  let pool: OpenPool | null = null;
  const opened = (): Promise<OpenPool> => (opening ??= open().then((ready) => (pool = ready)));
  return {
    start: (info, events) => {
      if (pool !== null) return pool.start(info, events);
      let handle: TaskHandle | null = null;
      let over = false;
      opened().then(
        (ready) => {
          if (!over) handle = ready.start(info, events);
        },
        (error: Error) => events.ended({ state: 'TASK_FAILED', message: `No worker threads: ${error.message}` }),
      );
      return {
        kill: (graceMs) => {
          if (handle !== null || over) return handle?.kill(graceMs);
          over = true;
          events.ended({ state: 'TASK_KILLED', message: 'Killed before it started' });
        },
      };
    },
    // What goes wrong is told by the tasks that meet it.
    warm: () => void opened().then((ready) => ready.warm(), () => undefined),
    close: async () => {
      await (await opening)?.close();
    },
  };
}

/** What proves to the agent which executor this is, if the agent wants to know. */
const TOKEN_VARIABLE = 'MESOS_EXECUTOR_AUTHENTICATION_TOKEN';

async function connectorOf({ [TOKEN_VARIABLE]: token }: Variables): Promise<typeof connect> {
  if (token === undefined || token === '') return connect;
  const { connectWith } = await import('../transport/credentialed-transport.js');
  return connectWith(connect, { token });
}

/** What proves it is not for tasks. */
function withoutToken({ [TOKEN_VARIABLE]: _token, ...others }: Variables): Variables {
  return others;
}

/**
 * Runs an executor with the environment its agent gave it; resolves to the exit code when all is over. Rejects with
 * MeteError INVALID_ARGUMENT if the environment is not that of an executor.
 */
export async function runExecutor(
  variables: Variables = process.env,
  { forJobs = false }: ExecutorRunOptions = {},
): Promise<number> {
  const environment = readEnvironment(variables);
  const connectAs = await connectorOf(variables);
  const { directory, containerId } = environment;
  const sessions = openSessionBook(directory, (error) => log(error.message));
  const jobs = createJobStarter(() => openPool(environment.cacheDirectory, () => link));
  if (forJobs) jobs.warm();
  let link!: AgentLink;
  let stop!: (name: string) => void;
  const code = await new Promise<number>((resolve) => {
    const executor = createExecutor({
      environment,
      send: (call) => link.send(call),
      startTask: (info, alone, events) => {
        if (info.command === undefined) return jobs.start(info, events);
        const context = { directory, containerId, environment: withoutToken(variables), sessions, alone };
        return startCommandTask(info, context, events);
      },
      now: Date.now,
      log,
      done: resolve,
    });
    let reached = false;
    const startMs = performance.now();
    link = openAgentLink({
      connect: connectAs,
      host: environment.host,
      port: environment.port,
      maxBackoffMs: environment.maxBackoffMs,
      onUp: () => {
        reached = true;
        executor.linkUp();
      },
      onEvent: executor.event,
      onDown: (reason) => {
        if (reached || performance.now() - startMs > FIRST_LINK_MS) executor.linkDown(reason);
      },
    });
    stop = (name) => executor.shutdown(name, environment.shutdownGracePeriodMs, 0);
    for (const name of SIGNALS) process.on(name, stop);
  });
  for (const name of SIGNALS) process.off(name, stop);
  link.close();
  await jobs.close();
  return code;
}
