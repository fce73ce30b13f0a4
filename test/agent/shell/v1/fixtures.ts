/** Executors whose process sleeps while the test speaks for them, over HTTP, byte by byte. */
import type { TestContext } from 'node:test';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import type { TaskId } from '../../../../src/protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../../../src/protocol/task.js';
import { RawConnection, request, type RawAnswer, type RawHead } from '../../../master/shell/v1/raw-http.js';
import { executorOf, type TestScheduler } from '../cluster.js';

export const PATH = '/api/v1/executor';
export const JSON_LINE = 'Content-Type: application/json';

export type Json = Record<string, unknown>;

export function portOf({ address }: RunningAgent): number {
  return Number(address.split(':').at(-1));
}

/** One request on a connection of its own. */
export async function ask(
  t: TestContext,
  agent: RunningAgent,
  method: string,
  path: string,
  lines: readonly string[] = [],
  body: string | Json = '',
): Promise<RawAnswer> {
  const connection = await RawConnection.open(t, portOf(agent));
  connection.write(request(method, path, lines, typeof body === 'string' ? body : JSON.stringify(body)));
  return connection.answer();
}

/** An executor that does nothing by itself. */
export function sleeper(id: string, more: Partial<ExecutorInfo> = {}): ExecutorInfo {
  return { ...executorOf(id), name: id, command: { value: 'sleep 1000' }, ...more };
}

export function taskOf(taskId: string, executor: ExecutorInfo, more: Partial<TaskInfo> = {}): Partial<TaskInfo> {
  return { name: taskId, taskId: taskId as TaskId, executor, ...more };
}

/** Waits until the agent knows the executor, so that it may subscribe. */
export async function known(agent: RunningAgent, executorId: string): Promise<void> {
  for (;;) {
    const state = await (await fetch(`http://${agent.address}/state`)).text();
    if (state.includes(`"executors":[{"id":"${executorId}"`) || state.includes(`{"id":"${executorId}","name"`)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The events of a subscription, and calls on a second connection that is kept. */
export class TestExecutor {
  private constructor(
    readonly ids: { readonly executor_id: Json; readonly framework_id: Json },
    readonly head: RawHead,
    private readonly stream: RawConnection,
    private readonly calls: RawConnection,
  ) {}

  static async subscribe(
    t: TestContext,
    agent: RunningAgent,
    scheduler: TestScheduler,
    executorId: string,
    subscribe: Json | undefined = {},
    lines: readonly string[] = [JSON_LINE],
  ): Promise<TestExecutor> {
    const ids = { executor_id: { value: executorId }, framework_id: { value: scheduler.frameworkId } };
    const stream = await RawConnection.open(t, portOf(agent));
    const body = JSON.stringify({ type: 'SUBSCRIBE', ...ids, subscribe });
    stream.write(request('POST', PATH, lines, body));
    const head = await stream.head();
    return new TestExecutor(ids, head, stream, await RawConnection.open(t, portOf(agent)));
  }

  /** The next event; null is the end of the stream. */
  async event(): Promise<Json | null> {
    const chunk = await this.stream.chunk();
    if (chunk === null) return null;
    const [, length, text] = /^(\d+)\n(.*)$/s.exec(chunk.toString())!;
    if (Number(length) !== Buffer.byteLength(text!)) throw new Error(`length ${length} of ${text}`);
    return JSON.parse(text!) as Json;
  }

  /** The next event, which must be of the type; its body. */
  async next(type: string): Promise<Json> {
    const event = await this.event();
    if (event?.['type'] !== type) throw new Error(`expected ${type}, but it is ${JSON.stringify(event)}`);
    return (event[type.toLowerCase()] ?? {}) as Json;
  }

  write(type: string, more: Json = {}): void {
    this.calls.write(request('POST', PATH, [JSON_LINE], JSON.stringify({ type, ...this.ids, ...more })));
  }

  async call(type: string, more: Json = {}): Promise<RawAnswer> {
    this.write(type, more);
    return this.calls.answer();
  }

  answer(): Promise<RawAnswer> {
    return this.calls.answer();
  }

  update(taskId: string, state: string, uuid: number, more: Json = {}): Promise<RawAnswer> {
    return this.call('UPDATE', updateOf(taskId, state, uuid, more));
  }

  /** Breaks the stream as a network would. */
  breakStream(): void {
    this.stream.socket.destroy();
  }
}

export function uuidOf(uuid: number): string {
  return Buffer.alloc(16, uuid).toString('base64');
}

export function updateOf(taskId: string, state: string, uuid: number, more: Json = {}): Json {
  const status = { task_id: { value: taskId }, state, source: 'SOURCE_EXECUTOR', uuid: uuidOf(uuid), ...more };
  return { update: { status } };
}
