/** A master over real sockets, an agent on a native link, and frameworks that speak the v1 API byte by byte. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { TypeScriptEngine } from '../../../../src/allocator/engine/typescript-engine.js';
import type { Link } from '../../../../src/base/link.js';
import { type MasterOptions, startMaster } from '../../../../src/master/shell/start-master.js';
import { decodeFrame, encodeFrame } from '../../../../src/protocol/codec.js';
import type { Message, MessageOf, MessageType } from '../../../../src/protocol/messages.js';
import type { AgentInfo } from '../../../../src/protocol/framework.js';
import type { AgentId, FrameworkId } from '../../../../src/protocol/schema.js';
import type { TaskState, TaskStatus } from '../../../../src/protocol/task.js';
import { resourcesToMessages } from '../../../../src/resources/message-form.js';
import { parseResources } from '../../../../src/resources/parse-text.js';
import { linkUrl } from '../../../../src/transport/transport.js';
import { wsTransport } from '../../../../src/transport/ws-transport.js';
import { beforeClosing, leaveAll, RawConnection, request, type RawAnswer, type RawHead } from './raw-http.js';

export const PATH = '/api/v1/scheduler';
export const JSON_LINE = 'Content-Type: application/json';

export type Json = Record<string, unknown>;

export interface TestMaster {
  readonly port: number;
  readonly masterId: string;
  /** Lines of the log so far. */
  readonly log: string[];
}

export async function master(t: TestContext, more: Partial<MasterOptions> = {}): Promise<TestMaster> {
  const log: string[] = [];
  const defects: unknown[] = [];
  const running = await startMaster({
    host: '127.0.0.1',
    port: 0,
    transport: wsTransport,
    engine: (options) => new TypeScriptEngine(options),
    allocator: { allocationIntervalMs: 20 },
    core: {},
    version: '0.0.0',
    log: (_level, text, fields) => log.push(`${text} ${JSON.stringify(fields ?? {})}`),
    onDefect: (error) => defects.push(error),
    ...more,
  });
  t.after(async () => {
    leaveAll(t);
    await running.close();
    assert.deepEqual(defects, []);
  });
  return { port: Number(running.address.split(':')[1]), masterId: running.masterInfo.id, log };
}

/** A queue of what arrives, which can be waited for. */
export class Inbox<T> {
  private readonly items: T[] = [];
  private wake: (() => void) | null = null;

  push(item: T): void {
    this.items.push(item);
    this.wake?.();
  }

