/** Frameworks that speak Mesos' v1 API over HTTP, and agents whose tasks end as soon as they start. */
import { Agent, request } from 'node:http';
import { createRecordReader } from '../../src/http/record-io.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { AgentEvent, MessageOf, SchedulerCall, SchedulerEvent } from '../../src/protocol/messages.js';
import { callToProtobuf, eventFromProtobuf } from '../../src/protocol/protobuf/calls.js';
import type { AgentId, FrameworkId, TaskId } from '../../src/protocol/schema.js';
import { callToV1, eventFromV1 } from '../../src/protocol/v1-calls.js';
import { resourcesToMessages } from '../../src/resources/message-form.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { linkUrl } from '../../src/transport/transport.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

export type Form = 'json' | 'protobuf';

const TYPES: Readonly<Record<Form, string>> = { json: 'application/json', protobuf: 'application/x-protobuf' };
const CAPABILITIES = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'];
const TOTAL = resourcesToMessages(parseResources('cpus:1000;mem:1000000'));
const EACH = resourcesToMessages(parseResources('cpus:0.1;mem:1'));

/** An agent on a native link: every task that it is given has finished at once. */
export async function joinAgent(port: number, index: number): Promise<{ close(): void }> {
  let agentId = '' as AgentId;
  let uuids = 0;
  const finished = ({ frameworkInfo, task }: MessageOf<'RUN_TASK'>): MessageOf<'STATUS_UPDATE'> => {
    const uuid = new Uint8Array(16);
    new DataView(uuid.buffer).setUint32(0, ++uuids);
    uuid[15] = index;
    const { taskId } = task;
    const status = { taskId, state: 'TASK_FINISHED', source: 'SOURCE_EXECUTOR', agentId, uuid, timestamp: 1 } as const;
    return { type: 'STATUS_UPDATE', update: { frameworkId: frameworkInfo.id!, agentId, status, timestamp: 1, uuid } };
  };
  const link = await new Promise<{ close(reason: string): void }>((resolve, reject) => {
    const opening = wsTransport.connect({
      url: linkUrl('127.0.0.1', port),
      handlers: {
        frame(own, bytes) {
          const messages = decodeFrame(bytes) as AgentEvent[];
          const out = messages.flatMap((message): Parameters<typeof encodeFrame>[0] => {
            if (message.type === 'PING') return [{ type: 'PONG' }];
            if (message.type === 'RUN_TASK') return [finished(message)];
            if (message.type === 'AGENT_REGISTERED') {
              ({ agentId } = message);
              resolve(own);
            }
            return [];
          });
          if (out.length > 0) own.send(encodeFrame(out));
        },
        closed: (_link, reason) => reject(new Error(reason)),
      },
    });
    opening.then((own) => {
      const agentInfo = { hostname: `agent${index}`, port: 5051, resources: TOTAL };
      const common = { agentInfo, version: '1.11.0', capabilities: CAPABILITIES };
      own.send(encodeFrame([{ type: 'REGISTER_AGENT', ...common }]));
    }, reject);
  });
  return { close: () => link.close('the benchmark ends') };
}

export interface FrameworkOptions {
  readonly port: number;
  readonly name: string;
  readonly form: Form;
  /** What to do with what comes. */
  readonly onEvent: (event: SchedulerEvent, framework: Framework) => void;
  /** A call was refused, or the stream broke. */
  readonly onFailure: (error: Error) => void;
}

export interface Framework {
  readonly id: FrameworkId;
  call(message: SchedulerCall): void;
  close(): void;
}

/** Subscribes; resolves when SUBSCRIBED has come. */
export function subscribe({ port, name, form, onEvent, onFailure }: FrameworkOptions): Promise<Framework> {
  const contentType = TYPES[form];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let id: FrameworkId | undefined;
  let streamId: string | undefined;
  const encode = (message: SchedulerCall): Buffer => {
    const call = { message, ...(id === undefined ? {} : { frameworkId: id }) };
    if (form === 'json') return Buffer.from(JSON.stringify(callToV1('scheduler', call)));
    return Buffer.from(callToProtobuf('scheduler', call));
  };
  const post = (message: SchedulerCall, through: Agent | false) => {
    const body = encode(message);
    const headers: Record<string, string | number> = { 'content-type': contentType, accept: contentType };
    headers['content-length'] = body.length;
    if (streamId !== undefined) headers['mesos-stream-id'] = streamId;
    const place = { host: '127.0.0.1', port, path: '/api/v1/scheduler' };
    const sent = request({ ...place, method: 'POST', headers, agent: through });
    sent.end(body);
    return sent;
  };
  return new Promise((resolve, reject) => {
    let isClosed = false;
    const fail = (error: Error): void => {
      if (isClosed) return;
      if (self === null) reject(error);
      else onFailure(error);
    };
    let self: Framework | null = null;
    const frameworkInfo = { user: 'nobody', name, failoverTimeoutSeconds: 0 };
    const stream = post({ type: 'SUBSCRIBE', frameworkInfo }, false);
    const framework = (): Framework => ({
      id: id!,
      call(message) {
        const sent = post(message, agent);
        sent.on('response', (answer) => {
          if (answer.statusCode !== 202) fail(new Error(`${message.type}: ${answer.statusCode}`));
          answer.resume();
        });
        sent.on('error', fail);
      },
      close() {
        isClosed = true;
        stream.destroy();
        agent.destroy();
      },
    });
    const reader = createRecordReader();
    stream.on('error', fail);
    stream.on('response', (answer) => {
      streamId = answer.headers['mesos-stream-id'] as string;
      answer.on('error', fail);
      answer.on('data', (chunk: Buffer) => {
        for (const record of reader.read(chunk)) {
          const event = read(form, record);
          if (event.type === 'SUBSCRIBED') {
            id = event.frameworkId;
            resolve((self = framework()));
          }
          onEvent(event, self!);
        }
      });
    });
  });
}

function read(form: Form, record: Uint8Array): SchedulerEvent {
  if (form === 'protobuf') return eventFromProtobuf('scheduler', record);
  return eventFromV1('scheduler', JSON.parse(Buffer.from(record).toString()));
}

/** Launches tasks on an offer, gives the rest back, and acknowledges what ends; tells of each end. */
export function worker(tasksPerOffer: () => number, onEnd: () => void): FrameworkOptions['onEvent'] {
  let tasks = 0;
  return (event, framework) => {
    if (event.type === 'OFFERS') {
      for (const { id, agentId } of event.offers) {
        const wanted = tasksPerOffer();
        if (wanted === 0) {
          framework.call({ type: 'DECLINE', offerIds: [id], filters: { refuseSeconds: 3600 } });
          continue;
        }
        const taskInfos = Array.from({ length: wanted }, () => {
          const taskId = `t${++tasks}` as TaskId;
          return { name: taskId, taskId, agentId, resources: EACH, command: { value: 'true' } };
        });
        const operations = [{ type: 'LAUNCH' as const, launch: { taskInfos } }];
        framework.call({ type: 'ACCEPT', offerIds: [id], operations, filters: { refuseSeconds: 0 } });
      }
    } else if (event.type === 'UPDATE') {
      const { agentId, taskId, uuid } = event.status;
      if (uuid === undefined) throw new Error(`${taskId} is ${event.status.state}: ${event.status.message}`);
      framework.call({ type: 'ACKNOWLEDGE', agentId: agentId!, taskId, uuid });
      onEnd();
    }
  };
}
