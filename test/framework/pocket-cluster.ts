/**
 * A master and agents in this process, real to a framework: links over a real transport, offers, and tasks that fetch
 * their code and inputs over HTTP and run it. Tasks run one after the other between turns of the event loop.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Link } from '../../src/base/link.js';
import { pack, unpack } from '../../src/protocol/pack.js';
import type { AnyJob } from '../../src/jobs/job.js';
import { checkJobTask, INLINE_RESULT_BYTES, type JobTask, type TaskInput } from '../../src/jobs/job-task.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { Message, SchedulerCall } from '../../src/protocol/messages.js';
import type { AgentId, FrameworkId, OfferId } from '../../src/protocol/schema.js';
import type { TaskInfo, TaskState, TaskStatus } from '../../src/protocol/task.js';
import { chooseTransport } from '../../src/transport/choose-transport.js';

export interface PocketCluster {
  readonly address: string;
  readonly calls: SchedulerCall['type'][];
  readonly tasks: JobTask[];
  readonly agents: Set<string>;
  /** Frees the link of the framework, as if the master had gone for a moment. */
  breakLink(): void;
  close(): Promise<void>;
}

export interface PocketOptions {
  readonly agents?: number;
  readonly cpus?: number;
  /** Chance, by task number, that a task fails instead of running. */
  readonly fails?: (taskNumber: number) => boolean;
  /** Sends other bytes than were announced. */
  readonly corrupts?: (taskNumber: number) => boolean;
  /** Tasks never end. */
  readonly hangs?: boolean;
  readonly transport?: 'ws' | 'uws';
}

