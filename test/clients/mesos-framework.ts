/** The npm package mesos-framework 0.5.3 as it is, with types for what the tests use of it. */
import { type EventEmitter, once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { TestCluster } from '../agent/shell/cluster.js';

type Json = Readonly<Record<string, unknown>>;
type Make = new (...fields: unknown[]) => object;

export interface Id {
  readonly value: string;
}

export interface Task {
  readonly taskId: string;
  readonly runtimeInfo: { readonly agentId: string; readonly executorId: string; readonly state: string };
}

export interface Status {
  readonly task_id: Id;
  readonly agent_id?: Id;
  readonly executor_id?: Id;
  readonly state: string;
  readonly reason?: string;
  readonly uuid?: string;
  readonly data?: string;
}

export interface Offer {
  readonly id: Id;
  readonly agent_id: Id;
}

export interface MesosScheduler extends EventEmitter {
  frameworkId: string | null;
  readonly mesosStreamId: string | null;
  readonly options: { readonly masterUrl: string; readonly port: number | string };
  readonly launchedTasks: readonly Task[];
  readonly httpRequest: ClientRequest;
  subscribe(): void;
  accept(offers: readonly Id[], operations: readonly object[], filters: object | null): void;
  revive(): void;
  teardown(): void;
  kill(taskId: string, agentId: string): void;
  reconcile(taskId?: string, agentId?: string): void;
  message(agentId: string, executorId: string, data: string): void;
}

const library = createRequire(import.meta.url)('mesos-framework') as {
  readonly Scheduler: new (options: Json) => MesosScheduler;
  readonly Mesos: { getMesos(): { readonly CommandInfo: Make } };
};

const { CommandInfo } = library.Mesos.getMesos();

const EXECUTOR_PROGRAM = fileURLToPath(new URL('mesos-framework-executor.mjs', import.meta.url));

/** Instances of a task that is a command for the shell. */
export function command(text: string, instances = 1): Json {
  // its fields in their order there: URIs, environment, shell, value, arguments, user
  const commandInfo = new CommandInfo(null, null, true, text, null, null);
  return { instances, commandInfo, resources: { cpus: 0.1, mem: 32, ports: 1, disk: 0 } };
}

const amount = (name: string, value: number): object => ({ name, type: 'SCALAR', scalar: { value } });

/** A launch of tasks for one executor whose program is made with the package. */
export function launch(offer: Offer, executorId: string, taskIds: readonly string[]): object {
  const value = `exec '${process.execPath}' '${EXECUTOR_PROGRAM}'`;
  const resources = [amount('cpus', 0.1), amount('mem', 32)];
  const executor = { executor_id: { value: executorId }, name: executorId, command: { shell: true, value }, resources };
  const taskInfos = taskIds.map((id) => {
    return { name: id, task_id: { value: id }, agent_id: offer.agent_id, resources, executor };
  });
  return { type: 'LAUNCH', launch: { task_infos: taskInfos } };
}

export interface Heard {
  readonly scheduler: MesosScheduler;
  /** In the order in which they came. */
  readonly statuses: readonly Status[];
  readonly messages: readonly string[];
  /** What the package reports as errors. */
  readonly errors: readonly string[];
  /** The next status of this kind that has not been given yet; waits for it. */
  status(is: (status: Status) => boolean): Promise<Status>;
}

/** A scheduler that finds the master by its settings. It is subscribed, if `options` do not keep it from that. */
export async function startScheduler(cluster: TestCluster, options: Json, frameworkId?: string): Promise<Heard> {
  const [masterUrl, port] = cluster.master.address.split(':');
  const logging = { level: 'none', path: cluster.root, fileName: 'mesos-framework.log' };
  const patience = { masterConnectionTimeout: 1000, exponentialBackoffMinimum: 0.01 };
  const scheduler = new library.Scheduler({ masterUrl, port, logging, frameworkName: 'npm', ...patience, ...options });
  if (frameworkId !== undefined) scheduler.frameworkId = frameworkId;
  const statuses: Status[] = [];
  const unread: Status[] = [];
  const messages: string[] = [];
  const errors: string[] = [];
  scheduler.on('update', ({ status }: { status: Status }) => {
    statuses.push(status);
    unread.push(status);
    scheduler.emit('heard');
  });
  scheduler.on('message', ({ data }: { data: string }) => messages.push(data));
  scheduler.on('error', (error: string | Error) => errors.push(typeof error === 'string' ? error : error.message));
  // what an ACCEPT leaves is refused for five seconds; the package launches every second task of those that wait
  scheduler.on('sent_accept', () => scheduler.revive());
  await once(scheduler, 'ready');
  const subscribed = once(scheduler, 'subscribed');
  scheduler.subscribe();
  await subscribed;
  return {
    scheduler,
    statuses,
    messages,
    errors,
    async status(is) {
      for (;;) {
        const at = unread.findIndex(is);
        if (at >= 0) return unread.splice(at, 1)[0]!;
        await once(scheduler, 'heard');
      }
    },
  };
}

/** Ends a scheduler as if its process had been killed: the package would subscribe anew. */
export function crash({ scheduler }: Heard): void {
  scheduler.subscribe = () => undefined;
  scheduler.httpRequest.destroy();
}
