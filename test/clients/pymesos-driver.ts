/**
 * A scheduler driver that does on the wire what PyMesos 0.3.15 does: SUBSCRIBE on a connection of its own with
 * `Connection: close`, all calls on a second one that is kept and never tried again, one after the other out of the
 * callbacks, ACKNOWLEDGE after the callback of an update, no DECLINE for offers nobody answers, TEARDOWN at `stop`.
 * Whatever would end a program on PyMesos (a status that is no 2xx, an answer that is not chunked, a missing member)
 * rejects `run`.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { RawConnection } from '../master/shell/v1/raw-http.js';

export interface Id {
  readonly value: string;
}

export interface PyOffer {
  readonly id: Id;
  readonly agent_id: Id;
  readonly resources: readonly { readonly name: string; readonly scalar?: { readonly value: number } }[];
}

export interface PyStatus {
  readonly task_id: Id;
  readonly agent_id: Id;
  readonly state: string;
  readonly uuid?: string;
  readonly data?: string;
  readonly message?: string;
}

export interface PyScheduler {
  resourceOffers(driver: PyDriver, offers: readonly PyOffer[]): Promise<void>;
  statusUpdate(driver: PyDriver, status: PyStatus): Promise<void>;
  frameworkMessage(driver: PyDriver, data: Buffer): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;
type Event = Json & { readonly type: string };

export class PyDriver {
  frameworkId = '';
  private streamId = '';
  private stream: RawConnection | null = null;
  private calls: RawConnection | null = null;
  private isStopped = false;
  /** Connections that were opened for calls: one, if nobody closes it. */
  callConnections = 0;

  constructor(
    private readonly t: TestContext,
    private readonly port: number,
    private readonly scheduler: PyScheduler,
  ) {}

  /** Subscribes, and serves the scheduler until `stop`. */
  async run(): Promise<void> {
    const stream = await RawConnection.open(this.t, this.port);
    this.stream = stream;
    const capabilities = [{ type: 'GPU_RESOURCES' }];
    const info = { user: 'root', name: 'seed', hostname: 'vm', capabilities, failover_timeout: 100 };
    const body = JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: info } });
    const head = [
      'POST /api/v1/scheduler HTTP/1.1', `Host: 127.0.0.1:${this.port}`, 'Content-Type: application/json',
      'Accept: application/json', 'Connection: close', `Content-Length: ${body.length}`,
    ];
    stream.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    const { status, headers } = await stream.head();
    assert.deepEqual([status, headers['transfer-encoding']], [200, 'chunked']);
    this.streamId = headers['mesos-stream-id']!;
    let left = Buffer.alloc(0);
    while (!this.isStopped) {
      const chunk = await stream.chunk();
      assert.ok(chunk !== null, 'the stream has ended');
      left = Buffer.concat([left, chunk]);
      for (let at = left.indexOf('\n'); at >= 0 && !this.isStopped; at = left.indexOf('\n')) {
        const end = at + 1 + Number(left.subarray(0, at).toString());
        if (left.length < end) break;
        const event = JSON.parse(left.subarray(at + 1, end).toString()) as Event;
        left = left.subarray(end);
        await this.received(event);
      }
    }
  }

  private async received(event: Event): Promise<void> {
    if (event.type === 'HEARTBEAT') return;
    const body = event[event.type.toLowerCase()] as Json;
    assert.ok(body !== undefined, `${event.type} has a body`);
    switch (event.type) {
      case 'SUBSCRIBED':
        this.frameworkId = (body['framework_id'] as Id).value;
        return;
      case 'OFFERS':
        return this.scheduler.resourceOffers(this, body['offers'] as PyOffer[]);
      case 'MESSAGE':
        return this.scheduler.frameworkMessage(this, Buffer.from(body['data'] as string, 'base64'));
      case 'UPDATE': {
        const status = body['status'] as PyStatus;
        await this.scheduler.statusUpdate(this, status);
        if (status.uuid === undefined || this.isStopped) return;
        const { agent_id: agentId, task_id: taskId, uuid } = status;
        return this.call('ACKNOWLEDGE', { acknowledge: { agent_id: agentId, task_id: taskId, uuid } });
      }
    }
  }

  launchTasks(offerId: Id, taskInfos: readonly object[], filters: object): Promise<void> {
    const operations = [{ type: 'LAUNCH', launch: { task_infos: taskInfos } }];
    return this.call('ACCEPT', { accept: { offer_ids: [offerId], operations, filters } });
  }

  async stop(): Promise<void> {
    await this.call('TEARDOWN', {});
    this.isStopped = true;
    this.stream!.socket.destroy();
    this.calls!.socket.destroy();
  }

  private async call(type: string, fields: Json): Promise<void> {
    if (this.calls === null) {
      this.calls = await RawConnection.open(this.t, this.port);
      this.callConnections++;
    }
    const body = JSON.stringify({ type, framework_id: { value: this.frameworkId }, ...fields });
    const head = [
      'POST /api/v1/scheduler HTTP/1.1', `Host: 127.0.0.1:${this.port}`, 'Accept-Encoding: identity',
      `Content-Length: ${Buffer.byteLength(body)}`, 'Content-Type: application/json',
      `Mesos-Stream-Id: ${this.streamId}`,
    ];
    this.calls.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    const answer = await this.calls.answer();
    assert.ok(answer.status >= 200 && answer.status < 300, `${type}: ${answer.status} ${answer.body}`);
  }
}

/** The amount of the first resource of a name. */
export function amountOf(offer: PyOffer, name: string): number {
  return offer.resources.find((resource) => resource.name === name)?.scalar?.value ?? 0;
}

export function scalar(name: string, value: number): object {
  return { name, type: 'SCALAR', scalar: { value } };
}
