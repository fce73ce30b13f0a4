/** A real master and agents in this process, executors as real processes, and a framework spoken for by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAgent, type AgentOptions, type RunningAgent } from '../../../src/agent/shell/start-agent.js';
import type { Link } from '../../../src/base/link.js';
import { TypeScriptEngine } from '../../../src/allocator/engine/typescript-engine.js';
import { type MasterOptions, startMaster, type RunningMaster } from '../../../src/master/shell/start-master.js';
import { decodeFrame, encodeFrame } from '../../../src/protocol/codec.js';
import type { Message, MessageOf, SchedulerCall } from '../../../src/protocol/messages.js';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../../src/protocol/schema.js';
import { isTerminal, type ExecutorInfo, type TaskInfo, type TaskStatus } from '../../../src/protocol/task.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { linkUrl } from '../../../src/transport/transport.js';
import { wsTransport } from '../../../src/transport/ws-transport.js';

const EXECUTOR_MAIN = fileURLToPath(new URL('../../executor/executor-main.ts', import.meta.url));

export const logs: string[] = [];
const log = (level: string, text: string, fields?: object): void =>
  void logs.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`);

function onDefect(error: unknown): void {
  throw error;
}

export interface TestCluster {
  readonly root: string;
  readonly master: RunningMaster;
  addAgent(more?: Partial<AgentOptions>): Promise<RunningAgent>;
  addFramework(more?: Partial<MessageOf<'SUBSCRIBE'>['frameworkInfo']>): Promise<TestScheduler>;
  close(): Promise<void>;
}

export async function startCluster(more: Partial<MasterOptions> = {}): Promise<TestCluster> {
  const root = mkdtempSync(join(tmpdir(), 'mete-agent-'));
  const master = await startMaster({
    host: '127.0.0.1',
    port: 0,
    transport: wsTransport,
    engine: (options) => new TypeScriptEngine(options),
    allocator: {},
    core: {},
    version: '0',
    log,
    onDefect,
    ...more,
  });
  const agents: RunningAgent[] = [];
  const schedulers: TestScheduler[] = [];
  return {
    root,
    master,
    addAgent: async (given = {}) => {
      const agent = await startAgent({
        host: '127.0.0.1',
        port: 0,
        master: master.address,
        workDir: join(root, `agent-${agents.length}`),
        resources: parseResources('cpus:4;mem:4096;disk:1024;ports:[31000-31009]'),
        transport: wsTransport,
        program: { execPath: process.execPath, args: ['--import', 'tsx', EXECUTOR_MAIN] },
        core: { version: '1.11.0', registrationBackoffMs: 10, ...given.core },
        version: '0',
        log,
        onDefect,
        ...given,
      });
      agents.push(agent);
      return agent;
    },
    addFramework: async (info = {}) => {
      const scheduler = await connectScheduler(master, info);
      schedulers.push(scheduler);
      return scheduler;
    },
    close: async () => {
      schedulers.forEach((scheduler) => scheduler.close());
      await Promise.all(agents.map((agent) => agent.close()));
      await master.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export const EXECUTOR: Omit<ExecutorInfo, 'executorId'> = {
  type: 'CUSTOM',
  command: { shell: false, value: 'mete', arguments: ['mete', 'executor'] },
  resources: [
    { name: 'cpus', type: 'SCALAR', scalar: 0.1 },
    { name: 'mem', type: 'SCALAR', scalar: 32 },
  ],
};

export function executorOf(id: string): ExecutorInfo {
  return { ...EXECUTOR, executorId: id as ExecutorId };
}

/** A framework that answers offers with what the test wants launched, and acknowledges what it hears. */
export interface TestScheduler {
  readonly frameworkId: FrameworkId;
  readonly statuses: TaskStatus[];
  readonly messages: Message[];
  send(call: SchedulerCall): void;
  /** Launches tasks with the next offer that comes; `agentId` and resources are filled in. */
  launch(tasks: readonly Partial<TaskInfo>[]): Promise<AgentId>;
  /** The same with the next offer that has some of a resource. */
  launchOn(resource: string, tasks: readonly Partial<TaskInfo>[]): Promise<AgentId>;
  /** The same with tasks that start together, under one executor. */
  launchGroup(executor: ExecutorInfo, tasks: readonly Partial<TaskInfo>[]): Promise<AgentId>;
  /** The first status of a task that satisfies; waits for it. */
  status(taskId: string, is: (status: TaskStatus) => boolean): Promise<TaskStatus>;
  running(taskId: string): Promise<TaskStatus>;
  ended(taskId: string): Promise<TaskStatus>;
  failureOf(executorId: string): Promise<MessageOf<'FAILURE'>>;
  close(): void;
}