async function fetched(url: string, range?: string): Promise<Buffer> {
  const answer = await fetch(url, range === undefined ? {} : { headers: { range } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function loadJob(task: JobTask, directory: string): Promise<AnyJob> {
  const code = await fetched(task.job.url);
  if (createHash('sha256').update(code).digest('hex') !== task.job.sha256) throw new Error('code of another hash');
  const file = join(directory, `${task.job.sha256}.mjs`);
  await writeFile(file, code);
  return ((await import(pathToFileURL(file).href)) as { default: AnyJob }).default;
}

/** Runs one task as an executor would; inputs come over HTTP, in ranges. */
async function runTask(task: JobTask, job: AnyJob, corrupt: boolean): Promise<Uint8Array> {
  const texts = new Map<number, Buffer>();
  for (const input of task.inputs) texts.set(input.index, await wholeInput(input));
  const part = await job.run(task.piece, {
    options: task.options as never,
    cancelled: false,
    progress: () => undefined,
    *read(input, from, to) {
      for (let at = from; at < Math.min(to, texts.get(input)!.length); at += 10_000) {
        yield texts.get(input)!.subarray(at, Math.min(at + 10_000, to));
      }
    },
  });
  const bytes = pack(part);
  if (bytes.length <= INLINE_RESULT_BYTES) return pack({ type: 'inline', part, runMs: 1 });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const body = Buffer.from(bytes);
  if (corrupt) body[100]! ^= 1;
  const put = await fetch(task.resultUrl, { method: 'PUT', body });
  if (!put.ok) throw new Error(`PUT: ${put.status}`);
  return pack({ type: 'stored', sha256, bytes: bytes.length, runMs: 1 });
}

async function wholeInput(input: TaskInput): Promise<Buffer> {
  if (input.bytes === 0) return Buffer.alloc(0);
  const middle = input.bytes >> 1;
  const parts = [`bytes=0-${middle}`, `bytes=${middle + 1}-${input.bytes + 100}`];
  if (middle + 1 >= input.bytes) parts.pop();
  return Buffer.concat(await Promise.all(parts.map((range) => fetched(input.url, range))));
}

export async function startPocketCluster(options: PocketOptions = {}): Promise<PocketCluster> {
  const { transport } = await chooseTransport(options.transport ?? 'ws');
  const directory = await mkdtemp(join(tmpdir(), 'mete-pocket-'));
  const calls: SchedulerCall['type'][] = [];
  const tasks: JobTask[] = [];
  const used = new Set<string>();
  /** The newest status of each task, until it is acknowledged. */
  const pending = new Map<string, TaskStatus>();
  let job: Promise<AnyJob> | null = null;
  const free = new Map<string, number>();
  for (let i = 0; i < (options.agents ?? 2); i++) free.set(`agent-${i}`, options.cpus ?? 2);
  const offered = new Set<string>();
  const offers = new Map<string, string>();
  let link: Link | null = null;
  let suppressed = false;
  let next = 1;
  let numbers = 0;

  const send = (...messages: Message[]): void => void link?.send(encodeFrame(messages));
  const offerAll = (): void => {
    if (suppressed || link === null) return;
    for (const [agent, cpus] of free) {
      if (cpus < 0.1 || offered.has(agent)) continue;
      const id = `O${next++}` as OfferId;
      offered.add(agent);
      offers.set(id, agent);
      const resources = [
        { name: 'cpus', type: 'SCALAR' as const, scalar: cpus },
        { name: 'mem', type: 'SCALAR' as const, scalar: 4096 },
      ];
      const frameworkId = 'F-1' as FrameworkId;
      send({ type: 'OFFERS', offers: [{ id, frameworkId, agentId: agent as AgentId, hostname: agent, resources }] });
    }
  };
  const update = (info: TaskInfo, state: TaskState, more: { data?: Uint8Array; message?: string } = {}): void => {
    const uuid = new Uint8Array(16).fill(numbers);
    const status: TaskStatus = { taskId: info.taskId, agentId: info.agentId, state, uuid, ...more };
    pending.set(info.taskId, status);
    send({ type: 'UPDATE', status });
  };
  const run = async (info: TaskInfo): Promise<void> => {
    const number = ++numbers;
    const task = checkJobTask(unpack(info.data!));
    tasks.push(task);
    used.add(info.agentId);
    update(info, 'TASK_RUNNING');
    if (options.hangs === true) return;
    try {
      if (options.fails?.(number) === true) throw new Error('bad luck');
      job ??= loadJob(task, directory);
      const data = await runTask(task, await job, options.corrupts?.(number) === true);
      update(info, 'TASK_FINISHED', { data });
    } catch (error) {
      update(info, 'TASK_FAILED', { message: (error as Error).message });
    }
    free.set(info.agentId, free.get(info.agentId)! + 1);
    offerAll();
  };
  const called = (call: SchedulerCall): void => {
    calls.push(call.type);
    switch (call.type) {
      case 'SUBSCRIBE':
        suppressed = (call.suppressedRoles ?? []).length > 0;
        send({ type: 'SUBSCRIBED', frameworkId: 'F-1' as FrameworkId, heartbeatIntervalSeconds: 15 });
        for (const status of pending.values()) send({ type: 'UPDATE', status });
        offerAll();
        break;
      case 'ACKNOWLEDGE':
        pending.delete(call.taskId);
        break;
      case 'ACCEPT': {
        const agent = offers.get(call.offerIds[0]!)!;
        offered.delete(agent);
        const infos = call.operations!.flatMap((operation) => operation.launch!.taskInfos);
        free.set(agent, free.get(agent)! - infos.length);
        for (const info of infos) void run(info);
        break;
      }
      case 'DECLINE':
        for (const id of call.offerIds) offered.delete(offers.get(id)!);
        break;
      case 'SUPPRESS':
        suppressed = true;
        break;
      case 'REVIVE':
        suppressed = false;
        offerAll();
        break;
      default:
    }
  };
  const listener = await transport.listen({
    host: '127.0.0.1',
    port: 0,
    onLink: (opened) => {
      link = opened;
      return {
        frame: (_from, bytes) => {
          for (const message of decodeFrame(bytes)) called(message as SchedulerCall);
        },
        closed: (gone) => {
          if (link !== gone) return;
          link = null;
          offered.clear();
        },
      };
    },
  });
  return {
    address: `127.0.0.1:${listener.port}`,
    calls,
    tasks,
    agents: used,
    breakLink: () => link?.close('broken on purpose'),
    close: async () => {
      await listener.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