  async next(wanted: (item: T) => boolean): Promise<T> {
    for (;;) {
      const at = this.items.findIndex(wanted);
      if (at >= 0) return this.items.splice(at, 1)[0]!;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** One end of a native link. */
export class NativePeer {
  private readonly inbox = new Inbox<Message>();
  private link: Link | null = null;

  async open(t: TestContext, port: number): Promise<this> {
    this.link = await wsTransport.connect({
      url: linkUrl('127.0.0.1', port),
      handlers: {
        frame: (_link, bytes) => decodeFrame(bytes).forEach((message) => this.received(message)),
        closed: () => undefined,
      },
    });
    beforeClosing(t, () => this.leave());
    return this;
  }

  private received(message: Message): void {
    if (message.type === 'PING') this.send({ type: 'PONG' });
    else this.inbox.push(message);
  }

  send(message: Message): void {
    this.link!.send(encodeFrame([message]));
  }

  leave(): void {
    this.link!.close('the test ends');
  }

  next<T extends MessageType>(type: T): Promise<MessageOf<T>> {
    return this.inbox.next((message) => message.type === type) as Promise<MessageOf<T>>;
  }
}

const ABLE = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'RESIZE_VOLUME'];

export class TestAgent extends NativePeer {
  id = '' as AgentId;
  private nextUuid = 1;

  static async join(
    t: TestContext,
    port: number,
    text = 'cpus:4;mem:4096',
    more: Partial<AgentInfo> = {},
  ): Promise<TestAgent> {
    const agent = await new TestAgent().open(t, port);
    const resources = resourcesToMessages(parseResources(text));
    const agentInfo = { hostname: 'host1', port: 5051, resources, ...more };
    agent.send({ type: 'REGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: ABLE });
    agent.id = (await agent.next('AGENT_REGISTERED')).agentId;
    return agent;
  }

  /** Tells the state of a task. */
  update(frameworkId: FrameworkId, taskId: string, state: TaskState, more: Partial<TaskStatus> = {}): Uint8Array {
    const uuid = new Uint8Array(16).fill(this.nextUuid++);
    const status = { taskId, state, source: 'SOURCE_EXECUTOR', agentId: this.id, timestamp: 1.5, uuid, ...more };
    const update = { frameworkId, agentId: this.id, status: status as TaskStatus, timestamp: 1.5, uuid };
    this.send({ type: 'STATUS_UPDATE', update });
    return uuid;
  }
}

export const INFO = { user: 'nobody', name: 'demo' };

/** A framework on the v1 API: a stream, and calls on a connection that is kept. */
export class TestFramework {
  frameworkId = '';
  streamId = '';
  /** The chunks of the stream as they came. */
  readonly chunks: string[] = [];
  private readonly events = new Inbox<Json>();
  private calls: RawConnection | null = null;
  isOver = false;

  private constructor(
    private readonly t: TestContext,
    private readonly port: number,
    readonly stream: RawConnection,
    readonly head: RawHead,
  ) {}

  /** Sends a SUBSCRIBE and reads the head of the answer, which must be 200. */
  static async subscribe(t: TestContext, port: number, info: Json = INFO, more: Json = {}): Promise<TestFramework> {
    const { frameworkId, ...rest } = more;
    const id = frameworkId === undefined ? {} : { framework_id: { value: frameworkId } };
    const call = { type: 'SUBSCRIBE', ...id, subscribe: { framework_info: info, ...rest } };
    const stream = await RawConnection.open(t, port);
    const lines = [JSON_LINE, 'Accept: application/json', 'Connection: close'];
    stream.write(request('POST', PATH, lines, JSON.stringify(call)));
    const head = await stream.head();
    assert.equal(head.status, 200);
    const framework = new TestFramework(t, port, stream, head);
    framework.streamId = head.headers['mesos-stream-id']!;
    void framework.read();
    return framework;
  }

  /** A framework that is subscribed. */
  static async start(t: TestContext, port: number, info: Json = INFO, more: Json = {}): Promise<TestFramework> {
    const framework = await TestFramework.subscribe(t, port, info, more);
    const { subscribed } = (await framework.next('SUBSCRIBED')) as { subscribed: { framework_id: { value: string } } };
    framework.frameworkId = subscribed.framework_id.value;
    return framework;
  }

  private async read(): Promise<void> {
    for (;;) {
      const chunk = await this.stream.chunk().catch(() => null);
      if (chunk === null) break;
      const text = chunk.toString();
      this.chunks.push(text);
      this.events.push(JSON.parse(text.slice(text.indexOf('\n') + 1)) as Json);
    }
    this.isOver = true;
    this.events.push({ type: 'END' });
  }

  /** The next event of a type; END is the end of the stream. */
  next(type: string): Promise<Json> {
    return this.events.next((event) => event.type === type);
  }

  /** The body of the next event of a type. */
  async body<T = Json>(type: string): Promise<T> {
    return (await this.next(type))[type.toLowerCase()] as T;
  }

  async offers(): Promise<Json[]> {
    return (await this.body<{ offers: Json[] }>('OFFERS')).offers;
  }

  /** Makes a call and gives the answer. */
  async call(call: Json, streamId: string | null = this.streamId, lines: readonly string[] = []): Promise<RawAnswer> {
    this.calls ??= await RawConnection.open(this.t, this.port);
    const id = streamId === null ? [] : [`Mesos-Stream-Id: ${streamId}`];
    const whole = { framework_id: { value: this.frameworkId }, ...call };
    this.calls.write(request('POST', PATH, [JSON_LINE, ...id, ...lines], JSON.stringify(whole)));
    return this.calls.answer();
  }

  /** Makes a call that must be answered with 202 and nothing else. */
  async accepted(type: string, body?: Json): Promise<void> {
    const answer = await this.call(body === undefined ? { type } : { type, [type.toLowerCase()]: body });
    assert.deepEqual([answer.status, answer.body], [202, '']);
  }

  leave(): void {
    this.stream.socket.destroy();
  }
}

/** One request on a connection of its own. */
export async function ask(
  t: TestContext,
  port: number,
  method: string,
  path: string,
  lines: readonly string[] = [],
  body: string | Buffer = '',
): Promise<RawAnswer> {
  const connection = await RawConnection.open(t, port);
  connection.write(request(method, path, lines, body));
  return connection.answer();
}