/** What is to be launched with an offer. */
interface Wanted {
  readonly tasks: readonly Partial<TaskInfo>[];
  readonly group?: ExecutorInfo;
  readonly on?: string;
  readonly done: (agentId: AgentId) => void;
}

interface Wait {
  readonly try: () => boolean;
}

const RESOURCES: TaskInfo['resources'] = [
  { name: 'cpus', type: 'SCALAR', scalar: 0.1 },
  { name: 'mem', type: 'SCALAR', scalar: 32 },
];

async function connectScheduler(
  master: RunningMaster,
  more: Partial<MessageOf<'SUBSCRIBE'>['frameworkInfo']>,
): Promise<TestScheduler> {
  const statuses: TaskStatus[] = [];
  const messages: Message[] = [];
  let waits: Wait[] = [];
  let wanted: Wanted[] = [];
  const door: { link?: Link } = {};
  const send = (...calls: SchedulerCall[]): void => void door.link?.send(encodeFrame(calls));
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const attempt = (): boolean => {
        const found = find();
        if (found !== undefined) resolve(found);
        return found !== undefined;
      };
      if (!attempt()) waits.push({ try: attempt });
    });
  const answerOffers = ({ offers }: MessageOf<'OFFERS'>): void => {
    for (const offer of offers) {
      const at = wanted.findIndex(({ on }) => on === undefined || offer.resources?.some(({ name }) => name === on));
      const next = at < 0 ? undefined : wanted.splice(at, 1)[0];
      if (next === undefined) {
        send({ type: 'DECLINE', offerIds: [offer.id], filters: { refuseSeconds: 0.05 } });
        continue;
      }
      const { agentId } = offer;
      const taskInfos = next.tasks.map((task) => ({ name: 't', resources: RESOURCES, agentId, ...task }) as TaskInfo);
      const executor = next.group;
      const operation =
        executor === undefined
          ? { type: 'LAUNCH' as const, launch: { taskInfos } }
          : { type: 'LAUNCH_GROUP' as const, launchGroup: { executor, taskGroup: { tasks: taskInfos } } };
      const operations = [operation];
      send({ type: 'ACCEPT', offerIds: [offer.id], operations, filters: { refuseSeconds: 0 } });
      next.done(agentId);
    }
  };
  const receive = (message: Message): void => {
    messages.push(message);
    if (message.type === 'OFFERS') answerOffers(message);
    if (message.type !== 'UPDATE') return;
    statuses.push(message.status);
    const { uuid, taskId, agentId } = message.status;
    if (uuid !== undefined) send({ type: 'ACKNOWLEDGE', agentId: agentId!, taskId, uuid });
  };
  const port = Number(master.address.split(':').at(-1));
  door.link = await wsTransport.connect({
    url: linkUrl('127.0.0.1', port),
    handlers: {
      frame: (_link, bytes) => {
        decodeFrame(bytes).forEach(receive);
        waits = waits.filter((wait) => !wait.try());
      },
      closed: () => undefined,
    },
  });
  send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'root', name: 'test', ...more } });
  const { frameworkId } = await until(() => messages.find((message) => message.type === 'SUBSCRIBED'));
  const status: TestScheduler['status'] = (taskId, is) =>
    until(() => statuses.find((found) => found.taskId === (taskId as TaskId) && is(found)));
  return {
    frameworkId,
    statuses,
    messages,
    send,
    launch: (tasks) =>
      new Promise((done) => {
        wanted.push({ tasks, done });
        send({ type: 'REVIVE' });
      }),
    launchOn: (on, tasks) =>
      new Promise((done) => {
        wanted.push({ on, tasks, done });
        send({ type: 'REVIVE' });
      }),
    launchGroup: (group, tasks) =>
      new Promise((done) => {
        wanted.push({ tasks, group, done });
        send({ type: 'REVIVE' });
      }),
    status,
    running: (taskId) => status(taskId, ({ state }) => state === 'TASK_RUNNING'),
    ended: (taskId) => status(taskId, ({ state }) => isTerminal(state)),
    failureOf: (executorId) =>
      until(() => messages.find((message) => message.type === 'FAILURE' && message.executorId === executorId) as
        | MessageOf<'FAILURE'>
        | undefined),
    close: () => {
      wanted = [];
      door.link?.close('the test is over');
    },
  };
}
